"""`research` finds what was said in the workspace, for who may read it, and quotes it with links."""

import time
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command

from contexts import conversations, documents, messages, pruning, tombstones
from contexts.knowledge import SearchDocument
from contexts.models import Message, MessageStatus
from contexts.pruning import Wanted
from dispatch.experts import Research
from integrations.contract import Rejection
from project.ids import new_id
from project.log import About
from security.models import Membership
from tests.contexts.said import fresh, say
from tests.delegations.searched import ASKED, research, task

pytestmark = pytest.mark.django_db

KILN = "The kiln in hall 3 holds 1240 degrees for six hours."


def quotes(*args, **more):
    return [hit["quote"] for hit in research(*args, **more).output["hits"]]


@pytest.fixture
def other(ada, conversation):
    """Of the same workspace."""
    return conversations.create(ada.user, conversation.workspace_id, {"title": "Workshop"})


def test_what_was_said_in_another_conversation_is_found_with_its_source(ada, bob, conversation, other):
    told = say(other, f"Good morning. {KILN} Do not open it.", bob)
    say(other, "The lathe was sold.", bob)

    result = research(ada, conversation)

    [hit] = result.output["hits"]
    assert hit == {
        "message": str(told.id),
        "conversation": str(other.id),
        "title": "Workshop",
        "author": "bob",
        "created_at": hit["created_at"],
        "quote": KILN,
        "score": hit["score"],
        "terms": ["3", "hall", "kiln"],
        "link": f"/#/c/{other.id}/{told.id}",
    }
    assert result.output["searched"] == 2
    assert "[1] bob on" in result.text
    assert "in “Workshop”" in result.text
    assert "no model was asked" in result.text


@pytest.mark.parametrize("text", ["Who waters the orchids?", "what was that?", "", "'; DROP TABLE x; --", "NEAR *"])
def test_it_says_so_when_nothing_fits(ada, conversation, other, text):
    say(other, KILN, ada)

    result = research(ada, conversation, text)

    assert result.output == {"hits": [], "searched": 1}
    assert result.text.startswith("Nothing that was said fits. Searched: 1 message.")


def test_the_question_and_its_repeats_are_no_hits(ada, conversation, other):
    say(conversation, ASKED, ada, metadata={"expert": "research"})
    say(other, ASKED, ada)
    say(other, "How hot is the kiln, the one in hall 3?", ada)
    say(other, f"I found: {KILN}", role="expert", metadata={"expert": "research"})
    say(other, KILN, ada)

    assert quotes(ada, conversation) == [KILN]


def test_what_holds_all_that_is_asked_comes_first_then_rare_words_then_the_newest(ada, conversation, other):
    for number in range(12):
        say(other, f"Hall 3 was swept by team {number}.", ada)
    say(other, "Somebody lit the kiln again.", ada)
    say(other, KILN, ada)
    say(other, "Hall 3 was swept by the new team.", ada)

    found = quotes(ada, conversation, limit=4)

    assert found[:2] == [KILN, "Somebody lit the kiln again."]
    assert found[2:] in ([], ["Hall 3 was swept by the new team.", "Hall 3 was swept by team 11."])


def test_words_side_by_side_count_more(ada, conversation, other):
    say(other, "The code of the gate, and the winter of the depot.", ada)
    say(other, "Nobody told winter what depot gate code means.", ada)
    say(other, "A code for winter, a gate for the depot.", ada)

    assert quotes(ada, conversation, "depot gate code in winter")[0] == "Nobody told winter what depot gate code means."


def test_long_text_of_two_words_takes_no_time(ada, conversation, other):
    for number in range(10):
        say(other, f"{number} {'c ' * 1950}{'b ' * 1950}", ada)
    began = time.process_time()

    found = quotes(ada, conversation, "b c", limit=10)

    assert len(found) == 10
    assert time.process_time() - began < 1.5  # each place beside each other one: 0.3 and more for each message


def test_a_statement_comes_before_a_question_and_each_text_once(ada, conversation, other):
    say(other, "Was the kiln in hall 3 sold on Monday?", ada)
    say(other, KILN, ada)
    say(conversation, KILN, ada)

    assert quotes(ada, conversation) == [KILN, "Was the kiln in hall 3 sold on Monday?"]


def test_of_a_long_sentence_what_is_around_the_words_is_quoted(ada, conversation, other):
    filling = ", ".join(f"item {number} of a list that goes on" for number in range(40))
    say(other, f"{filling}, and the kiln in hall 3 is hot, {filling}.", ada)

    [quote] = quotes(ada, conversation)

    assert "the kiln in hall 3 is hot" in quote
    assert len(quote) < 300
    assert (quote[0], quote[-1]) == ("…", "…")


def test_time_and_conversation_and_number_can_be_chosen(ada, conversation, other):
    old = say(other, "The kiln in hall 3 was cold.", ada)
    Message.objects.filter(id=old.id).update(created_at="2025-03-01T12:00:00Z")
    say(conversation, "The kiln in hall 3 was warm.", ada)
    say(other, "The kiln in hall 3 was white hot.", ada)

    def found(**more):
        return sorted(quote.split(" was ")[1] for quote in quotes(ada, conversation, **more))

    assert found() == ["cold.", "warm.", "white hot."]
    assert found(until="2025-03-02") == ["cold."]
    assert found(since="2025-03-01T12:00:01Z") == ["warm.", "white hot."]
    assert found(since="2025-03-01T13:00:00+01:00", until="2025-03-01T12:00:01Z") == ["cold."]
    assert found(conversation=str(conversation.id)) == ["warm."]
    assert len(found(limit=1)) == 1


@pytest.mark.parametrize("more", [{"since": "soon"}, {"until": "2026-13-01"}, {"conversation": "Plans"}])
def test_what_is_no_time_or_id_is_rejected(ada, conversation, more):
    [update] = Research().start(task(ada, conversation, **more))

    assert isinstance(update, Rejection)
    assert next(iter(more.values())) in update.detail


def test_nothing_of_another_workspace_is_found(ada, eve, conversation):
    foreign = conversations.create(eve.user, eve.workspace.id, {"title": "Elsewhere"})
    say(foreign, KILN, eve)
    say(conversation, "Oranges are cheap.", ada)

    unknown = research(ada, conversation, conversation=str(new_id())).output

    assert research(ada, conversation).output == {"hits": [], "searched": 1}
    assert research(ada, conversation, conversation=str(foreign.id)).output == unknown == {"hits": [], "searched": 0}


@pytest.mark.parametrize("leaving", ["stranger", "removed", "switched off", "nobody"])
def test_who_is_no_member_is_told_nothing(ada, bob, eve, conversation, other, leaving):
    say(other, KILN, ada)
    assert quotes(bob, conversation) == [KILN]
    if leaving == "removed":
        Membership.objects.filter(user=bob.user).delete()
    if leaving == "switched off":
        bob.user.is_active = False
        bob.user.save()
    asker = {"stranger": eve, "nobody": None}.get(leaving, bob)

    [update] = Research().start(task(asker, conversation))

    assert update == Rejection("Who asked may not read this workspace any more.")


def test_what_one_may_read_alone_is_found_only_where_the_result_is_for_that_one_alone(ada, bob, conversation, other):
    say(other, KILN, ada, visible_to=str(bob.user.id))
    say(other, "Oranges are cheap.", ada)
    alone = str(bob.user.id)

    assert quotes(bob, conversation, visible_to=alone) == [KILN]
    assert research(bob, conversation).output == {"hits": [], "searched": 1}
    assert quotes(bob, conversation, visible_to=str(ada.user.id)) == []
    assert quotes(ada, conversation, visible_to=str(ada.user.id)) == [KILN]  # she is staff


def test_what_others_alone_may_read_counts_for_nothing(ada, bob, conversation, other):
    for number in range(3):
        say(other, f"Hall 3 has {number} doors, and the kiln.", ada)
    before = research(bob, conversation, visible_to=str(bob.user.id)).output
    for number in range(30):
        say(other, f"The kiln, for her alone: {number}.", ada, visible_to=str(ada.user.id))

    assert research(bob, conversation, visible_to=str(bob.user.id)).output == before
    assert before["searched"] == 3


@pytest.mark.parametrize("status", [MessageStatus.QUARANTINED, MessageStatus.REJECTED, MessageStatus.DELETED])
def test_what_is_held_is_not_found(ada, conversation, other, status):
    say(other, KILN, ada)
    Message.objects.update(status=status)

    assert quotes(ada, conversation, visible_to=str(ada.user.id)) == []


@pytest.mark.parametrize("gone", ["deleted", "edited", "pruned", "pruned up to", "expired", "conversation", "command"])
def test_what_is_gone_is_not_found(ada, conversation, other, gone):
    message = say(other, KILN, ada)
    say(conversation, KILN.replace("1240", "900"), ada)
    assert len(quotes(ada, conversation)) == 2
    about = About(other.workspace_id)
    wanted = {"pruned": Wanted(messages=(message.id,)), "pruned up to": Wanted(keep_last=0)}

    if gone == "deleted":
        tombstones.bury(other, [message], about)
    elif gone == "edited":
        messages.edit(message, {"text": "The lathe was sold."}, None, about)
    elif gone == "conversation":
        conversations.delete(ada.user, other)
    elif gone in wanted:
        pruning.prune(fresh(other), wanted[gone], about)
    else:
        changed = {"expired": {"expires_at": "2026-01-01T00:00:00Z"}, "command": {"kind": "action"}}[gone]
        Message.objects.filter(id=message.id).update(**changed)

    assert quotes(ada, conversation) == [KILN.replace("1240", "900")]


def test_what_is_restored_is_found_again(ada, conversation, other):
    message = say(other, KILN, ada)
    about = About(other.workspace_id)
    pruning.prune(fresh(other), Wanted(messages=(message.id,)), about)

    pruning.prune(fresh(other), Wanted(restore=True), about)

    assert quotes(ada, conversation) == [KILN]


def test_common_words_are_found_together_however_many_messages_hold_each(ada, conversation, other):
    """More than are listed of one stem."""
    bulk(other, ada, [f"The pump of unit {number} runs." for number in range(1100)])
    bulk(conversation, ada, [f"The boiler of room {number} runs." for number in range(1100)])
    say(other, "The pump feeds the boiler.", ada)
    bulk(conversation, ada, [f"The boiler of attic {number} runs." for number in range(300)])

    assert quotes(ada, conversation, "pump and boiler", limit=1) == ["The pump feeds the boiler."]
    assert quotes(ada, conversation, "boiler", limit=2) == [
        f"The boiler of attic {number} runs." for number in (299, 298)
    ]


def bulk(conversation, person, texts):
    head = Message.objects.count()
    rows = [
        Message(
            conversation=conversation,
            seq=head + place + 1000,
            role="user",
            kind="text",
            text=text,
            status=MessageStatus.RECEIVED,
            author=person.user,
            created_at=conversation.created_at,
        )
        for place, text in enumerate(texts)
    ]
    Message.objects.bulk_create(rows, batch_size=400)
    SearchDocument.objects.bulk_create(
        (
            SearchDocument(
                message=row,
                conversation=conversation,
                seq=row.seq,
                terms=documents.document(documents.place(row), row.text),
            )
            for row in rows
        ),
        batch_size=400,
    )


def test_messages_of_before_are_made_findable_in_their_workspace(ada, conversation, other):
    """What the migration does; done again it changes nothing."""
    migration = import_module("contexts.migrations.0013_search_workspaces")
    say(other, KILN, ada)
    whole = SearchDocument.objects.get().terms
    mine = {documents.word(other.workspace_id, stem) for stem in documents.stems(KILN)}
    old = " ".join(word for word in whole.split() if word not in mine)
    SearchDocument.objects.update(terms=old)
    assert quotes(ada, conversation) == []

    for _ in range(2):
        migration.index(apps, None)

        assert SearchDocument.objects.get().terms == whole
        assert quotes(ada, conversation) == [KILN]


def test_what_older_servers_wrote_during_the_migration_is_made_findable_by_a_command(ada, conversation, other, capsys):
    gone = say(other, f"{KILN} Or five.", ada)
    say(other, KILN, ada)
    held = say(other, f"{KILN} Or four.", ada)
    Message.objects.filter(id=gone.id).update(pruned=True)
    Message.objects.filter(id=held.id).update(status=MessageStatus.QUARANTINED)
    SearchDocument.objects.exclude(message__text=KILN).delete()
    SearchDocument.objects.update(terms="")

    call_command("indexmessages")

    assert quotes(ada, conversation) == [KILN]
    assert SearchDocument.objects.count() == 1
    assert capsys.readouterr().out == "1 messages can be found.\n"
