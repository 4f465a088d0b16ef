"""A feed hands each follower what it may see, encoded once, and wakes nobody for what is not theirs."""

from uuid import UUID

from django.utils import timezone

from dispatch.feeds import MAILBOX, Feed, Follower
from dispatch.unfinished import Answer
from project.bus import Note
from project.models import Event
from project.readers import EVERYBODY, STAFF, Reader

RUN, REPLY = UUID(int=2), UUID(int=3)
STREAM = "conversation:00000000-0000-7000-8000-000000000001"
ADA, BOB, STAFFER = Reader("ada"), Reader("bob"), Reader("carol", staff=True)


def event(seq: int, type: str = "message.completed", visible_to: str = "", **data: object) -> Event:
    return Event(
        stream_id=STREAM,
        seq=seq,
        type=type,
        time=timezone.now(),
        run=RUN,
        visible_to=visible_to,
        data={"n": seq} | data,
    )


def note(text: str, attempt: int = 1, offset: int = 0, **fields: str) -> Note:
    return {"message": str(REPLY), "run": str(RUN), "attempt": attempt, "offset": offset, "text": text, **fields}


def followed(*readers: Reader) -> tuple[Feed, list[Follower]]:
    feed, followers = Feed(STREAM, epoch=9, seq=0), [Follower(reader) for reader in readers]
    feed.followers = set(followers)
    return feed, followers


def answering(feed: Feed, visible_to: str) -> None:
    feed.publish(event(feed.seq + 1, "run.started", reply=str(REPLY), attempt=1))
    feed.take_piece(note("The secret", visible_to=visible_to))


def awake(follower: Follower) -> bool:
    return follower._bell.is_set()


def test_event_for_all_is_the_same_frame_for_all() -> None:
    feed, (ada, bob) = followed(ADA, BOB)

    feed.publish(event(1))

    assert ada.take()[0] is bob.take()[0]


def test_event_for_one_moves_the_others_on_and_tells_them_nothing() -> None:
    feed, (ada, bob, staffer) = followed(ADA, BOB, STAFFER)

    feed.publish(event(1, visible_to="ada"))

    frames = [follower.take()[0] for follower in (ada, bob, staffer)]
    assert [(frame.seq, bool(frame.payload)) for frame in frames] == [(1, True), (1, False), (1, True)]
    assert frames[0] is frames[2]


def test_event_for_staff_is_for_no_user() -> None:
    feed, (ada, nobody, staffer) = followed(ADA, EVERYBODY, STAFFER)

    feed.publish(event(1, visible_to=STAFF))

    assert [bool(follower.take()[0].payload) for follower in (ada, nobody, staffer)] == [False, False, True]


def test_nobody_is_woken_for_an_event_that_is_not_theirs() -> None:
    feed, (ada, bob) = followed(ADA, BOB)

    feed.publish(event(1, visible_to="ada"))

    assert (awake(ada), awake(bob)) == (True, False)


def test_nobody_is_woken_for_a_piece_of_an_answer_that_is_not_theirs() -> None:
    feed, (ada, bob, staffer) = followed(ADA, BOB, STAFFER)
    answering(feed, "ada")
    for follower in (ada, bob, staffer):
        follower.take()

    feed.take_piece(note(" goes on", offset=len("The secret"), visible_to="ada"))

    assert [awake(follower) for follower in (ada, bob, staffer)] == [True, False, True]


def test_mailbox_of_what_is_hidden_is_bounded_too() -> None:
    feed, (bob,) = followed(BOB)

    for seq in range(1, 2 * MAILBOX):
        feed.publish(event(seq, visible_to="ada"))

    assert bob.behind
    assert len(bob.take()) <= MAILBOX


def test_unfinished_answer_is_shown_to_those_it_is_for() -> None:
    feed, _ = followed()
    answering(feed, "ada")

    shown = [len(list(feed.unfinished({}, reader))) for reader in (ADA, STAFFER, BOB, EVERYBODY)]

    assert shown == [1, 1, 0, 0]


def test_bytes_of_a_private_piece_are_shared_by_those_it_is_for() -> None:
    feed, _ = followed()
    answering(feed, "ada")

    assert next(feed.unfinished({}, ADA)) is next(feed.unfinished({}, STAFFER))


def test_answer_of_which_is_not_known_who_may_see_it_is_shown_to_nobody() -> None:
    feed, (staffer,) = followed(STAFFER)
    feed.publish(event(1, "run.started", reply=str(REPLY), attempt=1))
    staffer.take()

    feed.take_piece(note("The secret"))

    assert list(feed.unfinished({}, STAFFER)) == []
    assert not awake(staffer)


def test_what_is_read_of_an_answer_may_narrow_who_sees_it_and_not_widen_it() -> None:
    answer = Answer(RUN, None, 1)

    seen = []
    for visible_to in ("", "ada", "", "bob"):
        answer.take(1, 0, "The secret", visible_to)
        seen.append(answer.visible_to)

    assert seen == ["", "ada", "ada", "ada"]


def test_next_attempt_may_be_for_others_and_shows_nothing_of_the_one_before() -> None:
    feed, _ = followed()
    answering(feed, "ada")

    feed.publish(event(2, "run.started", reply=str(REPLY), attempt=2))
    assert [list(feed.unfinished({}, reader)) for reader in (ADA, BOB)] == [[], []]
    feed.take_piece(note("For all", attempt=2, visible_to=""))

    assert b"For all" in next(feed.unfinished({}, BOB)).payload
    assert feed.answers[REPLY].text == "For all"


def test_note_of_a_lost_attempt_changes_nobodys_sight() -> None:
    feed, _ = followed()
    answering(feed, "ada")

    feed.take_piece(note("The secret", attempt=0, visible_to=""))

    assert list(feed.unfinished({}, BOB)) == []
