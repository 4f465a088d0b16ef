"""Older messages that matter to the new one come back, with the reason; on both databases the same."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Max

from contexts import conversations, messages, pruning, relevance, store
from contexts.knowledge import SearchDocument
from contexts.models import Message, MessageStatus
from contexts.pruning import Wanted
from contexts.relevance import NEWEST
from project.ids import new_id
from project.log import About
from project.readers import EVERYBODY, Reader
from tests.contexts.past import past
from tests.contexts.said import fresh, say

pytestmark = pytest.mark.django_db

PRESS = "The hydraulic press stands in hall 4."
ASKED = "Where is the hydraulic press?"


@pytest.fixture
def budget(settings):
    settings.CONTEXT_TOKENS = 300


def recalled(conversation, text, reader=EVERYBODY):
    """Of all that was said."""
    after = fresh(conversation).pruned_until
    hits = relevance.recall(text, conversation.id, 1_000_000, reader, 5, after)
    texts = Message.objects.in_bulk([hit.message for hit in hits])
    return [texts[hit.message].text for hit in hits]


def chatter(conversation, author, count):
    for number in range(count):
        say(conversation, f"Oranges number {number} were sold at the market, and nobody complained at all.", author)


def test_what_left_the_window_comes_back_with_the_reason(ada, conversation, budget):
    press = say(conversation, PRESS, ada)
    chatter(conversation, ada, 20)

    context = store.load(say(conversation, ASKED, ada))

    [found] = context.recalled
    assert (found.message.id, found.message.text) == (press.id, PRESS)
    assert found.terms == ("hydraulic", "pres")
    assert 0 < found.score <= 1
    assert context.tokens <= context.budget


def test_nothing_comes_back_while_everything_is_in_the_window(ada, conversation):
    say(conversation, PRESS, ada)

    assert store.load(say(conversation, ASKED, ada)).recalled == ()


def test_what_is_shown_in_the_window_is_not_recalled_too(ada, conversation, budget):
    chatter(conversation, ada, 20)
    say(conversation, PRESS, ada)

    context = store.load(say(conversation, ASKED, ada))

    assert PRESS in [message.text for message in context.messages]
    assert context.recalled == ()


def test_words_that_matter_are_those_that_are_rare_here(ada, conversation):
    chatter(conversation, ada, 30)
    say(conversation, "The oranges for Genoa are paid.", ada)

    assert recalled(conversation, "Which oranges went to Genoa?")[0] == "The oranges for Genoa are paid."


def test_what_holds_too_little_of_what_is_asked_does_not_come(ada, conversation):
    chatter(conversation, ada, 5)
    say(conversation, "The turbine is new.", ada)

    assert recalled(conversation, "Did the turbine inspection in Bergen find cracked blades, leaking gaskets?") == []


def test_a_statement_comes_before_the_question_that_it_answers(ada, conversation):
    say(conversation, PRESS, ada)
    say(conversation, "Where does the hydraulic press stand?", ada)

    assert recalled(conversation, ASKED) == [PRESS, "Where does the hydraulic press stand?"]


def test_each_text_comes_once_and_newer_ones_first(ada, conversation):
    say(conversation, PRESS, ada)
    say(conversation, "The hydraulic press stands in hall 5.", ada)
    say(conversation, PRESS, ada)

    assert recalled(conversation, ASKED) == [PRESS, "The hydraulic press stands in hall 5."]


def test_nothing_of_another_conversation_comes(ada, eve, conversation):
    other = conversations.create(ada.user, ada.workspace.id, {})
    foreign = conversations.create(eve.user, eve.workspace.id, {})
    say(other, PRESS, ada)
    say(foreign, PRESS, eve)

    assert recalled(conversation, ASKED) == []


def test_what_is_for_one_reader_comes_back_to_that_one(ada, bob, conversation):
    say(conversation, PRESS, ada, visible_to=str(ada.user.id))

    assert recalled(conversation, ASKED, ada.user.reader) == [PRESS]
    assert recalled(conversation, ASKED, bob.user.reader) == recalled(conversation, ASKED) == []


@pytest.mark.parametrize("status", [MessageStatus.QUARANTINED, MessageStatus.REJECTED, MessageStatus.DELETED])
def test_what_is_held_or_deleted_does_not_come(ada, conversation, status):
    say(conversation, PRESS, ada)
    Message.objects.update(status=status)

    assert recalled(conversation, ASKED) == []
    assert recalled(conversation, ASKED, Reader(str(ada.user.id), staff=True)) == []


def prune(conversation, **wanted):
    pruning.prune(conversation, Wanted(**wanted), About(conversation.workspace_id))


def test_what_was_pruned_does_not_come_until_it_is_restored(ada, conversation):
    pruned = say(conversation, PRESS, ada)
    for wanted in ({"messages": (pruned.id,)}, {"keep_last": 0}):
        prune(conversation, **wanted)
        assert recalled(conversation, ASKED) == []

        prune(conversation, restore=True)
        assert recalled(conversation, ASKED) == [PRESS]


def test_what_was_pruned_stays_so_when_it_is_edited(ada, conversation):
    pruned = say(conversation, PRESS, ada)
    prune(conversation, messages=(pruned.id,))
    message = Message.objects.get(id=pruned.id)

    relevance.index(message)

    assert not SearchDocument.objects.exists()


def test_what_was_pruned_takes_no_place(ada, conversation):
    """As many as are looked at of each word, newer and older."""
    older = [say(conversation, f"Another hydraulic press, number {number}.", ada) for number in range(NEWEST)]
    say(conversation, PRESS, ada)
    newer = [say(conversation, f"Another hydraulic press, number {number}.", ada).id for number in range(NEWEST)]

    prune(conversation, messages=tuple(newer), before=Message.objects.get(seq=older[-1].seq + 1).id)

    assert recalled(conversation, ASKED) == [PRESS]


def test_what_others_alone_may_read_takes_no_place_and_counts_for_nothing(ada, bob, conversation):
    say(conversation, PRESS, ada)
    other = conversations.create(ada.user, ada.workspace.id, {})
    say(other, PRESS, ada)
    for number in range(NEWEST + 1):
        say(conversation, f"A hydraulic lift, for you alone: {number}.", visible_to=str(bob.user.id))
        say(other, f"Oranges, for you alone: {number}.", visible_to=str(bob.user.id))

    crowded, free = (scores(one, Reader(str(ada.user.id))) for one in (conversation, other))

    assert crowded == free != []
    assert scores(conversation, EVERYBODY) == free
    assert len(scores(conversation, bob.user.reader)) == 5
    assert len(scores(conversation, Reader("", staff=True))) == 5


def scores(conversation, reader):
    hits = relevance.recall("Where is the hydraulic press or the lift?", conversation.id, 1000, reader, 5)
    return [(hit.seq, hit.score, hit.terms) for hit in hits]


def test_a_held_message_is_found_from_its_release_on(ada, conversation):
    held = say(conversation, PRESS, ada, held=True)
    assert not SearchDocument.objects.exists()

    messages.release(held, new_id(), About(conversation.workspace_id))

    assert recalled(conversation, ASKED) == [PRESS]


def test_what_changed_is_found_by_its_new_words_alone(ada, conversation):
    message = say(conversation, PRESS, ada)
    message.text = "The lathe stands in hall 4."
    message.save()

    relevance.index(message)

    assert SearchDocument.objects.count() == 1
    assert relevance.recall(ASKED, conversation.id, 1_000_000, EVERYBODY, 5) == []
    assert [hit.message for hit in relevance.recall("the lathe", conversation.id, 1_000_000, EVERYBODY, 5)] == [
        message.id
    ]


@pytest.mark.parametrize("emptied", ["drop", "index", "delete"])
def test_what_is_gone_is_found_no_more(ada, conversation, emptied):
    message = say(conversation, PRESS, ada)
    message.text = "…"

    {"drop": lambda: relevance.drop([message.id]), "index": lambda: relevance.index(message), "delete": message.delete}[
        emptied
    ]()

    assert not SearchDocument.objects.exists()
    assert recalled(conversation, ASKED) == []


@pytest.mark.parametrize(
    "text", ["", "   ", "?!", "the and of", "'; DROP TABLE x; --", '"hydraulic" AND (', "NEAR *", "a" * 9000]
)
def test_any_text_can_be_asked(ada, conversation, text):
    say(conversation, PRESS, ada)

    assert recalled(conversation, text) in ([], [PRESS])


def test_a_word_that_was_common_long_ago_is_still_found(ada, conversation):
    """More messages than are looked at wherever they are, and none of them among the newest."""
    old = {seq: f"The turbine of unit {seq} runs." for seq in range(1, 401)}
    past(conversation, ada, old | {seq: f"Oranges and more {seq}." for seq in range(3000, 3100)})

    hits = relevance.recall("turbine", conversation.id, 3050, EVERYBODY, 3)

    assert [hit.seq for hit in hits] == [400, 399, 398]


def test_of_a_word_that_is_everywhere_the_newest_come(ada, conversation):
    past(conversation, ada, {seq: f"Oranges {seq} of box {seq % 7}." for seq in range(1, 12_000, 3)})

    hits = relevance.recall("Oranges of box 3", conversation.id, 9000, EVERYBODY, 5)

    assert [hit.seq for hit in hits] == [8998, 8977, 8956, 8935, 8914]


def test_the_index_follows_the_rows(ada, conversation):
    """Whatever deletes them: SQLite's index is kept by triggers."""
    say(conversation, PRESS, ada)
    say(conversation, "Oranges are cheap.", ada)
    newest = SearchDocument.objects.aggregate(newest=Max("id"))["newest"]

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM contexts_searchdocument WHERE id < %s", [newest])

    assert recalled(conversation, ASKED) == []
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO contexts_search(contexts_search, rank) VALUES ('integrity-check', 1)")


def test_messages_of_before_are_made_findable_once(ada, conversation, monkeypatch):
    """What the migration does; one that was stopped goes on."""
    migration = import_module("contexts.migrations.0007_search_messages")
    say(conversation, PRESS, ada)
    say(conversation, PRESS, ada, held=True)
    SearchDocument.objects.all().delete()
    say(conversation, "Oranges are cheap.", ada)
    monkeypatch.setattr(migration, "BATCH", 1)

    migration.index(apps, None)

    assert recalled(conversation, ASKED) == [PRESS]
    assert SearchDocument.objects.count() == 2
