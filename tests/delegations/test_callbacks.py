"""Experts that answer later: what comes at the address of a delegation is taken if it is signed, once, and in time."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.utils import timezone

from contexts.models import Message
from dispatch import callbacks
from dispatch.delegation_models import Delegation, DelegationState
from integrations import vault
from integrations.models import Expert, Health
from project.ids import new_id
from project.models import Event
from security import limits
from tests.delegations.consulted import carry, consult, place, post, the, told, uses
from tests.delegations.distant import row
from tests.experts_app.far_side import SECRET, signature
from tests.live import in_parallel
from tests.payloads import PAYLOADS
from tests.problem import problem, refusal

pytestmark = pytest.mark.django_db(transaction=True)

DONE = {"state": "completed", "output": {"words": 3}, "text": "There are 3 words."}
HALF = {"state": "working", "progress": 0.5, "text": "Half of it."}
OTHER = "whsec_YW5vdGhlciBzZWNyZXQgdGhhdCBpcyBub3QgdGhlaXJz"
QUOTED = {"role as json"}  # beside the name of an expert it counts as quoted, and is flagged


def of(delegation, body):
    """As it is signed: with the id of the task that it is about."""
    return json.dumps({"delegation": str(delegation.id), **body} if isinstance(body, dict) else body)


@pytest.fixture
def waiting(ada, conversation, far):
    """A delegation that its far side has taken up, and calls back about."""
    row(far)
    place(ada, conversation, "far", {"text": "one two three", "do": "wait"})
    consult()
    return the()


@pytest.fixture
def call(client, waiting):
    """Say something at the address of the delegation."""

    def say(body, secret=SECRET, token="", **signed):
        raw = body if isinstance(body, str) else of(waiting, body)
        path = f"/api/v1/callbacks/{token}" if token else urlsplit(callbacks.address(waiting.id)).path
        headers = signature(raw, secret, **signed)
        return client.generic("POST", path, raw, content_type="application/json", headers=headers)

    return say


def test_result_that_comes_later_is_the_answer(ada, conversation, client, far):
    row(far)
    run = post(ada, conversation, "one two three", expert="far")
    Delegation.objects.update(input={"text": "one two three", "do": "wait"})
    carry(run)
    Delegation.objects.update(input={"text": "one two three", "do": "wait"})
    consult()
    raw = of(the(), DONE)

    address = urlsplit(far.heard[0]["callback"]).path
    answer = client.generic("POST", address, raw, content_type="application/json", headers=signature(raw))

    assert (answer.status_code, answer.json()) == (200, {"delegation": str(the().id), "state": "completed"})
    assert Message.objects.get(id=carry(run).reply).text == "There are 3 words."
    assert uses() == 1


def test_progress_is_told_and_the_task_goes_on(call, conversation):
    answer = call(HALF)

    assert (answer.status_code, answer.json()["state"]) == (202, "working")
    assert (the().progress, the().said) == (0.5, "Half of it.")
    assert told(conversation)[-1] == "delegation.working"


def test_question_is_asked_and_the_next_word_of_its_expert_refused_until_it_is_answered(call):
    asked = call({"state": "input_required", "prompt": "Which?", "schema": {"type": "object"}})

    assert (asked.status_code, asked.json()["state"]) == (200, "input_required")
    problem(call(DONE), 409, "delegation_waits")


def test_failure_is_the_end_and_no_other_attempt_is_made(call):
    call({"state": "failed", "reason": "no_luck", "retry_after": 1})

    assert (the().state, the().reason, the().step) == (DelegationState.FAILED, "no_luck", "")


def test_callback_that_comes_twice_is_taken_once(call, conversation):
    first = call(DONE, id="msg_1")
    events = told(conversation)

    second = call(DONE, id="msg_1")

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert told(conversation) == events


def test_callback_that_comes_many_times_at_once_is_taken_once(call, conversation):
    answers = in_parallel([partial(closing, call, HALF, id="msg_1")] * 6)

    assert {answer.status_code for answer in answers} == {202}
    assert told(conversation).count("delegation.working") == 2


def closing(call, *args, **named):
    try:
        return call(*args, **named)
    finally:
        connections.close_all()


def test_end_that_comes_twice_at_once_is_the_end_and_no_fault(call):
    answers = in_parallel([partial(closing, call, DONE, id="msg_1")] * 4)

    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [(200, "completed")] * 4


def test_what_is_signed_for_one_task_is_taken_at_the_address_of_no_other(ada, conversation, call, waiting):
    other = place(ada, conversation, "far", {"text": "one", "do": "wait"})

    unnamed = problem(call(json.dumps(DONE)), 422, "invalid")
    problem(call(of(other, DONE)), 422, "invalid")

    assert [fault["pointer"] for fault in unnamed["errors"]] == ["/delegation"]
    assert Delegation.objects.get(id=waiting.id).state == DelegationState.WORKING


def test_expert_that_is_not_what_was_agreed_to_says_nothing(call, waiting):
    Expert.objects.update(health=Health.CHANGED)

    problem(call(DONE), 409, "expert_changed")
    assert the().state == DelegationState.WORKING
    Expert.objects.update(health=Health.HEALTHY)
    assert call(DONE).status_code == 200


def test_what_comes_after_the_end_is_refused(call):
    call(DONE)

    problem(call({"state": "failed"}), 409, "delegation_over")
    assert the().state == DelegationState.COMPLETED


def test_unknown_and_forged_addresses_are_the_same_404(call, waiting):
    token = callbacks.address(new_id()).rpartition("/")[2]
    forged = f"{waiting.id.hex}.{token.partition('.')[2]}"

    refused = [call(DONE, token=one) for one in (token, forged, waiting.id.hex, "x")]

    for answer in refused:
        problem(answer, 404, "not_found")
        assert refusal(answer) == refusal(refused[0])
    assert the().state == DelegationState.WORKING


def test_what_its_expert_has_not_signed_just_now_is_refused(call, client, waiting):
    old = datetime.now(UTC) - timedelta(minutes=6)
    path = urlsplit(callbacks.address(waiting.id)).path

    refused = [call(DONE, secret=OTHER), call(DONE, at=old), call(DONE, at=datetime.now(UTC) + timedelta(minutes=6))]
    refused.append(client.generic("POST", path, json.dumps(DONE), content_type="application/json"))
    broken = {"webhook-id": "x", "webhook-timestamp": "now", "webhook-signature": "v1,=,"}
    refused.append(client.generic("POST", path, b"\xff", content_type="application/json", headers=broken))

    for answer in refused:
        problem(answer, 401, "signature_invalid")
    assert the().state == DelegationState.WORKING


def test_body_that_was_changed_on_its_way_is_refused(client, waiting):
    path = urlsplit(callbacks.address(waiting.id)).path
    headers = signature(json.dumps(DONE))

    answer = client.generic("POST", path, json.dumps(HALF), content_type="application/json", headers=headers)

    problem(answer, 401, "signature_invalid")


def test_secret_that_is_being_replaced_is_taken_until_its_time_is_over(call):
    fields = {"secret": vault.seal(OTHER), "secret_before": vault.seal(SECRET)}
    Expert.objects.update(**fields, secret_until=timezone.now() + timedelta(hours=1))
    assert call(HALF).status_code == 202

    Expert.objects.update(secret_until=timezone.now() - timedelta(seconds=1))

    problem(call(HALF), 401, "signature_invalid")
    assert call(HALF, secret=OTHER).status_code == 202


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "malformed_json"),
        ("", 400, "malformed_json"),
        ('{"state": "working", "state": "completed"}', 400, "malformed_json"),
        ("[]", 422, "invalid"),
        ({"state": "splendid"}, 422, "invalid"),
        ({"state": "working", "progress": 2}, 422, "invalid"),
        ({"state": "input_required"}, 422, "invalid"),
    ],
)
def test_what_no_expert_may_say_is_refused(call, body, status, code):
    problem(call(body), status, code)

    assert the().state == DelegationState.WORKING


def test_body_of_another_form_is_refused(client, waiting):
    path = urlsplit(callbacks.address(waiting.id)).path

    problem(client.post(path, {"state": "completed"}), 415, "unsupported_media_type")


def test_nobody_floods_a_log_by_an_address(call, conversation, settings):
    settings.LIMITS = {**settings.LIMITS, "callbacks": (3, timedelta(minutes=1))}
    answers = [call(HALF) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [202, 202, 202, 429, 429]
    problem(answers[-1], 429, "rate_limited")
    assert told(conversation).count("delegation.working") == 4


def test_progress_is_told_a_limited_number_of_times_in_all(call, conversation, waiting, settings):
    for _ in range(200):
        limits.spend("callback_progress", waiting.id, 200, timedelta(days=30))

    problem(call(HALF), 429, "rate_limited")
    assert call(DONE).status_code == 200


def test_no_callback_lets_in_what_is_blocked(ada, conversation, client, far):
    row(far, skills=[{"name": "count"}])
    sent = {name: text for name, text in PAYLOADS.items() if name not in QUOTED}
    for text, where in zip(sent.values(), cycle(["text", "output"]), strict=False):
        delegation = place(ada, conversation, "far", {"text": "Count"})
        raw = of(delegation, {"state": "completed", where: text})
        path = urlsplit(callbacks.address(delegation.id)).path
        client.generic("POST", path, raw, content_type="application/json", headers=signature(raw))

    ends = set(Delegation.objects.values_list("state", "reason"))
    assert ends == {(DelegationState.FAILED, "answer_refused")}
    assert not Message.objects.filter(role="expert").exists()
    shown = str(list(Event.objects.values_list("data", flat=True)))
    assert not [text for text in sent.values() if text in shown]
