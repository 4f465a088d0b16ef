"""Feeds: unfinished answers put together from what arrives, and handed to each client from where it is."""

import asyncio
import random
from uuid import UUID

import orjson
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from contexts.models import Conversation
from dispatch import hub
from dispatch.feeds import ANSWERS, MAILBOX, MAILBOX_BYTES, Feed, Follower
from dispatch.frames import Frame
from dispatch.models import Run
from dispatch.unfinished import Answer
from project import cursors
from project.cursors import Place
from project.models import Event
from tests.dispatch.texts import HARD, texts

RUN, REPLY = UUID(int=2), UUID(int=3)
STREAM = "conversation:00000000-0000-7000-8000-000000000001"

Note = tuple[int, str]
seeds = st.randoms(use_true_random=False)


def cut(text: str, chance: random.Random) -> list[Note]:
    """The text as notes, in order."""
    ends = sorted({*(chance.randint(0, len(text)) for _ in range(10)), len(text)} - {0})
    return [(start, text[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def shuffled(text: str, chance: random.Random) -> list[Note]:
    """Notes with loss, repetition and disorder, mixed with saved texts."""
    notes = [note for note in cut(text, chance) for _ in range(chance.choice((0, 1, 1, 2)))]
    saved = [(0, text[: chance.randint(0, len(text))]) for _ in range(3)]
    chance.shuffle(mixed := notes + saved)
    return mixed


def started(attempt: int = 1, seq: int = 1) -> Event:
    data = {"attempt": attempt, "reply": str(REPLY)}
    return Event(stream_id=STREAM, seq=seq, type="run.started", time=timezone.now(), run=RUN, data=data)


def finished(seq: int = 2) -> Event:
    return Event(stream_id=STREAM, seq=seq, type="run.completed", time=timezone.now(), run=RUN)


def feed_saying(text: str) -> Feed:
    feed = Feed(STREAM, epoch=9, seq=0)
    feed.publish(started())
    feed.answers[REPLY].take(1, 0, text, "")
    return feed


def shown(frames: list[Frame]) -> list[Note]:
    data = [orjson.loads(frame.payload)["data"] for frame in frames]
    return [(delta["offset"], delta["text"]) for delta in data]


@given(texts, seeds)
def test_notes_in_order_make_the_text_without_help(text: str, chance: random.Random) -> None:
    answer = Answer(RUN, None, 1)

    for offset, piece in cut(text, chance):
        assert answer.take(1, offset, piece)

    assert answer.text == text


@given(texts, seeds)
def test_lost_repeated_and_disordered_notes_never_show_what_was_not_said(text: str, chance: random.Random) -> None:
    answer = Answer(RUN, None, 1)

    for offset, piece in shuffled(text, chance):
        before = answer.text
        news = answer.take(1, offset, piece)
        assert text.startswith(answer.text)
        assert answer.text.startswith(before)
        assert news == (answer.text != before)

    answer.take(1, 0, text)
    assert answer.text == text


@given(texts, seeds)
def test_saved_text_closes_the_gap_before_what_was_heard(text: str, chance: random.Random) -> None:
    answer, notes = Answer(RUN, None, 1), cut(text, chance)
    missed = chance.randint(0, len(notes) - 1)
    for offset, piece in notes[missed:]:
        answer.take(1, offset, piece)

    answer.take(1, 0, text[: notes[missed][0]])

    assert answer.text == text


def test_new_attempt_begins_anew_and_the_old_one_is_not_heard_again() -> None:
    answer = Answer(RUN, None, 1)
    answer.take(1, 0, "The first ")
    answer.take(2, 0, "Another ")

    assert not answer.take(1, 8, "attempt")
    assert (answer.attempt, answer.text) == (2, "Another ")


def test_what_is_kept_ahead_of_a_gap_is_bounded() -> None:
    answer = Answer(RUN, None, 1)

    for offset in range(1, 10_000):
        answer.take(1, offset, "x")

    assert len(answer._ahead) == 100


@given(texts, seeds)
def test_client_that_cuts_and_appends_has_the_servers_text_over_any_reconnects(
    text: str, chance: random.Random
) -> None:
    feed, copy, places = feed_saying(""), "", dict[UUID, Place]()

    for offset, piece in [*shuffled(text, chance), (0, text)]:
        feed.answers[REPLY].take(1, offset, piece)
        for frame in feed.unfinished(places) if chance.random() < 0.7 else []:
            offset, piece = shown([frame])[0]
            copy = copy[:offset] + piece
            assert text.startswith(copy)
            resumed = cursors.parse(frame.id or "").place
        if copy and chance.random() < 0.5:  # it comes back, with its cursor or without
            places = {REPLY: resumed} if resumed and chance.random() < 0.5 else {}

    for offset, piece in shown(list(feed.unfinished(places))):
        copy = copy[:offset] + piece
    assert copy == text


def test_client_gets_the_answer_from_the_character_it_has() -> None:
    feed = feed_saying(HARD)

    frames = list(feed.unfinished({REPLY: Place(REPLY, 1, 7)}))

    assert shown(frames) == [(7, HARD[7:])]


def test_place_in_another_attempt_or_beyond_the_text_begins_anew() -> None:
    feed = feed_saying(HARD)

    for place in (Place(REPLY, 2, 3), Place(REPLY, 1, 999)):
        assert shown(list(feed.unfinished({REPLY: place}))) == [(0, HARD)]


def test_client_that_has_everything_gets_nothing() -> None:
    feed, places = feed_saying(HARD), dict[UUID, Place]()
    list(feed.unfinished(places))

    assert list(feed.unfinished(places)) == []


def test_answer_is_shown_once_its_start_has_been_read() -> None:
    feed = Feed(STREAM, epoch=9, seq=0)
    feed.answers[REPLY] = Answer(RUN, None, 1)
    feed.answers[REPLY].take(1, 0, "early", "")

    assert list(feed.unfinished({})) == []
    feed.publish(started())
    assert shown(list(feed.unfinished({}))) == [(0, "early")]


def test_finished_answer_is_forgotten_with_every_place_in_it() -> None:
    feed, places = feed_saying(HARD), dict[UUID, Place]()
    list(feed.unfinished(places))

    feed.publish(finished())

    assert list(feed.unfinished(places)) == []
    assert (feed.answers, places) == ({}, {})


def test_followers_at_the_same_place_share_the_same_bytes() -> None:
    feed = feed_saying(HARD)

    assert next(feed.unfinished({})) is next(feed.unfinished({}))


def test_mailbox_that_runs_over_is_emptied_and_says_so() -> None:
    follower = Follower()

    for seq in range(1, MAILBOX + 1):
        follower.put(Frame("x", b"{}", seq=seq))
    assert not follower.behind
    follower.put(Frame("x", b"{}", seq=MAILBOX + 1))

    assert follower.behind
    assert [frame.seq for frame in follower.take()] == [MAILBOX + 1]
    assert not follower.behind


def test_first_reason_to_end_stays() -> None:
    follower = Follower()

    follower.end("revoked")
    follower.end("gone")

    assert follower.ended == "revoked"


def test_cancellation_that_meets_the_bell_is_not_swallowed() -> None:
    async def cancelled() -> bool:
        follower = Follower()
        waiting = asyncio.create_task(follower.wait(5))
        await asyncio.sleep(0)
        follower.wake()
        waiting.cancel()
        await asyncio.wait({waiting})
        return waiting.cancelled()

    assert asyncio.run(cancelled())


def test_mailbox_is_bounded_in_bytes_too_and_holds_one_event_of_any_size() -> None:
    follower = Follower()
    large = b"x" * (MAILBOX_BYTES // 2 + 1)

    follower.put(Frame("x", large, seq=1))
    fits = follower.behind
    follower.put(Frame("x", large, seq=2))

    assert (fits, follower.behind) == (False, True)
    assert [frame.seq for frame in follower.take()] == [2]


def test_answers_that_are_held_are_so_many_at_most() -> None:
    feed = Feed(STREAM, epoch=9, seq=0)

    for number in range(1, 2 * ANSWERS):
        data = {"attempt": 1, "reply": str(UUID(int=number))}
        feed.publish(Event(stream_id=STREAM, seq=number, type="run.started", time=timezone.now(), run=RUN, data=data))

    assert len(feed.answers) == ANSWERS


def test_saved_texts_of_more_answers_than_can_be_held_are_passed_over() -> None:
    feed = Feed(STREAM, epoch=9, seq=0, answers={UUID(int=n): Answer(RUN, None, 1) for n in range(ANSWERS - 1)})
    runs = [Run(reply=UUID(int=1000 + number), attempt=1, conversation=Conversation()) for number in range(3)]
    for run in runs:
        run.partial, run.partial_attempt = "so far", 1

    hub._merge(feed, runs)

    assert len(feed.answers) == ANSWERS
    assert feed.answers[runs[0].reply].text == "so far"
