"""A run's page in the admin tells who has never seen the code what was decided, why, and what came of it."""

import html
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from contexts import conversations
from dispatch import runs
from dispatch.models import Run, RunState
from tests import admin_rows
from tests.dispatch.answered import concluded

DECISION = {
    "policy": "chain",
    "path": ["draft", "polish"],
    "reason": "route Invoices: kind is invoice",
    "route": {"id": "0192c0de-0000-7000-8000-000000000001", "name": "Invoices"},
    "audience": "sender",
    "deadline": 20.0,
    "attempts": 3,
    "priority": "high",
    "missing": ["stamp"],
    "candidates": [
        {
            "route": {"id": "0192c0de-0000-7000-8000-000000000002", "name": "Big spenders"},
            "matched": False,
            "conditions": [
                {"on": "kind", "expected": ["invoice"], "found": "invoice", "met": True},
                {
                    "on": "metadata",
                    "expected": {"key": "total", "op": "gt", "value": 1000},
                    "found": 20,
                    "met": False,
                },
            ],
        },
        {
            "route": {"id": "0192c0de-0000-7000-8000-000000000001", "name": "Invoices"},
            "matched": True,
            "missing": ["stamp"],
            "conditions": [],
        },
    ],
    "ms": 1.25,
}


@pytest.fixture
def ada(client, db):
    user = admin_rows.staff("ada")
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def said(ada):
    return admin_rows.message(admin_rows.conversation(admin_rows.workspace(admin_rows.person("bob"))), 1)


def page(client, run):
    """What the page says, as one line of words."""
    shown = client.get(reverse("admin:dispatch_run_change", args=[run.id])).content.decode()
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", shown)).split())


def test_a_decision_is_told_in_words(ada, said):
    told = page(
        ada, admin_rows.run(said, decision=DECISION, handlers=[{"name": "draft", "result": "timeout", "ms": 40}])
    )

    assert "route Invoices" in told
    assert "why route Invoices: kind is invoice" in told
    assert "asks draft, polish" in told
    assert "one after another, each with the reply of the one before; the last reply is shown" in told
    assert "missing broken stamp" in told
    assert "who sees the reply the author of the message, and staff" in told
    assert "deadline 20 s" in told
    assert "priority high" in told
    assert "decided in 1.2 ms" in told


def test_what_a_real_route_decided_is_told_in_words(client, people):
    ada = people["ada"]
    talk = conversations.create(ada.user, ada.workspace.id, {})
    fields = {"handlers": ["offline_responder"], "conditions": {"kind": ["text"], "text": "refund"}, "priority": "low"}
    made = ada.post("/api/v1/routes/", {"workspace": str(ada.workspace.id), "name": "Refunds", **fields})
    taken = ada.post(f"/api/v1/conversations/{talk.id}/messages/", {"text": "My refund?"})
    claim = runs.claim(taken.json()["run"], "here")
    assert claim
    concluded(claim)
    client.force_login(ada.user)

    told = page(client, Run.objects.get(id=taken.json()["run"]))

    assert (made.status_code, taken.status_code) == (201, 202)
    assert "route Refunds" in told
    assert "asks offline_responder" in told
    assert "priority low" in told
    assert "met The kind of the message is text; found text." in told


def test_each_route_looked_at_shows_its_conditions_with_what_was_found(ada, said):
    told = page(ada, admin_rows.run(said, decision=DECISION))

    assert "not matched Big spenders met The kind of the message is invoice; found invoice." in told
    assert "not met The metadata total is more than 1000; found 20." in told
    assert "matched Invoices broken stamp It has no conditions: every message matches." in told


def test_each_handler_says_what_came_of_asking_it(ada, said):
    told = page(
        ada, admin_rows.run(said, decision=DECISION, handlers=[{"name": "draft", "result": "passed", "ms": 40}])
    )

    assert "draft passed the message on after 40 ms" in told
    assert "polish not asked" in told


def test_a_run_without_a_route_says_so(ada, said):
    told = page(ada, admin_rows.run(said))

    assert "route none: the kind decides" in told
    assert "why handlers of kind text, by priority" in told


def test_a_run_that_nobody_has_taken_up_yet_says_so(ada, said):
    told = page(ada, admin_rows.run(said, state=RunState.QUEUED, attempt=0, decision={}, handlers=[]))

    assert "Not decided yet: the run has not been taken up." in told
    assert "0 attempts begun." in told


def test_attempts_failures_losses_and_late_results_are_counted(ada, said):
    told = page(ada, admin_rows.run(said, decision=DECISION, attempt=3, failures=2, crashes=1, late=1))

    assert "3 attempts begun, of at most 3 that may fail." in told
    assert "2 attempts ended in an error worth a retry." in told
    assert "1 attempt was lost: its process died or froze." in told
    assert "1 result of a lost attempt came late and was refused." in told


def test_a_stop_says_who_asked_for_it_and_when(ada, said):
    actor = {"kind": "user", "id": str(ada.user.id)}
    now = timezone.now()
    told = page(ada, admin_rows.run(said, state=RunState.CANCELED, stop="canceled", stop_at=now, stop_actor=actor))

    assert re.search(r"Asked for by ada , \d{4}-\d\d-\d\d [\d:]{8} : it is no longer wanted", told)


def test_replays_lead_to_each_other(ada, said):
    first = admin_rows.run(said, state=RunState.DEAD)
    second = admin_rows.run(said, replay_of=first, only_handler="answer_text")

    assert f"replayed as {str(second.id)[-8:]} completed" in page(ada, first)
    assert f"replay of {str(first.id)[-8:]} with handler answer_text" in page(ada, second)


def test_dead_runs_that_nobody_replayed_are_one_click_away(ada, said):
    admin_rows.run(said)
    replayed = admin_rows.run(said, state=RunState.DEAD)
    admin_rows.run(said, replay_of=replayed)
    dead = admin_rows.run(said, state=RunState.DEAD)
    stopping = admin_rows.run(said, state=RunState.RUNNING, stop="canceled", finished_at=None)
    retried = admin_rows.run(said, failures=1, finished_at=timezone.now() + timedelta(seconds=1))

    found = {
        value: list(ada.get(reverse("admin:dispatch_run_changelist"), {"trouble": value}).context["cl"].result_list)
        for value in ("dead", "stopping", "retried")
    }

    assert found == {"dead": [dead], "stopping": [stopping], "retried": [retried]}


def test_whatever_a_decision_holds_is_escaped(ada, said):
    hostile = admin_rows.XSS
    decision = {
        **DECISION,
        "reason": hostile,
        "path": [hostile],
        "candidates": [
            {"route": {"name": hostile}, "conditions": [{"on": hostile, "expected": hostile, "found": hostile}]}
        ],
    }
    run = admin_rows.run(said, decision=decision, handlers=[{"name": hostile, "result": hostile}], partial=hostile)

    shown = ada.get(reverse("admin:dispatch_run_change", args=[run.id])).content.decode()

    assert "<script>alert" not in shown
    assert shown.count("&lt;script&gt;alert(") >= 9
