"""The window: the newest messages, as far as count, age and budget go. The same for the same rows and the same time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from contexts import expiry
from contexts.context import MessageView, Pinned
from contexts.limits import RECALLED, SUMMARY, Limits


@dataclass(frozen=True)
class Passed:
    """A message that is not shown, and why: expired, age, count, budget, or pair (its question is not shown)."""

    message: MessageView
    why: str


@dataclass(frozen=True)
class Window:
    """`messages`: oldest first. `ended`: why no older one is shown; "" when there is none."""

    messages: tuple[MessageView, ...]
    passed: tuple[Passed, ...] = ()
    ended: str = ""

    @property
    def tokens(self) -> int:
        return sum(message.tokens for message in self.messages)


def choose(
    newest_first: Iterable[MessageView], limits: Limits, room: int, now: datetime, beside: frozenset[UUID] = frozenset()
) -> Window:
    """All that fit into `room` tokens; where not all do, some of it is kept for what stands for the others.

    `beside`: messages that are shown elsewhere; they are passed over here.
    """
    seen = list[MessageView]()
    walked = _walk(_kept(newest_first, seen, beside), limits, room, now)
    if walked.ended:
        left = room - limits.share(SUMMARY) * limits.summary - limits.share(RECALLED) * bool(limits.recalled)
        walked = _walk(seen, limits, left, now)
    return _in_pairs(walked, beside)


def _kept(views: Iterable[MessageView], seen: list[MessageView], beside: frozenset[UUID]) -> Iterable[MessageView]:
    for view in views:
        if view.id not in beside:
            seen.append(view)
            yield view


def _walk(newest_first: Iterable[MessageView], limits: Limits, room: int, now: datetime) -> Window:
    shown, passed, ended = list[MessageView](), list[Passed](), ""
    for view in newest_first:
        if expired(view, now):
            passed.append(Passed(view, "expired"))
            continue
        ended = _end(view, shown, limits, room, now)
        if ended:
            passed.append(Passed(view, ended))
            break
        shown.append(view)
        room -= view.tokens
    return Window(tuple(reversed(shown)), tuple(passed), ended)


def _end(view: MessageView, shown: list[MessageView], limits: Limits, room: int, now: datetime) -> str:
    if limits.days is not None and view.created_at < now - timedelta(days=limits.days):
        return "age"
    if len(shown) >= limits.messages:
        return "count"
    return "budget" if view.tokens > room else ""


def _in_pairs(window: Window, beside: frozenset[UUID]) -> Window:
    """Answers at the window's far end go with the question that fell out; the newest pair always fits."""
    shown = {view.id for view in window.messages} | beside
    whole = shown | {None}
    alone = list(takewhile(lambda view: view.reply_to not in whole, window.messages))
    if not window.ended or len(alone) == len(window.messages):
        return window
    passed = (*window.passed, *(Passed(view, "pair") for view in alone))
    return replace(window, messages=window.messages[len(alone) :], passed=passed)


def expired(view: MessageView, now: datetime) -> bool:
    """Whether its metadata says that it is of no use any more."""
    ends = expiry.ends(view.metadata)
    return ends is not None and ends <= now


def over(pin: Pinned, now: datetime) -> bool:
    """Whether a pin, or the message that it keeps, is of no use any more."""
    ended = pin.expires_at is not None and pin.expires_at <= now
    return ended or (pin.message is not None and expired(pin.message, now))
