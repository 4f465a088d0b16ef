"""`summary` tells what a conversation comes to, in sentences that were said in it, to who may read them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contexts import conversations, entities, folding, tombstones
from contexts.models import Message
from dispatch.digest import MOST_READ
from dispatch.experts import Summary
from integrations.contract import Rejection, Result, Task
from project.ids import new_id
from project.log import About
from security.models import Membership
from tests.contexts.past import past, sentence
from tests.contexts.said import fresh, say

pytestmark = pytest.mark.django_db

KILN = "The kiln in hall 3 holds 1240 degrees for six hours."
DECIDED = "We decided to sell the old lathe to the harbour museum."


def task(person, here, visible_to="", **given):
    return Task(
        id=new_id(),
        expert="summary",
        skill="summarize",
        input=given,
        conversation=here.id,
        workspace=here.workspace_id,
        asker=person.user.id,
        deadline=timezone.now() + timedelta(minutes=1),
        attempt=1,
        visible_to=visible_to,
    )


def summary(person, here, visible_to="", **given):
    [update] = Summary().start(task(person, here, visible_to, **given))
    assert isinstance(update, Result)
    return update


def test_a_conversation_is_told_in_its_own_sentences(ada, bob, conversation):
    first = say(conversation, f"Good morning everybody. {KILN}", ada)
    say(conversation, DECIDED, bob)
    say(conversation, "The glaze for the kiln comes from Lisbon.", ada)
    last = say(conversation, "Noted.", reply_to=first.id)
    entities.propose(fresh(conversation), "place", "Lisbon", Message.objects.get(text__contains="Lisbon"), about(ada))

    result = summary(ada, conversation)

    told = result.output
    assert told["summary"].splitlines()[:2] == [f"ada: {KILN}", f"bob: {DECIDED}"]
    assert (told["first_seq"], told["last_seq"], told["messages"]) == (first.seq, last.seq, 4)
    assert told["people"] == [
        {"name": "ada", "messages": 2},
        {"name": "assistant", "messages": 1},
        {"name": "bob", "messages": 1},
    ]
    assert [line["text"] for line in told["decisions"]] == [DECIDED]
    assert [(entity["type"], entity["value"]) for entity in told["entities"]] == [("place", "Lisbon")]
    assert "Summary of “Plans”: 4 messages, by ada (2), assistant (1), bob (1)." in result.text
    assert "no model was asked" in result.text
    assert "Lisbon (place)" in result.text


def about(person):
    return About(person.workspace.id)


def test_the_same_is_told_each_time(ada, conversation):
    for number in range(30):
        say(conversation, sentence(number), ada)

    assert summary(ada, conversation) == summary(ada, conversation)


def test_of_an_empty_conversation_it_says_so(ada, conversation):
    say(conversation, "Sum it up, please", ada, metadata={"expert": "summary"})

    result = summary(ada, conversation)

    assert result.output["messages"] == 0
    assert result.text == "There is nothing to sum up: nothing was said yet."


def test_requests_and_earlier_summaries_are_not_summed_up(ada, conversation):
    say(conversation, KILN, ada)
    say(conversation, "Sum up the harbour project", ada, metadata={"expert": "summary"})
    say(conversation, "Summary: the harbour project", role="expert", metadata={"expert": "summary"})

    assert summary(ada, conversation).output["summary"] == f"ada: {KILN}"


def test_the_last_messages_alone_are_told_of(ada, bob, conversation):
    say(conversation, KILN, ada)
    entities.propose(fresh(conversation), "quantity", "1240 degrees", Message.objects.get(text=KILN), about(ada))
    second = say(conversation, "The lathe was painted green by the night shift.", bob)

    told = summary(ada, conversation, last=1).output

    assert told["summary"] == "bob: The lathe was painted green by the night shift."
    assert (told["first_seq"], told["last_seq"], told["messages"]) == (second.seq, second.seq, 1)
    assert told["people"] == [{"name": "bob", "messages": 1}]
    assert told["entities"] == []


def test_what_it_should_be_about_is_what_it_is_about(ada, conversation):
    say(conversation, KILN, ada)
    say(conversation, DECIDED, ada)

    result = summary(ada, conversation, text="Please summarize what we said about the kiln")

    assert result.output["summary"] == f"ada: {KILN}"
    assert result.output["decisions"] == []


def test_where_nothing_is_about_it_the_whole_is_told_and_that_is_said(ada, conversation):
    say(conversation, KILN, ada)

    result = summary(ada, conversation, text="orchids")

    assert result.output["summary"] == f"ada: {KILN}"
    assert result.text.startswith("Nothing in it is about that; this is the whole.")


def test_a_long_past_is_told_by_what_was_folded_and_found_by_what_it_is_about(ada, conversation, settings):
    settings.CONTEXT_TOKENS = 600
    texts = {seq: sentence(seq) for seq in range(1, 1500)} | {101: KILN}
    past(conversation, ada, texts)
    while folding.fold(conversation.id):
        pass

    whole, some = summary(ada, conversation).output, summary(ada, conversation, text="the kiln").output

    assert (whole["first_seq"], whole["last_seq"], whole["messages"]) == (1, 1499, 1499)
    days = [int(line.split()[3]) for line in whole["summary"].splitlines()]
    assert days == sorted(days)
    assert days[0] < 1499 - MOST_READ < days[-1]
    assert some["summary"] == f"ada: {KILN}"


def test_what_one_may_read_alone_is_told_to_that_one_alone(ada, bob, conversation):
    say(conversation, "The lathe was painted green.", ada)
    say(conversation, KILN, bob, visible_to=str(bob.user.id))

    mine = summary(bob, conversation, visible_to=str(bob.user.id)).output
    ours = summary(bob, conversation).output

    assert KILN in mine["summary"]
    assert mine["messages"] == 2
    assert "kiln" not in str(ours)
    assert ours["people"] == [{"name": "ada", "messages": 1}]
    assert "kiln" not in str(summary(bob, conversation, visible_to=str(ada.user.id)).output)


def test_what_is_gone_is_told_no_more(ada, conversation):
    say(conversation, "The lathe was painted green.", ada)
    deleted = say(conversation, KILN, ada)
    expired = say(conversation, "The canteen is closed until noon.", ada)
    say(conversation, "The boiler needs a new valve from Riga.", ada, held=True)
    tombstones.bury(fresh(conversation), [deleted], about(ada))
    Message.objects.filter(id=expired.id).update(expires_at="2026-01-01T00:00:00Z")

    assert summary(ada, conversation).output["summary"] == "ada: The lathe was painted green."


@pytest.mark.parametrize("gone", ["stranger", "removed", "deleted"])
def test_who_may_not_read_it_is_told_nothing(ada, bob, eve, conversation, gone):
    say(conversation, KILN, ada)
    if gone == "removed":
        Membership.objects.filter(user=bob.user).delete()
    if gone == "deleted":
        conversations.delete(ada.user, conversation)

    [update] = Summary().start(task(eve if gone == "stranger" else bob, conversation))

    assert update == Rejection("Who asked may not read this conversation any more.")
