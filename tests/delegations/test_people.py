"""Experts that are people: staff take what waits for them at the desk, and answer it."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.utils import timezone

from contexts.models import Message, MessageRole
from dispatch import delegation_ends, delegation_work, open_delegations
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.models import RunState
from integrations.contract import Result
from project.models import Event
from security.screening_models import KeptFinding
from tests import admin_rows
from tests.delegations.consulted import carry, consult, post, the, uses
from tests.delegations.desks import COUNT, Clerk, asked, counsel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def grace(db):
    return Clerk("grace")


@pytest.fixture
def henry(db):
    return Clerk("henry")


def events(conversation, type):
    return list(Event.objects.filter(stream=conversation.stream, type=f"delegation.{type}").order_by("seq"))


def test_task_waits_without_being_held_until_somebody_answers_it(ada, conversation, grace):
    counsel()
    waits = asked(ada, conversation)
    assert (waits.state, waits.step, waits.due_at, waits.lease_until) == ("working", "", None, None)
    assert grace.list() == [waits.id]

    grace.take(waits)
    page = grace.do(waits, "answer", text="Not before page 4 is changed.")
    finished = carry(waits.run_id)

    assert "Your answer was sent." in page
    assert ("Deadline" in grace.look(waits), "(-)" in page) == (False, False)
    assert finished.state == RunState.COMPLETED
    reply = Message.objects.get(id=finished.reply)
    assert (reply.role, reply.text) == (MessageRole.EXPERT, "Not before page 4 is changed.")
    assert reply.metadata["expert_name"] == "Counsel"
    assert grace.list() == []


def test_log_says_who_took_it_and_who_answered(ada, conversation, grace):
    counsel()
    waits = asked(ada, conversation)

    grace.take(waits)
    grace.do(waits, "answer", text="Yes.")

    staff = {"kind": "staff", "id": str(grace.user.id)}
    assert [event.actor for event in events(conversation, "completed")] == [staff]
    assert events(conversation, "working")[-1].actor == staff
    assert Delegation.objects.get().taken_by == grace.user
    assert uses() == 1


def test_what_is_asked_and_known_is_shown_to_who_answers_and_escaped(ada, conversation, grace):
    counsel()
    run = post(ada, conversation, "My landlord is <b>Zed</b>")
    carry(run)
    waits = asked(ada, conversation, "May I sign <script>alert(1)</script>?")

    page = grace.look(waits)

    assert "May I sign &lt;script&gt;alert(1)&lt;/script&gt;?" in page
    assert "My landlord is &lt;b&gt;Zed&lt;/b&gt;" in page
    assert "<script>alert(1)" not in page


def test_what_others_were_told_in_private_is_not_shown_to_who_answers_for_all(ada, bob, conversation, grace):
    counsel()
    carry(post(bob, conversation, "What is 123456789 * 9?", audience="sender"))
    for_all = asked(ada, conversation, "Everybody may know")
    for_ada = asked(ada, conversation, "Only for me", audience="sender")
    for_bob = asked(bob, conversation, "Only for me", audience="sender")

    assert for_ada.visible_to == str(ada.user.id)
    assert "1111111101" not in grace.look(for_all)
    assert "1111111101" not in grace.look(for_ada)
    assert "1111111101" in grace.look(for_bob)
    assert "who asked, and staff" in grace.look(for_bob)


def test_only_who_has_taken_it_answers(ada, conversation, grace, henry):
    counsel()
    waits = asked(ada, conversation)
    grace.take(waits)

    late = henry.take(waits)
    refused = henry.do(waits, "answer", text="I was not asked.")
    unanswered = the().state
    henry.do(waits, "take", after=str(grace.user.id))
    lost = grace.do(waits, "answer", text="A whole page of advice")

    assert "grace has it now." in late
    assert "grace has it now." in refused
    assert "I was not asked." in refused
    assert unanswered == DelegationState.WORKING
    assert "henry has it now." in lost
    assert "A whole page of advice" in lost
    assert the().taken_by == henry.user


def test_of_two_who_take_it_at_once_one_has_it(ada, conversation, grace, henry):
    counsel()
    waits = asked(ada, conversation)
    both, pages = Barrier(2), {}

    def take(clerk):
        both.wait(10)
        pages[clerk.user.username] = clerk.take(waits)
        connection.close()

    threads = [Thread(target=take, args=[clerk]) for clerk in (grace, henry)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    winner = the().taken_by.username
    loser = ({"grace", "henry"} - {winner}).pop()
    assert f"{winner} has it now." in pages[loser]
    assert "has it now" not in pages[winner]
    assert [event.data["text"] for event in events(conversation, "working")].count("Somebody looks at it now.") == 1


def test_what_is_given_back_waits_for_anybody(ada, conversation, grace, henry):
    counsel()
    waits = asked(ada, conversation)
    grace.take(waits)

    grace.do(waits, "give_back")
    assert henry.list() == [waits.id]
    henry.take(waits)
    henry.do(waits, "answer", text="Yes.")

    assert the().state == DelegationState.COMPLETED


def test_progress_is_told_and_the_half_written_answer_stays(ada, conversation, grace):
    counsel()
    waits = asked(ada, conversation)
    grace.take(waits)

    page = grace.do(waits, "progress", said="Reading page 3", percent="40", text="So far I think")

    told = events(conversation, "working")[-1]
    assert told.data["progress"] == 0.4
    assert told.data["text"] == "Reading page 3"
    assert "So far I think</textarea>" in page
    assert the().state == DelegationState.WORKING


def test_question_goes_to_the_user_and_comes_back_to_the_desk_with_the_answer(ada, conversation, grace):
    counsel()
    waits = asked(ada, conversation)
    grace.take(waits)

    grace.do(waits, "ask", prompt="Which country?", choices="Chad\nPeru")
    asking = the()
    away = grace.do(waits, "answer", text="too early")
    answer_of_user(asking, {"answer": "Peru"})
    consult()

    assert asking.state == DelegationState.INPUT_REQUIRED
    assert asking.question["schema"]["properties"]["answer"]["enum"] == ["Chad", "Peru"]
    assert "The user is being asked" in away
    assert grace.list() == grace.list(state="mine") == [waits.id]
    page = grace.look(waits)
    assert "Which country?" in page
    assert "<dt>answer</dt><dd>Peru</dd>" in page
    grace.do(waits, "answer", text="In Peru, yes.")
    assert carry(waits.run_id).state == RunState.COMPLETED


def answer_of_user(asking, value):
    """As POST delegations/{id}/input leaves it."""
    fields = {"state": "working", "step": "resume", "due_at": timezone.now(), "answer": {"value": value, "by": "ada"}}
    Delegation.objects.filter(id=asking.id).update(**fields)


def test_declined_task_says_why(ada, conversation, grace):
    counsel()
    waits = asked(ada, conversation)
    grace.take(waits)

    empty = grace.do(waits, "decline")
    grace.do(waits, "decline", reason="This is for a tax adviser.")

    assert "Say why" in empty
    assert (the().state, the().detail) == (DelegationState.REJECTED, "This is for a tax adviser.")
    assert (carry(waits.run_id).error or {})["code"] == "expert_failed"


def test_output_is_filled_in_by_the_fields_of_the_skill_with_errors_at_them(ada, conversation, grace):
    counsel(skills=[{"name": "count", "output": COUNT}])
    waits = asked(ada, conversation)
    grace.take(waits)

    missing = grace.do(waits, "answer", text="Some.")
    wrong = grace.do(waits, "answer", text="Some.", output_0="many")
    unfit = grace.do(waits, "answer", text="Some.", output_0="4.5")
    assert the().state == DelegationState.WORKING
    grace.do(waits, "answer", output_0="4")

    assert "This field is required." in missing
    assert "This is no JSON" in wrong
    assert "It has to be of type integer." in unfit
    assert all("Some.</textarea>" in page for page in (missing, wrong, unfit))
    assert the().output == {"words": 4}
    assert Message.objects.get(id=the().reply).parts[0]["data"] == {"output": {"words": 4}}


def test_what_a_filter_refuses_is_said_and_stays_typed(ada, conversation, grace):
    admin_rows.rule(conversation.workspace, "No dragons", expression="dragon", sample="dragon")
    admin_rows.rule(conversation.workspace, "Codes", expression="zx[0-9]+", sample="zx1", action="redact")
    counsel()
    waits = asked(ada, conversation)
    grace.take(waits)

    pages = [
        grace.do(waits, "answer", text="A dragon in it"),
        grace.do(waits, "ask", prompt="Which?", choices="one\ndragon"),
        grace.do(waits, "progress", said="dragon"),
        grace.do(waits, "decline", reason="dragon"),
    ]

    assert all("A content filter does not let this through (rules: No dragons" in page for page in pages)
    assert "A dragon in it</textarea>" in pages[0]
    assert the().state == DelegationState.WORKING
    assert KeptFinding.objects.filter(stage="answer").count() == 4
    grace.do(waits, "answer", text="The code is zx77")
    assert Message.objects.get(id=the().reply).text.startswith("The code is [")


def test_too_long_an_answer_is_said_and_nothing_is_sent(ada, conversation, grace):
    counsel()
    waits = asked(ada, conversation)
    grace.take(waits)

    page = grace.do(waits, "answer", text="x" * (settings.MESSAGE_LIMIT + 1))

    assert "A message holds at most" in page
    assert the().state == DelegationState.WORKING


def test_who_answers_after_a_cancel_is_told(ada, conversation, grace):
    counsel()
    waits = asked(ada, conversation)
    grace.take(waits)
    open_delegations.cancel(waits.id, {"kind": "user", "id": str(ada.user.id)})

    page = grace.do(waits, "answer", text="A whole page of advice")

    assert "It is canceled. Nobody waits any more." in page
    assert "A whole page of advice" in page
    assert not Message.objects.filter(id=waits.reply).exists()


def test_missed_deadline_leaves_one_marked_fallback_and_a_late_answer_is_refused(ada, conversation, grace):
    counsel()
    waits = asked(ada, conversation)
    grace.take(waits)
    Delegation.objects.update(deadline=timezone.now() - timedelta(seconds=1))

    list(delegation_work.recover())
    late = grace.do(waits, "answer", text="Too late")
    finished = carry(waits.run_id)

    assert "It is failed (timeout). Nobody waits any more." in late
    assert (the().state, the().reason) == (DelegationState.FAILED, "timeout")
    assert finished.state == RunState.FAILED
    assert Message.objects.get(id=finished.reply).metadata["fallback"] is True
    assert Message.objects.filter(role=MessageRole.EXPERT).count() == 0


def test_team_is_asked_and_nobody_else(ada, conversation, grace, henry):
    counsel(settings={"team": "Lawyers"})
    grace.user.groups.add(Group.objects.create(name="Lawyers"))
    waits = asked(ada, conversation)

    henry.take(waits)

    assert (grace.list(), henry.list()) == ([waits.id], [])
    assert the().taken_by is None


def test_who_may_only_look_cannot_answer(ada, conversation, grace):
    counsel()
    waits = asked(ada, conversation)
    grace.user.user_permissions.remove(*grace.user.user_permissions.filter(codename="change_humandelegation"))

    page = grace.look(waits)
    grace.take(waits)

    assert "May I sign this?" in page
    assert 'value="take"' not in page
    assert the().taken_by is None


def test_least_time_left_comes_first(ada, conversation, grace):
    counsel(timeout=7200)
    first = asked(ada, conversation, "first")
    second = asked(ada, conversation, "second")
    with transaction.atomic():
        Delegation.objects.filter(id=second.id).update(deadline=timezone.now() + timedelta(minutes=5))

    assert grace.list() == [second.id, first.id]


def test_what_is_under_way_from_who_had_it_before_is_refused(ada, conversation, grace, henry):
    counsel()
    waits = asked(ada, conversation)
    grace.take(waits)
    under_way = delegation_ends.found(waits.id)

    henry.do(waits, "take", after=str(grace.user.id))

    assert under_way
    assert not delegation_ends.arrive(under_way, Result(None, "Too late"))
    assert the().state == DelegationState.WORKING
