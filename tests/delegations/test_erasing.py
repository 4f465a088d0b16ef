"""What people said goes from delegations with the message that said it; answers stay."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contexts.knowledge import ContextPolicy
from contexts.models import Message
from dispatch import delegation_ends, delegation_erasure, delegations, retiring
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.models import Run, RunState
from integrations.contract import Handover, Later, Result
from project.models import Event
from tests.delegations.consulted import HERE, carry, consult, expert, place, post, the
from tests.delegations.test_questions import know
from tests.delegations.test_rest import API, ask, seen

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "zanzibar"


def remains():
    """Where the word still stands, in delegations and in what the log tells of them."""
    rows = [*Delegation.objects.all(), *Event.objects.filter(type__startswith="delegation.")]
    return [type(row).__name__ for row in rows if SECRET in str(vars(row))]


def says(id, update):
    claim = delegations.claim(id, HERE)
    assert claim
    delegation_ends.conclude(claim, update)


def message_of(run):
    return Run.objects.get(id=run).message_id


def test_deleted_message_stops_its_expert_and_leaves_no_word(ada, conversation):
    expert("sleeper")
    run = post(ada, conversation, SECRET, expert="sleeper")
    carry(run)
    assert remains()

    assert ada.delete(f"{API}/messages/{message_of(run)}/").status_code == 204

    assert (Run.objects.get(id=run).state, the(run).state) == (RunState.CANCELED, DelegationState.CANCELED)
    assert remains() == []
    assert the(run).digest == ""


def test_answer_stays_when_the_question_is_deleted_and_goes_when_it_is_deleted_itself(ada, conversation):
    expert("counter")
    run = post(ada, conversation, f"{SECRET} one", expert="counter")
    carry(run)
    consult()
    reply = carry(run).reply

    ada.delete(f"{API}/messages/{message_of(run)}/")
    assert (the(run).input, the(run).text) == ({}, "There are 2 words.")
    ada.delete(f"{API}/messages/{reply}/")

    assert (the(run).output, the(run).text) == (None, "")


def test_deleted_answer_is_gone_from_who_went_on_with_it(ada, conversation):
    expert("boss")
    expert("counter")
    place(ada, conversation, "boss", {"text": "x"})
    boss = the().id
    says(boss, Handover("counter", {"text": "x"}))
    says(Delegation.objects.get(depth=1).id, Result({"words": 1}, SECRET))
    says(boss, Later())

    ada.delete(f"{API}/messages/{Delegation.objects.get(depth=1).reply}/")

    assert (Delegation.objects.get(depth=0).state, remains()) == ("working", [])


def test_what_was_answered_is_in_no_delegation_that_has_ended(ada, bob, conversation):
    expert("asker")
    id = ask(ada, conversation, "asker").json()["id"]
    consult()
    bob.post(f"{API}/delegations/{id}/input", {"answer": {"colour": SECRET}})
    Delegation.objects.update(deadline=timezone.now())

    consult()

    assert (seen(ada, id)["state"], seen(ada, id)["answered_by"]) == ("failed", str(bob.user.id))
    assert remains() == []


def test_what_was_edited_away_goes_and_the_run_goes_on(ada, conversation):
    expert("counter")
    run = post(ada, conversation, f"{SECRET} one two", expert="counter")
    carry(run)

    edited = ada.patch(f"{API}/messages/{message_of(run)}/", {"text": "Nothing"})
    consult()
    finished = carry(run)

    assert edited.status_code == 200
    assert finished.state == RunState.COMPLETED
    assert Message.objects.get(id=finished.reply).text == "There are 3 words."
    assert remains() == []


def test_what_was_edited_later_goes_at_once(ada, conversation):
    expert("counter")
    run = post(ada, conversation, f"{SECRET} one two", expert="counter")
    carry(run)
    consult()
    carry(run)

    ada.patch(f"{API}/messages/{message_of(run)}/", {"text": "Nothing"})

    assert remains() == []


def test_what_is_proposed_as_an_answer_goes_with_a_message_that_may_have_said_it(ada, conversation):
    expert("former")
    know(conversation, SECRET, owner=str(ada.user.id))
    id = ask(ada, conversation, "former").json()["id"]
    consult()
    assert remains() == ["Delegation"]

    ada.delete(f"{API}/messages/{message_of(post(ada, conversation))}/")

    assert remains() == []
    assert seen(ada, id)["state"] == "input_required"


def test_forgotten_person_is_in_no_delegation(ada, bob, conversation):
    expert("counter")
    expert("asker")
    ask(bob, conversation, input={"text": SECRET}, metadata={"note": SECRET})
    answered = ask(ada, conversation, "asker").json()["id"]
    consult()
    bob.post(f"{API}/delegations/{answered}/input", {"answer": {"colour": SECRET}})
    running = ask(bob, conversation, input={"text": SECRET}).json()["id"]

    assert delegation_erasure.forget(bob.user.id) == 2
    assert delegation_erasure.forget(bob.user.id) == 0

    assert seen(ada, running)["state"] == seen(ada, answered)["state"] == "canceled"
    assert remains() == []


def test_deleted_conversation_stops_all_that_is_open(ada, conversation):
    expert("sleeper")
    run = post(ada, conversation, expert="sleeper")
    carry(run)
    ask(ada, conversation, "sleeper")

    assert ada.delete(f"{API}/conversations/{conversation.id}/").status_code == 204

    assert {row.state for row in Delegation.objects.all()} == {"canceled"}
    assert Run.objects.get(id=run).state == RunState.CANCELED


def test_old_ones_go_as_messages_do_and_open_ones_stay(ada, conversation):
    expert("counter")
    ContextPolicy.objects.create(workspace=ada.workspace, retention_days=1)
    ask(ada, conversation)
    run = post(ada, conversation, expert="counter")
    carry(run)
    consult()
    carry(run)
    ask(ada, conversation)
    past = timezone.now() - timedelta(days=2)
    Delegation.objects.update(created_at=past)
    Message.objects.filter(author=ada.user).update(created_at=past)

    sum(retiring.retire())

    assert [row.state for row in Delegation.objects.all()] == ["submitted"]
