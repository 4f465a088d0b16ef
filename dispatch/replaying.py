"""Replay points: what a handler asked of experts in earlier attempts of its run, and what came of it.

A handler that waits for an expert is not kept: it is called again from its first line once the result is there, and
what it has asked before returns at once.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dispatch import delegation_states
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.orders import Order


class Parked(BaseException):
    """The handler waits: it is left here. No Exception, so that no handler catches it by mistake."""


class ReplayMismatch(BaseException):
    """The handler asks otherwise than it did in an earlier attempt."""


class DelegationFailed(Exception):
    """What an expert was asked came to nothing. `reason` is a code, `detail` says it in words."""

    def __init__(self, expert: str, reason: str, detail: str = "") -> None:
        super().__init__(f"{expert}: {reason} {detail}".strip())
        self.expert, self.reason, self.detail = expert, reason, detail


@dataclass(frozen=True)
class Delegated:
    """What an expert answered. Of one that is not waited for only `expert` is known."""

    expert: str
    output: Any = None
    text: str = ""


@dataclass(frozen=True)
class Record:
    """A call of an earlier attempt: `call` is its digest."""

    call: str
    expert: str
    state: str
    reason: str
    detail: str
    output: Any
    text: str

    @property
    def open(self) -> bool:
        return self.state in delegation_states.OPEN

    def result(self) -> Delegated:
        """:raises DelegationFailed: when there is none. :raises Parked: when there is none yet."""
        if self.open:
            raise Parked()
        if self.state != DelegationState.COMPLETED:
            raise DelegationFailed(self.expert, self.reason or self.state, self.detail)
        return Delegated(self.expert, self.output, self.text)


@dataclass(frozen=True)
class Wanted:
    """A call of this attempt, to be made once it ends. `answers`: the result is the run's reply."""

    order: Order
    ordinal: int
    awaited: bool
    answers: bool
    handler: str = ""


def of(run: UUID) -> Mapping[str, tuple[Record, ...]]:
    """By handler, in the order of the calls."""
    calls: Any = Delegation.objects.filter(run=run, ordinal__isnull=False).order_by("handler", "ordinal")
    found: dict[str, tuple[Record, ...]] = defaultdict(tuple)
    for handler, *fields in calls.values_list("handler", "call", "slug", "state", "reason", "detail", "output", "text"):
        found[handler] += (Record(*fields),)
    return found
