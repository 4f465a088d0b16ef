"""A turn is what a handler holds while it answers: it says text, proposes facts, and learns when it is over."""

import threading
import time
from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import regex
from django.conf import settings

from contexts import facts
from contexts.facts import Fact
from dispatch import orders
from dispatch.orders import Order
from dispatch.replaying import Delegated, Parked, Record, ReplayMismatch, Wanted
from project import strictjson

if TYPE_CHECKING:  # a Reply is what handlers know of; they know turns
    from dispatch.handlers import Reply

MOST_PROPOSED: Final = 20
MOST_CALLS: Final = 20  # of experts
LAST_GRAPHEME: Final = regex.compile(r"\X\Z")


class TurnOver(Exception):
    """The turn was ended (deadline, cancel, lost lease): whatever the handler still says reaches nobody."""


class AnswerTooLong(Exception):
    """The handler says more than a message may hold."""


class TooManyProposals(Exception):
    """The handler proposes more than a turn may."""


class TooManyCalls(Exception):
    """The handler asks more of experts than a run may."""


class Turn:
    """Safe to use from the dispatch loop and from a handler's thread.

    `previous`: in a chain, the reply of the handler before this one. `whole`: the handler came to its own end, so that
    what was said is not cut off anywhere. `expert`: whom the route or the message wants. `parked`: it waits for one.
    `recorded`: what the handler asked of experts in earlier attempts.
    """

    def __init__(
        self,
        run: UUID,
        attempt: int,
        deadline: datetime,
        seconds: float,
        previous: "Reply | None" = None,
        recorded: tuple[Record, ...] = (),
    ) -> None:
        self.run = run
        self.attempt = attempt
        self.deadline = deadline
        self.previous = previous
        self.whole = False
        self.expert = ""
        self.parked = False
        self._recorded = recorded
        self._calls = 0
        self._strayed = False
        self._wanted: list[Wanted] = []
        self._ends = time.monotonic() + seconds
        self._said = ""
        self._proposed: list[Fact] = []
        self._over = False
        self._lock = threading.Lock()

    def say(self, delta: str) -> None:
        """Show a piece of the answer at once.

        :raises TurnOver: when nobody listens any more. :raises MalformedJSON: for what no client could be sent.
        :raises AnswerTooLong: beyond `settings.MESSAGE_LIMIT` characters.
        """
        strictjson.check(delta)
        with self._lock:
            if self._over:
                raise TurnOver()
            if len(self._said) + len(delta) > settings.MESSAGE_LIMIT:
                raise AnswerTooLong()
            self._said += delta

    def propose(self, fact: Fact) -> None:
        """Let the conversation know a fact: an EntityFact, a MetadataFact or a PinFact (`contexts/facts.py`). It is
        kept if filters let it pass and everybody may read the answer; of a handler that breaks nothing is.

        :raises TurnOver: when nobody listens any more. :raises BadProposal: for what could not be kept.
        :raises TooManyProposals: beyond `MOST_PROPOSED` in one turn.
        """
        checked = facts.check(fact)
        with self._lock:
            if self._over:
                raise TurnOver()
            if len(self._proposed) >= MOST_PROPOSED:
                raise TooManyProposals()
            self._proposed.append(checked)

    def delegate(
        self, expert: str, input: Any, *, skill: str = "", wait: bool = True, answers: bool = False
    ) -> Delegated:
        """Hand a task to an expert, and return what comes of it. `expert`: its slug; "": whoever has the skill.
        `answers`: the result is the reply of the run, which has to wait for it.

        The run waits without being held: this call is left, and once the result is there the handler is called again
        from its first line, with the same message; what it asked before returns at once. Write it so that it asks the
        same again. With `wait=False` it goes on, and the result becomes a message of its own.

        :raises DelegationFailed: when nothing comes of it; whoever cannot be asked is such a failure, too.
        :raises TurnOver: when nobody listens any more. :raises MalformedJSON: for an input that no expert could be
        sent. :raises TooManyCalls: beyond `MOST_CALLS` in one run.
        """
        if not isinstance(expert, str) or not isinstance(skill, str):
            raise TypeError("an expert and its skill are named by text")
        if answers and not wait:
            raise ValueError("what answers for the run is waited for")
        strictjson.check([expert, skill, input])
        call = orders.fingerprint(expert, skill, [input, wait, answers])
        with self._lock:
            if self._over:
                raise TurnOver()
            ordinal, self._calls = self._calls, self._calls + 1
            if ordinal < len(self._recorded):
                return self._replayed(self._recorded[ordinal], call, wait)
            if ordinal >= MOST_CALLS:
                raise TooManyCalls()
            self._wanted.append(Wanted(Order(expert, deepcopy(input), skill, call=call), ordinal, wait, answers))
            self.parked = self.parked or wait
        if wait:
            raise Parked()
        return Delegated(expert)

    def _replayed(self, record: Record, call: str, wait: bool) -> Delegated:
        if record.call and record.call != call:  # without one the message was edited since: it asks for what it did
            self._strayed = True
            raise ReplayMismatch()
        self.parked = self.parked or (wait and record.open)
        return record.result() if wait else Delegated(record.expert)

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        with self._lock:
            return tuple(self._wanted)

    @property
    def strayed(self) -> bool:
        """Whether it has asked otherwise than in an earlier attempt, or not all that it asked then."""
        return self._strayed or self._calls < len(self._recorded)

    @property
    def proposed(self) -> tuple[Fact, ...]:
        with self._lock:
            return tuple(self._proposed)

    @property
    def said(self) -> str:
        return self._said

    @property
    def canceled(self) -> bool:
        """True once the turn is over: a long computation looks here now and then."""
        return self._over

    @property
    def seconds_left(self) -> float:
        return max(0.0, self._ends - time.monotonic())

    def end(self) -> str:
        """Close the turn. Returns all that was said."""
        with self._lock:
            self._over = True
            return self._said

    def settled(self) -> str:
        """What was said, without the last grapheme: more text may still change how that one is shown."""
        said = self._said
        match = LAST_GRAPHEME.search(said, max(0, len(said) - 64))
        return said[: match.start()] if match else said
