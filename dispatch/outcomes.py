"""How an attempt at an answer ended, from its handlers to what is stored of it."""

from dataclasses import dataclass, field
from typing import Any

from contexts.learning import Learned
from contexts.proposals import Proposed
from dispatch import parking
from dispatch.handlers import Reply
from dispatch.proposing import Heard
from dispatch.reading import Screened
from dispatch.replaying import Wanted
from security.screening import Finding


@dataclass(frozen=True)
class Said:
    """A reply, and the name of the handler whose it is; "" for nobody's. `screened`: once filters have read it.

    `withheld`: why it may not be shown.
    """

    by: str
    reply: Reply
    screened: Screened | None = None
    withheld: str = ""


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. `reply` None with no `reason`: the handlers chose to stay silent.

    `handlers`: one record each of those that were asked. `by`: whose the reply is; empty: of who was asked last.
    `others`: the further replies where several handlers answer for themselves. `shown`: what followers have seen of
    the reply. `first`: how filters read it. `refused`: what they said of those that they refuse. `retry`: the failure
    may pass; try again, not before so many seconds. `proposed`: facts; `heard`: once filters have read them.
    `wanted`: what is asked of experts; `calls`: once filters have read it. `parked`: it waits for them, after `ran`
    seconds of running time.
    """

    reply: Reply | None = None
    reason: str = ""
    handlers: tuple[dict[str, Any], ...] = ()
    findings: tuple[Finding, ...] = ()
    by: str = ""
    first: Screened | None = None
    others: tuple[Said, ...] = ()
    shown: str = ""
    refused: tuple[Screened, ...] = ()
    retry: float | None = None
    learned: Learned = field(default_factory=Learned)
    proposed: tuple[Proposed, ...] = ()
    heard: tuple[Heard, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    calls: tuple[parking.Read, ...] = ()
    parked: bool = False
    ran: float = 0.0

    @property
    def said(self) -> tuple[Said, ...]:
        """Every reply, in the order in which they are stored."""
        return (*((Said(self.by or self.asked_last, self.reply, self.first),) if self.reply else ()), *self.others)

    @property
    def asked_last(self) -> str:
        return str(self.handlers[-1]["name"]) if self.handlers else ""
