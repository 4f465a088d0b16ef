"""A message that names an expert who is not to be had is refused before it is stored; a route may name one, too."""

import pytest

from contexts.models import Message
from dispatch.expert_room import MOST_OPEN
from dispatch.models import Route, Run
from integrations.models import Expert
from tests import admin_rows
from tests.delegations.consulted import carry, consult, expert, place, post, the
from tests.problem import problem

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/v1"


def send(person, conversation, metadata, text="one two three", **headers):
    return person.post(
        f"{API}/conversations/{conversation.id}/messages/", {"text": text, "metadata": metadata}, **headers
    )


@pytest.mark.parametrize(
    ("metadata", "status", "code", "named"),
    [
        ({"expert": "nobody"}, 404, "expert_unknown", "there are: asker, code_review, counter"),
        ({"expert": "boss"}, 409, "expert_disabled", "Others here: asker, code_review, counter"),
        ({"expert": "sleeper"}, 409, "expert_planned", "Others here: asker, code_review, counter"),
        ({"expert": "counter", "skill": "paint"}, 422, "expert_unfit", "it has: count"),
        ({"skill": "paint"}, 404, "skill_unknown", "count"),
        ({"expert": 7}, 422, "invalid", ""),
        ({"expert": ""}, 422, "invalid", ""),
        ({"skill": ["count"]}, 422, "invalid", ""),
    ],
)
def test_who_is_not_to_be_had_is_a_clear_refusal_and_nothing_is_stored(
    ada, conversation, metadata, status, code, named
):
    expert("counter")
    expert("asker")
    expert("boss", enabled=False)
    expert("sleeper", adapter="planned", settings={})

    body = problem(send(ada, conversation, metadata), status, code)

    assert named in body["detail"]
    assert not Message.objects.exists()
    assert not Run.objects.exists()


def test_experts_that_have_enough_to_do_for_a_conversation_get_no_more_of_it(ada, conversation):
    expert("counter")
    queued = post(ada, conversation, expert="counter")
    for number in range(MOST_OPEN):
        place(ada, conversation, "counter", {"text": f"task {number}"})

    body = problem(send(ada, conversation, {"expert": "counter"}), 429, "too_many_delegations")
    plain = send(ada, conversation, {})
    carry(queued)

    assert str(MOST_OPEN) in body["detail"]
    assert plain.status_code == 202
    assert (the(queued).state, the(queued).reason) == ("rejected", "too_many_delegations")


def test_planned_expert_with_a_fallback_is_no_reason_to_refuse(ada, conversation):
    expert("sleeper", adapter="planned", settings={}, fallback=expert("counter"))

    run = post(ada, conversation, "one two", expert="sleeper")
    carry(run)
    consult()

    assert Message.objects.get(id=carry(run).reply).text == "There are 2 words."


def test_retry_of_what_was_taken_is_answered_though_the_expert_is_gone(ada, conversation):
    expert("counter")
    key = {"Idempotency-Key": "one"}
    first = send(ada, conversation, {"expert": "counter"}, **key)
    Expert.objects.update(enabled=False)

    again = send(ada, conversation, {"expert": "counter"}, **key)

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["message"] == again.json()["message"]


def test_expert_that_is_switched_off_meanwhile_leaves_a_marked_fallback(ada, conversation):
    expert("counter")
    run = post(ada, conversation, expert="counter")
    Expert.objects.update(enabled=False)

    carry(run)
    finished = carry(run)

    assert finished.error
    assert finished.error["code"] == "expert_failed"
    assert Message.objects.get(id=finished.reply).metadata["fallback"] is True


def test_route_names_an_expert_instead_of_handlers(ada, conversation):
    expert("counter")
    made = ada.post(
        f"{API}/routes/", {"workspace": str(ada.workspace.id), "name": "Counting", "expert": "counter"}
    ).json()

    run = post(ada, conversation, "one two")
    carry(run)
    consult()
    finished = carry(run)

    assert (made["expert"], made["handlers"], made["broken"]) == ("counter", [], [])
    assert Message.objects.get(id=finished.reply).text == "There are 2 words."
    assert finished.decision["reason"] == "the expert counter, by a route of the workspace"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"expert": "counter", "handlers": ["commands"]}, "/expert"),
        ({"expert": "nobody"}, "/expert"),
        ({}, "/handlers"),
        ({"expert": "", "handlers": []}, "/handlers"),
    ],
)
def test_route_has_handlers_or_an_expert_that_there_is(ada, fields, pointer):
    expert("counter")

    body = problem(
        ada.post(f"{API}/routes/", {"workspace": str(ada.workspace.id), "name": "Mine", **fields}), 422, "invalid"
    )

    assert [error["pointer"] for error in body["errors"]] == [pointer]


def test_route_is_broken_while_its_expert_is_away_and_can_be_switched_off(ada):
    expert("counter")
    path = f"{API}/routes/{admin_rows.route(ada.workspace, handlers=[], expert='counter').id}/"
    Expert.objects.update(enabled=False)

    assert ada.get(path).json()["broken"] == ["counter"]
    assert ada.patch(path, {"enabled": False}).status_code == 200
    assert problem(ada.patch(path, {"handlers": ["commands"]}), 422, "invalid")
    assert ada.patch(path, {"handlers": ["commands"], "expert": ""}).json()["broken"] == []
    assert Route.objects.get().expert == ""


def test_whole_installations_route_names_an_installations_expert(ada):
    expert("counter", ada.workspace)

    body = problem(ada.post(f"{API}/routes/", {"name": "All", "expert": "counter"}), 422, "invalid")

    assert "no expert counter" in body["errors"][0]["detail"]
