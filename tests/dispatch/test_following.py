"""Following real rows: whoever joins, whenever, sees every event once and in order."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections, transaction

from contexts.models import Conversation
from dispatch import conclusion, news, runs
from dispatch.feeds import MAILBOX
from dispatch.handlers import Reply
from dispatch.hub import Hub
from dispatch.intake import receive
from dispatch.news import PAGE_BYTES
from dispatch.outcomes import Outcome
from dispatch.runs import Claim
from dispatch.submissions import parse
from project import bus, log
from project.cursors import Cursor
from project.models import Stream
from project.readers import EVERYBODY
from tests.declared import declared
from tests.dispatch.hubs import Following, following, in_thread, running, until
from tests.dispatch.texts import HARD
from tests.people import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_reader")]

WRITERS, EACH = 4, 40


@pytest.fixture(autouse=True)
def types() -> Iterator[None]:
    with declared("test.said"):
        yield


def append(stream: str, count: int = 1) -> None:
    for number in range(count):
        with transaction.atomic():
            log.append(stream, "test.said", {"number": number})


def claimed(person: Person, conversation: Conversation) -> Claim:
    """A run in mid-answer, without a dispatcher: events 1 to 3 are received, queued, started."""
    run = receive(parse({"text": "hi"}, None), person.identity, conversation.id).run
    claim = runs.claim(run, "test")
    assert claim is not None
    return claim


def note(claim: Claim, offset: int, text: str) -> bus.Note:
    ids = {"conversation": claim.conversation, "run": claim.run, "message": claim.reply}
    piece = {"attempt": claim.attempt, "offset": offset, "text": text, "visible_to": claim.visible_to}
    return {name: str(id) for name, id in ids.items()} | piece


def cursor(stream: str, ahead: int = 0) -> str:
    head = log.head(stream)
    return f"{head.epoch}-{head.seq + ahead}"


def test_followers_who_join_while_writers_write_see_every_event_once(conversation: Conversation) -> None:
    writers = [threading.Thread(target=_write, args=(conversation.stream,)) for _ in range(WRITERS)]

    async def scenario() -> list[list[int]]:
        async with running() as hub:
            for writer in writers:
                writer.start()
            return await asyncio.gather(*(join(hub, delay / 20) for delay in range(10)))

    async def join(hub: Hub, delay: float) -> list[int]:
        await asyncio.sleep(delay)
        async with following(hub, conversation.stream) as client:
            return await client.durable(WRITERS * EACH)

    seen = asyncio.run(scenario())

    for writer in writers:
        writer.join()
    assert seen == [list(range(1, WRITERS * EACH + 1))] * 10


def _write(stream: str) -> None:
    try:
        append(stream, EACH)
    finally:
        connections.close_all()


def test_follower_whose_mailbox_ran_over_goes_on_from_the_rows(conversation: Conversation) -> None:
    async def scenario() -> tuple[bool, list[int]]:
        async with running() as hub, following(hub, conversation.stream) as client:
            await in_thread(append, conversation.stream, 3)
            await client.until("test.said")
            await in_thread(append, conversation.stream, MAILBOX + 50)
            await until(lambda: client.follower.behind)
            return client.follower.behind, await client.durable(MAILBOX + 52)

    ran_over, seen = asyncio.run(scenario())

    assert ran_over
    assert seen == list(range(2, MAILBOX + 54))


def test_cursor_gets_what_came_after_it(conversation: Conversation) -> None:
    append(conversation.stream, 5)
    after = cursor(conversation.stream, ahead=-2)

    async def scenario() -> tuple[dict[str, Any], list[int]]:
        async with running() as hub, following(hub, conversation.stream, after) as client:
            return await client.next(), await client.durable(2)

    ready, seen = asyncio.run(scenario())

    assert ready["data"] == {"resumed": True, "head": cursor(conversation.stream)}
    assert seen == [4, 5]


def test_cursor_ahead_of_this_process_but_not_of_the_rows_is_honoured(conversation: Conversation) -> None:
    """Another process showed the client what this one has not read yet."""
    append(conversation.stream, 3)

    async def scenario() -> list[dict[str, Any]]:
        hub = Hub()  # not running: it looks at nothing by itself
        async with following(hub, conversation.stream) as slow, following(hub, conversation.stream) as early:
            await slow.next()
            await early.next()
            await in_thread(append, conversation.stream, 1)
            after = await in_thread(cursor, conversation.stream)
            async with following(hub, conversation.stream, after) as client:
                client.follower.end("enough")
                return await client.until("stream.end")

    frames = asyncio.run(scenario())

    assert [frame["type"] for frame in frames] == ["stream.ready", "stream.end"]
    assert frames[0]["data"] == {"resumed": True, "head": cursor(conversation.stream)}


@pytest.mark.parametrize("reason", ["epoch", "future"])
def test_stream_goes_on_from_the_head_that_its_reset_named(conversation: Conversation, reason: str) -> None:
    append(conversation.stream, 3)
    epoch, seq = log.head(conversation.stream).epoch, 3
    after = f"{epoch + 1}-2" if reason == "epoch" else f"{epoch}-{seq + 1}"

    async def scenario() -> tuple[dict[str, Any], list[int]]:
        async with running() as hub, following(hub, conversation.stream, after) as client:
            reset = (await client.until("stream.reset"))[-1]
            await in_thread(append, conversation.stream, 2)
            await until(lambda: hub._feeds[conversation.stream].seq == 5)
            return reset, await client.durable(2)

    reset, seen = asyncio.run(scenario())

    assert reset["id"] == f"{epoch}-{seq}"
    assert reset["data"] == {"reason": reason, "head": f"{epoch}-{seq}"}
    assert seen == [4, 5]


def test_cursor_of_a_delta_promises_no_event_that_was_not_sent(ada: Person, conversation: Conversation) -> None:
    claim = claimed(ada, conversation)
    runs.checkpoint(claim, HARD)

    async def scenario() -> list[tuple[str, int]]:
        async with running() as hub, following(hub, conversation.stream) as client:
            await client.durable(3)
            await in_thread(append, conversation.stream)
            await until(lambda: hub._feeds[conversation.stream].seq == 4)
            return [(frame["type"], frame["seq"]) for frame in (await client.next(), await client.next())]

    assert asyncio.run(scenario()) == [("test.said", 4), ("message.delta", 4)]


def test_silent_answer_leaves_its_followers_asleep(ada: Person, conversation: Conversation) -> None:
    """What wakes them each second would also keep the heartbeat from ever coming."""
    claim = claimed(ada, conversation)
    runs.checkpoint(claim, HARD)

    async def scenario() -> bool:
        async with running() as hub, following(hub, conversation.stream) as client:
            await client.until("message.delta")
            client.follower.take()
            return await client.follower.wait(2.5)

    assert not asyncio.run(scenario())


def test_answer_heard_after_its_end_is_neither_shown_nor_kept(ada: Person, conversation: Conversation) -> None:
    claim = claimed(ada, conversation)

    async def scenario() -> int:
        async with running() as hub, following(hub, conversation.stream) as client:
            await client.durable(3)
            await in_thread(conclusion.conclude, claim.run, claim.attempt, Outcome(Reply(HARD)))
            await client.until("run.completed")
            hub._take_note(note(claim, 0, HARD))
            heard = len(hub._feeds[conversation.stream].answers)
            await until(lambda: not hub._feeds[conversation.stream].answers)  # the next poll finds no such run
            return heard

    assert asyncio.run(scenario()) == 1


def test_late_note_of_a_finished_answer_is_not_shown_to_who_joins(ada: Person, conversation: Conversation) -> None:
    claim = claimed(ada, conversation)
    conclusion.conclude(claim.run, claim.attempt, Outcome(Reply(HARD)))

    async def scenario() -> list[str]:
        async with running() as hub, following(hub, conversation.stream) as client:
            joining = asyncio.ensure_future(client.next())
            await asyncio.sleep(0)  # it has joined, and waits for the rows
            hub._take_note(note(claim, 0, HARD))
            seen = [(await joining)["type"], *[frame["type"] for frame in await client.until("run.completed")]]
            following_on = asyncio.ensure_future(client.next())
            await asyncio.sleep(0.1)
            await in_thread(append, conversation.stream)
            return [*seen, (await following_on)["type"]]

    assert asyncio.run(scenario())[-2:] == ["run.completed", "test.said"]


def test_follower_that_is_told_to_end_gets_nothing_more(conversation: Conversation) -> None:
    append(conversation.stream, 20)

    async def scenario() -> list[str]:
        async with running() as hub, following(hub, conversation.stream) as client:
            await client.durable(5)
            client.follower.end("revoked")
            return [frame["type"] for frame in await client.until("stream.end")]

    assert asyncio.run(scenario()) == ["stream.end"]


def test_follower_hears_that_its_log_cannot_be_read(conversation: Conversation, settings: Any) -> None:
    async def scenario() -> dict[str, Any]:
        async with running() as hub:
            settings.POOL_BACKLOG = 0
            async with following(hub, conversation.stream) as client:
                return (await client.until("stream.end"))[-1]

    assert asyncio.run(scenario())["data"] == {"reason": "unavailable"}


def test_rebuilt_log_ends_its_streams_and_resets_old_cursors(conversation: Conversation) -> None:
    append(conversation.stream, 3)
    after = cursor(conversation.stream)

    async def scenario() -> tuple[dict[str, Any], list[dict[str, Any]]]:
        async with running() as hub:
            async with following(hub, conversation.stream) as client:
                await client.durable(3)
                await in_thread(_rebuild, conversation.stream)
                end = (await client.until("stream.end"))[-1]
            async with following(hub, conversation.stream, after) as client:
                return end, [await client.next(), await client.next()]

    end, again = asyncio.run(scenario())

    assert end["data"] == {"reason": "rebuilt"}
    assert [frame["type"] for frame in again] == ["stream.ready", "stream.reset"]
    assert again[1]["data"] == {"reason": "epoch", "head": cursor(conversation.stream)}


def _rebuild(stream: str) -> None:
    Stream.objects.filter(key=stream).update(epoch=1, head=1)


def test_followers_that_leave_leave_nothing_behind(conversation: Conversation) -> None:
    append(conversation.stream, 3)

    async def scenario() -> list[int]:
        async with running() as hub:
            clients = [Following(hub, conversation.stream) for _ in range(200)]
            await asyncio.gather(*(client.durable(3) for client in clients))
            joined = len(hub._told)
            await asyncio.gather(*(client.close() for client in clients))
            return [joined, len(hub._told), len(hub._feeds)]

    assert asyncio.run(scenario()) == [200, 0, 0]


def test_page_of_a_follower_ends_after_so_many_bytes_and_the_next_goes_on(conversation: Conversation) -> None:
    with transaction.atomic():
        for _ in range(20):
            log.append(conversation.stream, "test.said", {"text": "x" * (PAGE_BYTES // 4)})
    head = log.head(conversation.stream)
    seen: list[int] = []
    pages = [news.page(conversation.stream, Cursor(head.epoch, 0), EVERYBODY)]

    while pages[-1].frames:
        seen += [frame.seq for frame in pages[-1].frames]
        assert len(pages[-1].frames) <= 5
        pages.append(news.page(conversation.stream, Cursor(head.epoch, seen[-1]), EVERYBODY))

    assert seen == list(range(1, head.seq + 1))
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]
