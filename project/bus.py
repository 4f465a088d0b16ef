"""Wake-ups between the parts of a process and, in production, between processes.

A ring carries no fact: who hears it reads rows, and reads them each second anyway. A note is a short-lived piece of an
unfinished answer, a hint, or who is typing. Both may be lost without harm; who knows that some were lost says so, and
everybody looks at once.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

logger = logging.getLogger(__name__)

TOPICS: Final = frozenset(
    {"conversation", "workspace", "staff", "session", "member", "route", "rule", "expert", "integration", "cache"}
)

Listener = Callable[[str], None]
Note = dict[str, Any]
Carrier = Callable[[str, str, Note | None], None]

_listeners: dict[str, list[Listener]] = defaultdict(list)
_note_listeners: list[Callable[[Note], None]] = []
_loss_listeners: list[Callable[[], None]] = []
_carriers: list[Carrier] = []


def on(topic: str, listener: Listener) -> None:
    """Listen to a topic of this and every other process. Listeners run on the ringing thread: they only set a mark."""
    if topic not in TOPICS:
        raise ValueError(f"{topic!r} is not a topic; topics are {', '.join(sorted(TOPICS))}")
    _listeners[topic].append(listener)


def on_note(listener: Callable[[Note], None]) -> None:
    _note_listeners.append(listener)


def on_loss(listener: Callable[[], None]) -> None:
    """Hear that rings may have been lost: what is followed has to be read again."""
    _loss_listeners.append(listener)


def ring(topic: str, id: object) -> None:
    """Wake everybody who follows `id`. Call it after commit."""
    heard(topic, str(id))
    for carrier in _carriers:
        carrier(topic, str(id), None)


def send(note: Note) -> None:
    """Pass a note to every process, this one first."""
    heard_note(note)
    for carrier in _carriers:
        carrier("", "", note)


def heard(topic: str, id: str) -> None:
    for listener in _listeners.get(topic, []):
        listener(id)


def heard_note(note: Note) -> None:
    for listener in _note_listeners:
        listener(note)


def lost() -> None:
    for listener in _loss_listeners:
        listener()


def attach(carrier: Carrier) -> Callable[[], None]:
    """Let a carrier take every ring and note to other processes. Returns what detaches it."""
    _carriers.append(carrier)
    return lambda: _carriers.remove(carrier)
