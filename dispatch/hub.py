"""The hub: one per process, on the loop of the sockets. It reads each event once and hands it to all who follow.

Rings say where to look; each second it looks anyway, so that a lost ring costs latency and never an event.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Final

from dispatch import frames, news
from dispatch.feeds import Feed, Follower
from dispatch.models import Run
from project import bus, pools
from project.errors import DATABASE_OUTAGE
from project.models import Event
from project.waiting import happens

logger = logging.getLogger(__name__)

UNREADABLE: Final = (*DATABASE_OUTAGE, pools.Busy)
POLL_SECONDS: Final = 1.0
BATCH: Final = 200  # logs read in one go: after an outage all are, and none should wait for all


class Hub:
    """Start it on the loop of the sockets, and keep one."""

    def __init__(self) -> None:
        self._feeds: dict[str, Feed] = {}
        self._dirty: set[str] = set()
        self._bell = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.stopping: str | None = None
        self._told: set[Follower] = set()
        for topic in ("conversation", "workspace", "staff"):
            bus.on(topic, partial(self._hear, topic))
        bus.on_note(self._hear_note)
        bus.on_loss(partial(self._soon, self._mark_all))

    async def run(self) -> None:
        polled = 0.0
        while True:
            await self._rung()
            poll = time.monotonic() - polled >= POLL_SECONDS
            if poll:
                polled = time.monotonic()
            keys, self._dirty = list(self._feeds if poll else self._dirty), set()
            for start in range(0, len(keys), BATCH):
                await self._read(keys[start : start + BATCH], poll)

    def stop(self, reason: str) -> None:
        """Tell every follower, present and future, that the stream ends here."""
        self.stopping = reason
        for follower in self._told:
            follower.end(reason)

    @asynccontextmanager
    async def joined(self, stream: str, follower: Follower) -> AsyncIterator[Feed]:
        """Follow a log from now on. What came before is read from the rows, after joining: nothing falls in between.

        :raises Stream.DoesNotExist: when there is no such log.
        """
        feed = self._feeds.setdefault(stream, Feed(stream))
        feed.followers.add(follower)
        try:
            with self.told(follower):
                feed.opened = feed.opened or asyncio.ensure_future(self._open(feed))
                await asyncio.shield(feed.opened)
                yield feed
        finally:
            feed.followers.discard(follower)
            if not feed.followers and self._feeds.get(stream) is feed:
                del self._feeds[stream]

    @contextmanager
    def told(self, follower: Follower) -> Iterator[None]:
        """Meanwhile `stop()` ends the follower."""
        self._told.add(follower)
        if self.stopping:
            follower.end(self.stopping)
        try:
            yield
        finally:
            self._told.discard(follower)

    async def _rung(self) -> None:
        if await happens(self._bell, POLL_SECONDS):
            self._bell.clear()

    def _hear(self, topic: str, id: str) -> None:
        stream = f"{topic}:{id}" if id else topic
        if stream in self._feeds:
            self._soon(self._mark, stream)

    def _mark(self, stream: str) -> None:
        self._dirty.add(stream)
        self._bell.set()

    def _mark_all(self) -> None:
        self._dirty.update(self._feeds)
        self._bell.set()

    def _hear_note(self, note: bus.Note) -> None:
        if _followed_by(note) in self._feeds:
            self._soon(self._take_note, note)

    def _soon(self, work: Callable[..., None], *args: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: the process ends, and must not fail who rings
            self._loop.call_soon_threadsafe(work, *args)

    def _take_note(self, note: bus.Note) -> None:
        feed = self._feeds.get(_followed_by(note))
        if feed is None:
            return
        if "seq" in note:
            feed.pass_on(frames.hint(feed.stream, note))
        elif "typing" in note:
            feed.pass_on(frames.typing(feed.stream, note))
        elif "rejected" in note:
            feed.pass_on(frames.rejected(feed.stream, note), note["to"])
        elif note.get("instead"):
            feed.show_instead(note)
        else:
            feed.take_piece(note)

    async def _open(self, feed: Feed) -> None:
        head, unfinished = await pools.streams.run(news.opening, feed.stream)
        feed.epoch, feed.seq = head.epoch, head.seq
        _merge(feed, unfinished)
        for run in unfinished:  # not what was only heard: it may be over
            if run.reply in feed.answers:
                feed.answers[run.reply].shown = True
        self._mark(feed.stream)  # what rang meanwhile found nothing to go on from

    async def _read(self, keys: list[str], poll: bool) -> None:
        """Bring feeds up to date with the rows; on a poll, also with the saved texts of unfinished answers."""
        feeds = {key: feed for key in keys if (feed := self._feeds.get(key)) and feed.seq >= 0}
        if not feeds:
            return
        runs = [answer.run for feed in feeds.values() for answer in feed.answers.values()] if poll else []
        try:
            found = await pools.streams.run(news.since, {key: feed.head for key, feed in feeds.items()}, runs)
        except UNREADABLE:
            logger.warning("the event log could not be read; the next second tries again")
            return
        for key in found.rebuilt:
            self._dismiss(feeds[key], "rebuilt")
        for key in found.gone:
            self._dismiss(feeds[key], "pruned")
        for event in found.events:
            self._publish(feeds[event.stream_id], event)
        over = set(runs) - {run.id for run in found.unfinished}
        for feed in feeds.values():
            feed.forget(over)
            _merge(feed, [run for run in found.unfinished if feed.stream.endswith(str(run.conversation_id))])
        for stream in found.unread:
            self._mark(stream)

    def _publish(self, feed: Feed, event: Event) -> None:
        if event.seq == feed.seq + 1:
            feed.publish(event)
        elif event.seq > feed.seq:
            self._dismiss(feed, "pruned")

    def _dismiss(self, feed: Feed, reason: str) -> None:
        """End a feed whose log is another one now, or has lost rows: who comes back gets a reset."""
        if self._feeds.get(feed.stream) is feed:
            del self._feeds[feed.stream]
        for follower in feed.followers:
            follower.end(reason)


def _followed_by(note: bus.Note) -> str:
    """The log whose followers a note is for: a hint is a workspace's, all else a conversation's."""
    return f"workspace:{note['workspace']}" if "seq" in note else f"conversation:{note['conversation']}"


def _merge(feed: Feed, unfinished: list[Run]) -> None:
    """Put saved texts into their answers. Without news nobody is woken: it would put off their heartbeat."""
    for run in unfinished:
        answer = feed.answer(run.reply, run.id, run.conversation.workspace_id, run.attempt)
        said = answer is not None and run.partial_attempt == run.attempt
        if answer and said and answer.take(run.attempt, 0, run.partial, run.visible_to):
            feed.wake(answer)
