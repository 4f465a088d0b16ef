"""The guard ends open streams whose session, membership or staff rights are over: each second and when rung for."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contexts import conversations
from project import bus, log, pools
from project.errors import DATABASE_OUTAGE
from project.waiting import happens
from security import access, effect, sessions
from security.recent import recent
from security.sessions import Identity

logger = logging.getLogger(__name__)

OF_ITS_SESSION: Final = frozenset({"revoked", "expired"})
CHECK_SECONDS: Final = 1.0
ANSWER_SECONDS: Final = 2.0  # two checks that hang and the pauses before them make six seconds, not ten
BLIND_SECONDS: Final = 5.0  # G6: an unreadable state is never taken for an allowance
UNREADABLE: Final = (*DATABASE_OUTAGE, pools.Busy, TimeoutError)

Held = tuple[UUID, UUID | None]
Acted = tuple[str, str, float]  # on the end of which session, where, and when by the monotonic clock


@dataclass(eq=False)
class Watch:
    """Something open: a stream, or a socket (`stream` empty). `end(reason)` closes it.

    `session`, and with it `token`, may become another one of the same user's. `staff` stays: it shows what staff see.
    """

    session: UUID
    user: UUID
    staff: bool
    stream: str
    end: Callable[[str], None]
    token: UUID | None = None

    @property
    def held(self) -> Held:
        """By what it is open."""
        return self.session, self.token


class Guard:
    def __init__(self) -> None:
        self._watches: set[Watch] = set()
        self._bell = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._seen_at = time.monotonic()
        for topic in ("session", "member"):
            bus.on(topic, self._hear)

    @contextmanager
    def watching(self, identity: Identity, stream: str, end: Callable[[str], None]) -> Iterator[Watch]:
        user = identity.user
        watch = Watch(identity.session.id, user.id, user.is_staff, stream, end, identity.token)
        self._watches.add(watch)
        try:
            yield watch
        finally:
            self._watches.discard(watch)

    def _hear(self, _: str) -> None:
        with suppress(RuntimeError):  # the loop is closed: the process ends, and must not fail who rings
            self._loop.call_soon_threadsafe(self._bell.set)

    async def run(self) -> None:
        acted: list[Acted] = []
        while True:
            await asyncio.gather(happens(self._bell, CHECK_SECONDS), _measure(acted))
            self._bell.clear()
            acted = await self._check()

    async def _check(self) -> list[Acted]:
        watches = {watch: watch.held for watch in self._watches}
        acted = [(id, "check", at) for id, at in recent.dropped().items()]
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                over = await pools.guard.run(_over, watches) if watches else {}
        except UNREADABLE:
            logger.warning("sessions could not be checked")
            blind = time.monotonic() - self._seen_at > BLIND_SECONDS
            over = dict.fromkeys(watches, "unavailable") if blind else {}
        else:
            self._seen_at = time.monotonic()
        for watch, reason in over.items():
            if reason not in OF_ITS_SESSION or watch.held == watches[watch]:  # it may have been renewed meanwhile
                watch.end(reason)
                if reason == "revoked":
                    acted.append((str(watch.session), "stream", time.monotonic()))
        return acted


async def _measure(acted: list[Acted]) -> None:
    """How long ago sessions had ended when it was acted on; while the guard pauses, after the verdicts."""
    if not acted:
        return
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            ended = await pools.guard.run(effect.endings, {session for session, _, _ in acted})
    except UNREADABLE:
        logger.info("how long a revocation took could not be measured")
        return
    for one in acted:
        ended.note(*one)


def _over(watches: dict[Watch, Held]) -> dict[Watch, str]:
    """Those that must end, each by the session and the token that are beside it, and why."""
    staff = {session for watch, (session, _) in watches.items() if watch.staff}
    ended = sessions.over({session for session, _ in watches.values()}, staff)
    revoked = sessions.revoked_among({token for _, token in watches.values() if token})
    readable = _readable(watches)
    over = {watch: ended[session] for watch, (session, _) in watches.items() if session in ended}
    over |= {watch: "revoked" for watch, (_, token) in watches.items() if token in revoked}
    lost = {watch: "forbidden" for watch in watches if watch.stream and (watch.user, watch.stream) not in readable}
    return lost | over


def _readable(watches: Collection[Watch]) -> set[tuple[UUID, str]]:
    found = {(watch.user, watch.stream) for watch in watches if watch.staff and watch.stream == log.STAFF}
    for topic, among in (("conversation", conversations.readable_among), ("workspace", access.members_among)):
        streams = {(watch.user, watch.stream) for watch in watches if watch.stream.startswith(topic)}
        pairs = {(user, UUID(stream.partition(":")[2])) for user, stream in streams}
        found |= {(user, f"{topic}:{id}") for user, id in (among(pairs) if pairs else set())}
    return found
