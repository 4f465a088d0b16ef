"""What leaves the window is summed up, in the background, and follows what becomes of its messages."""

import pytest
from django.db import connection, transaction

from contexts import conversations, folding, messages, store, summaries, versions
from contexts.knowledge import ContextPolicy, SummaryPart
from contexts.models import Conversation, Message, MessageStatus
from contexts.summaries import SPAN
from project import log
from project.ids import new_id
from project.models import Event, Stream
from tests.contexts import history
from tests.contexts.past import past, sentence
from tests.contexts.said import fresh, say
from tests.modes import once
from tests.outage.scale import pick

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def budget(settings):
    settings.CONTEXT_TOKENS = 600


def talk(conversation, author, turns):
    told = [text for number in range(turns) for text in (sentence(number), "Noted.")]
    history.give(fresh(conversation), len(told), told.__getitem__, author.user)


def long(conversation, author, count):
    past(conversation, author, {seq: sentence(seq) for seq in range(1, count + 1)})


def fold_all(conversation):
    while folding.fold(conversation.id):
        pass


def parts(conversation):
    rows = SummaryPart.objects.filter(conversation=conversation).order_by("level", "number")
    return [(row.level, row.number, row.count, row.lines, row.stale) for row in rows]


def summary(conversation, author):
    return store.load(say(conversation, "And now?", author)).summary


def spoiled(conversation, *seqs):
    with transaction.atomic():
        log.lock(conversation.stream)
        folding.spoil(conversation, seqs)
        versions.rise(conversation.id)


def test_a_short_conversation_has_nothing_to_fold(ada, conversation):
    talk(conversation, ada, 3)

    assert folding.fold(conversation.id) == []
    assert summary(conversation, ada) is None


def test_what_left_the_window_is_summed_up_with_the_range_it_covers(ada, conversation):
    talk(conversation, ada, 80)

    assert folding.fold(conversation.id)

    context = store.load(say(conversation, "And now?", ada))
    first_shown = context.messages[0].seq
    assert context.summary
    assert fresh(conversation).folded_until == SPAN - 1
    assert (context.summary.first_seq, context.summary.last_seq) == (1, first_shown - 1)
    assert context.summary.messages == first_shown - 1 == context.left_out
    assert "ada: On day" in context.summary.text


def test_each_part_is_told_of_and_the_best_lines_stay_longest(ada, conversation, settings):
    settings.CONTEXT_TOKENS = 1500
    talk(conversation, ada, 200)
    fold_all(conversation)

    told = summary(conversation, ada)
    days = [int(line.split()[3]) for line in told.text.splitlines() if "On day" in line]

    assert days == sorted(days)
    assert {day // 32 for day in days} >= {0, 1, 2, 3}


@pytest.mark.parametrize("tokens", [256, 300, 600, 1500])
def test_a_summary_stays_within_its_share(ada, conversation, settings, tokens):
    settings.CONTEXT_TOKENS = tokens
    talk(conversation, ada, 120)
    fold_all(conversation)

    context = store.load(say(conversation, "And now?", ada))

    assert context.summary is None or 0 < context.summary.tokens <= tokens * 0.1
    assert context.tokens <= tokens


def test_folding_tells_of_itself_and_keeps_the_next_snapshot(ada, conversation, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        talk(conversation, ada, 80)
    before = fresh(conversation).context_version

    with django_capture_on_commit_callbacks(execute=True):
        made = folding.fold(conversation.id)

    told = Event.objects.filter(type="context.updated").get()
    assert told.data == {"version": before + 1, "changed": {"summary": len(made)}}
    assert fresh(conversation).context_version == before + 1
    kept = store.load(Message.objects.latest("id")).summary
    versions.rise(conversation.id)  # what follows is read from rows
    assert kept == store.load(Message.objects.latest("id")).summary


def test_the_order_of_folding_does_not_matter(ada, conversation):
    other = conversations.create(ada.user, ada.workspace.id, {})
    for turns in (2, 5, 31, 1, 35, 26, 50):
        talk(conversation, ada, turns)
        talk(other, ada, turns)
        _fold_in_silence(other)
    _fold_in_silence(conversation)

    assert [row[:4] for row in parts(conversation)] == [row[:4] for row in parts(other)] != []


def _fold_in_silence(conversation):
    """Its event takes a number of the log, which both conversations shall give to the same messages."""
    head = log.head(conversation.stream).seq
    fold_all(conversation)
    Event.objects.filter(stream=conversation.stream, seq__gt=head).delete()
    Stream.objects.filter(key=conversation.stream).update(head=head)


def test_parts_made_anew_are_the_same(ada, conversation):
    long(conversation, ada, 1500)
    fold_all(conversation)
    first = parts(conversation)
    assert {level for level, *_ in first} == {0, 1}

    spoiled(conversation, *range(1, 1500))
    assert all(stale and not lines for *_, lines, stale in parts(conversation))
    folding.renew()
    while folding.renew():
        pass

    assert parts(conversation) == first


@once
@pytest.mark.drill
def test_thousands_of_messages_are_folded_in_bounded_steps(ada, conversation):
    count = pick(10_000, 4_500)
    long(conversation, ada, count)
    steps = 0
    while made := folding.fold(conversation.id):
        steps += 1
        assert len(made) <= folding.BATCHES * (folding.LEAVES + 3)
        assert fresh(conversation).folded_until <= steps * folding.BATCHES * folding.LEAVES * SPAN

    assert steps >= pick(4, 2)
    tops = summaries.tops(fresh(conversation))
    assert len(tops) <= 7 * 3
    assert [part.first for part in tops] == [0, *(part.last + 1 for part in tops[:-1])]
    told = summary(conversation, ada)
    assert told.messages > count - 200


def test_a_pass_ends_in_time_and_the_next_one_goes_on(ada, conversation, monkeypatch):
    other = conversations.create(ada.user, ada.workspace.id, {})
    for one in (conversation, other):
        long(one, ada, (folding.LEAVES + 3) * SPAN)
    monkeypatch.setattr(folding, "ENOUGH", 0.0)
    monkeypatch.setattr(folding, "PASS", 0.0)

    passes = [folding.fold_lately(), folding.fold_lately(), folding.fold_lately()]

    assert passes[0] == folding.LEAVES + 1
    assert sum(fresh(one).folded_until + 1 for one in (conversation, other)) > folding.LEAVES * SPAN


def test_of_what_cannot_be_read_by_all_nothing_is_summed_up(ada, conversation):
    secret = "The vault code is kept under the green lamp of the harbour office."
    say(conversation, secret, ada, visible_to=str(ada.user.id))
    say(conversation, secret, ada, held=True)
    deleted = say(conversation, secret, ada)
    Message.objects.filter(id=deleted.id).update(status=MessageStatus.DELETED)
    talk(conversation, ada, 80)
    fold_all(conversation)

    assert "vault" not in str(parts(conversation))
    assert "vault" not in summary(conversation, ada).text
    mine = store.load(Message.objects.latest("id"), ada.user.reader).summary
    assert mine
    assert "vault" not in mine.text


def test_a_spoiled_part_says_nothing_at_once_and_is_renewed_without_the_old_text(ada, conversation):
    say(conversation, "The vault code is kept under the green lamp of the harbour office.", ada)
    talk(conversation, ada, 80)
    fold_all(conversation)
    assert "vault" in str(parts(conversation))

    Message.objects.filter(text__contains="vault").update(
        text="The oven code is kept under the red lamp of the bakery office.", edited_at=conversation.created_at
    )
    spoiled(conversation, 1)

    assert "vault" not in str(parts(conversation))
    assert "vault" not in summary(conversation, ada).text
    assert folding.renew() == 1
    assert "vault" not in str(parts(conversation))
    assert "oven" in str(parts(conversation))
    assert folding.renew() == 0


def test_where_a_high_part_is_stale_those_below_it_stand_for_it(ada, conversation):
    long(conversation, ada, 1500)
    fold_all(conversation)

    spoiled(conversation, 70)

    covered = [(part.first, part.last) for part in summaries.tops(fresh(conversation))]
    assert covered[:3] == [(0, 63), (128, 191), (192, 255)]
    folding.renew()
    assert summaries.tops(fresh(conversation))[0].last == SPAN * 8 - 1


def test_a_message_that_changes_while_it_is_summed_up_is_summed_up_later(ada, conversation):
    """What was read is compared under the lock: here the text changes with the statement that takes it."""
    talk(conversation, ada, 80)
    changed: list[bool] = []

    def change_once(execute, sql, params, many, context):
        if sql.startswith("UPDATE project_stream") and not changed:
            changed.append(True)
            Message.objects.filter(seq=1).update(text="Changed meanwhile.")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(change_once):
        assert folding.fold(conversation.id) == []

    assert folding.fold(conversation.id)
    assert sentence(0) not in str(parts(conversation))


def test_a_released_message_takes_its_place_in_the_summary(ada, conversation):
    held = say(conversation, "The vault code is kept under the green lamp of the harbour office.", ada, held=True)
    talk(conversation, ada, 80)
    fold_all(conversation)

    with transaction.atomic():
        log.lock(conversation.stream)
        messages.release(held, new_id(), log.About(conversation.workspace_id))
    folding.renew()

    assert "vault" in str(parts(conversation))


def test_pruned_messages_are_summed_up(ada, conversation):
    talk(conversation, ada, 80)
    Conversation.objects.filter(id=conversation.id).update(pruned_until=150)
    versions.rise(conversation.id)

    fold_all(conversation)

    assert fresh(conversation).folded_until == SPAN * 2 - 1
    assert summary(conversation, ada).messages == 150


def test_a_workspace_can_do_without(ada, conversation):
    ContextPolicy.objects.create(workspace=ada.workspace, summary=False)
    talk(conversation, ada, 80)

    assert folding.fold(conversation.id) == []
    assert summary(conversation, ada) is None


def test_of_a_window_that_grew_over_a_part_only_what_is_older_is_told(ada, conversation, settings):
    talk(conversation, ada, 80)
    fold_all(conversation)
    settings.CONTEXT_TOKENS = 2000

    context = store.load(say(conversation, "And now?", ada))

    begins = context.messages[0].seq
    assert begins < fresh(conversation).folded_until
    assert context.summary
    assert context.summary.last_seq == begins - 1
    assert all(message.text not in context.summary.text for message in context.messages if "day" in message.text)


def test_a_deleted_conversation_is_left_alone(ada, conversation):
    talk(conversation, ada, 80)
    conversations.delete(ada.user, conversation)

    assert folding.fold(conversation.id) == []
