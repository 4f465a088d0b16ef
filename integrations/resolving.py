"""Names that are being resolved. The system's resolver knows no deadline and cannot be interrupted, so that each name
has a thread of its own. Who asks for one that is asked for already waits with the first; names of one domain have a
share of the room.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock, Thread
from time import monotonic
from typing import Any, Final

from integrations.outgoing import Unreachable

Resolve = Callable[[str, int], list[str]]
Name = tuple[str, int, Resolve]

SECONDS: Final = 2.0  # for which somebody waits, for room too
MOST: Final = 32  # threads that may hang
MOST_OF_DOMAIN: Final = 4  # of them: who owns a domain can make each name of it hang
MOST_WAITING: Final = 1000


@dataclass
class _Asked:
    """`until`: when nobody waits for it any more."""

    until: float
    begun: bool = False
    answer: "Future[list[str]]" = field(default_factory=Future)


_lock = Lock()
_names = dict[Name, _Asked]()  # in the order in which they were asked for


def asked(host: str, port: int, resolve: Resolve) -> "Future[list[str]]":
    """What the name comes to, or `Unreachable`.

    :raises Unreachable: when too many wait.
    """
    name = (host.lower(), port, resolve)
    with _lock:
        one = _names.get(name)
        if one is None and len(_names) >= MOST_WAITING:
            raise Unreachable("Too many names are being resolved.")
        if one is None:
            one = _names[name] = _Asked(0.0)
            one.answer.set_running_or_notify_cancel()  # a cancel meanwhile would make setting the result an error
        one.until = monotonic() + SECONDS
        _begin_what_has_room()
    return one.answer


def _begin_what_has_room() -> None:
    running = [name for name, one in _names.items() if one.begun]
    domains, free = Counter(map(_domain, running)), MOST - len(running)
    for name, one in list(_names.items()):
        if one.begun:
            continue
        if one.until < monotonic():
            del _names[name]
        elif free and domains[_domain(name)] < MOST_OF_DOMAIN:
            one.begun, free = True, free - 1
            domains[_domain(name)] += 1
            Thread(target=_ask, args=(name, one), name="resolving", daemon=True).start()


def _ask(name: Name, one: _Asked) -> None:
    host, port, resolve = name
    found: Any = None
    try:
        found = resolve(host, port)
    except Exception as error:  # noqa: BLE001 - whatever it is, the waiting side gets it
        found = Unreachable(f"{host!r} has no address: {error}")
    with _lock:
        del _names[name]  # first: who asks now asks anew
        _begin_what_has_room()
    if isinstance(found, Exception):
        one.answer.set_exception(found)
    else:
        one.answer.set_result(found)


def _domain(name: Name) -> str:
    """The last two labels."""
    return ".".join(name[0].rstrip(".").split(".")[-2:])
