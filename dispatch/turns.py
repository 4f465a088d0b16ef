"""A turn is what a handler holds while it answers: it says text, proposes facts, and learns when it is over."""

import threading
import time
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import regex
from django.conf import settings

from contexts import facts
from contexts.facts import Fact
from project import strictjson

if TYPE_CHECKING:  # a Reply is what handlers know of; they know turns
    from dispatch.handlers import Reply

MOST_PROPOSED: Final = 20
LAST_GRAPHEME: Final = regex.compile(r"\X\Z")


class TurnOver(Exception):
    """The turn was ended (deadline, cancel, lost lease): whatever the handler still says reaches nobody."""


class AnswerTooLong(Exception):
    """The handler says more than a message may hold."""


class TooManyProposals(Exception):
    """The handler proposes more than a turn may."""


class Turn:
    """Safe to use from the dispatch loop and from a handler's thread.

    `previous`: in a chain, the reply of the handler before this one. `whole`: the handler came to its own end, so that
    what was said is not cut off anywhere.
    """

    def __init__(
        self, run: UUID, attempt: int, deadline: datetime, seconds: float, previous: "Reply | None" = None
    ) -> None:
        self.run = run
        self.attempt = attempt
        self.deadline = deadline
        self.previous = previous
        self.whole = False
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
