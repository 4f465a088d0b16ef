"""What was accepted and what followers saw: the clients' side of the truth. Safe to use from any thread."""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import httpx


@dataclass(frozen=True)
class Attempt:
    """One POST. `status` is the HTTP status, or the name of the error when there was no answer."""

    conversation: str
    key: str
    at: float
    took: float
    status: int | str


@dataclass(frozen=True)
class Accepted:
    """A message answered with 202; `at` is the wall-clock time of the answer, `replayed` that it was stored before."""

    conversation: str
    key: str
    message: str
    run: str
    at: float
    replayed: bool = False

    @classmethod
    def of(cls, conversation: str, key: str, answer: httpx.Response) -> Self:
        taken, replayed = answer.json(), "Idempotency-Replayed" in answer.headers
        return cls(conversation, key, taken["message"], taken["run"], time.time(), replayed)


@dataclass(frozen=True)
class Seen:
    follower: str
    event: dict[str, Any]
    at: float

    @property
    def delay(self) -> float:
        """Seconds from the event's `time` to its receipt: one machine, one clock."""
        return self.at - datetime.fromisoformat(self.event["time"]).timestamp()


@dataclass(frozen=True)
class Closed:
    """A stream or socket that ended without its follower's wish. `code` is a WebSocket's close code."""

    follower: str
    at: float
    code: int | None
    reason: str


@dataclass
class Ledger:
    accepted: list[Accepted] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    closed: list[Closed] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    followers: dict[str, str] = field(default_factory=dict)  # name: the conversation that it follows
    seen: list[Seen] = field(default_factory=list)
    drops: int = 0  # lines that followers let go of by themselves
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, entry: Attempt | Accepted | Seen | Closed) -> None:
        with self._lock:
            if isinstance(entry, Attempt):
                self.attempts.append(entry)
            elif isinstance(entry, Accepted):
                self.accepted.append(entry)
            elif isinstance(entry, Seen):
                self.seen.append(entry)
            else:
                self.closed.append(entry)

    def fail(self, what: str) -> None:
        """Note something that must not happen; `verify()` will say it."""
        with self._lock:
            self.failures.append(what)

    def drop(self) -> None:
        with self._lock:
            self.drops += 1

    def follow(self, follower: str, conversation: str) -> None:
        with self._lock:
            self.followers[follower] = conversation

    def accepted_in(self, conversation: str) -> list[Accepted]:
        with self._lock:
            return [entry for entry in self.accepted if entry.conversation == conversation]

    def conversations(self) -> list[str]:
        with self._lock:
            return sorted({entry.conversation for entry in self.accepted} | set(self.followers.values()))

    def seen_by(self, follower: str) -> list[Seen]:
        """The durable events that a follower saw, in the order of receipt."""
        with self._lock:
            return [entry for entry in self.seen if entry.follower == follower]

    def delays(self, since: float = 0, until: float = float("inf")) -> list[float]:
        """Of every durable event that came about within the window, for every follower, in rising order."""
        with self._lock:
            return sorted(entry.delay for entry in self.seen if since <= entry.at - entry.delay < until)

    def waits(self, since: float = 0, until: float = float("inf")) -> list[float]:
        """How long the POSTs begun within the window took that were answered with 202, in rising order."""
        with self._lock:
            return sorted(a.took for a in self.attempts if a.status == 202 and since <= a.at < until)


def quantile(ordered: list[float], share: float) -> float:
    """Of values in rising order; 0 when there are none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
