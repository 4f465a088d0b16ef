"""Sessions that were read less than a second ago. Who asks again meanwhile is let in without a look at the rows.

In the memory of this process alone: a cache that is shared may lie, be old, or be away. What is known here counts from
the moment before its row was read, and ends when somebody rings for it; so no process lets anybody in for more than a
second after a revocation, whether rings arrive or not (G6).
"""

import copy
import threading
import time
from collections import deque
from collections.abc import Hashable
from contextlib import suppress
from typing import Final

from django.db import connection
from django.utils import timezone

from security.models import Session

FRESH_SECONDS: Final = 1.0
MOST: Final = 1024


class Recent:
    """Kept by what was shown, as the claims of a token: a revoked `jti` is no other token's affair."""

    def __init__(self) -> None:
        self._dropped: deque[tuple[str, float]] = deque(maxlen=MOST)
        self._read: dict[Hashable, tuple[float, frozenset[str], Session]] = {}
        self._rung: dict[str, float] = {}
        self._all_rung = -FRESH_SECONDS
        self._lock = threading.Lock()

    def find(self, shown: Hashable) -> Session | None:
        """None: ask the database. Inside a transaction always: it may have ended the session itself, which is rung for
        when it commits.
        """
        with self._lock:
            found = self._read.get(shown)
            if found is None or connection.in_atomic_block or not self._holds(*found[:2]):
                return None
        in_time = min(found[2].idle_until, found[2].expires_at) > timezone.now()
        return _copy(found[2]) if in_time else None

    def keep(self, shown: Hashable, session: Session, asked_at: float, jti: object = None) -> None:
        """`asked_at`: `time.monotonic()` before the row was read. `session` with its user."""
        if connection.in_atomic_block:
            return
        ids = frozenset({str(session.id), str(session.user_id), str(jti)})
        with self._lock:
            if len(self._read) >= MOST:
                self._forget_old()
            self._read[shown] = (asked_at, ids, _copy(session))

    def forget(self, id: str) -> None:
        """The session, token or user of that id is read anew when somebody asks."""
        now = time.monotonic()
        with self._lock:
            if len(self._rung) >= MOST:
                self._rung, self._all_rung = {}, now
            self._rung[id] = now

    def forget_all(self) -> None:
        with self._lock:
            self._all_rung = time.monotonic()

    def hear(self, id: str) -> None:
        """It was rung for."""
        self.forget(id)
        self._dropped.append((id, time.monotonic()))

    def dropped(self) -> dict[str, float]:
        """What was rung for since the last call, with the time of the monotonic clock at which it was."""
        found: dict[str, float] = {}
        with suppress(IndexError):
            while True:
                id, at = self._dropped.popleft()
                found.setdefault(id, at)
        return found

    def _holds(self, asked_at: float, ids: frozenset[str]) -> bool:
        rung = max(self._all_rung, *(self._rung.get(id, self._all_rung) for id in ids))
        return rung < asked_at > time.monotonic() - FRESH_SECONDS

    def _forget_old(self) -> None:
        """Who asked within the last second stays; should those alone be too many, they are read again."""
        kept = {shown: found for shown, found in self._read.items() if self._holds(*found[:2])}
        self._read = kept if len(kept) < MOST else {}


def _copy(session: Session) -> Session:
    """With its user: requests of several threads must not change one row under each other."""
    made = copy.copy(session)
    made.user = copy.copy(session.user)
    return made


recent: Final = Recent()
