"""What followers see of an answer while it is given: screened stretch by stretch, masked where filters say so.

The filters of `Stage.DELTA` read what is new and some of what was shown before it, so that the cost of an answer
is that of its length. What they find later than here, the whole answer's screening finds: see `dispatch/conclusion.py`.
"""

import logging
import threading
from dataclasses import replace
from typing import Final
from uuid import UUID

from django.conf import settings

from dispatch import holding
from project.errors import SwitchboardError
from security import screening
from security.material import Material, Stage
from security.screening import GRAVEST_LAST, Action, Finding

logger = logging.getLogger(__name__)

BEHIND: Final = 256  # characters that are read again
MOST_OPEN: Final = 4096  # characters that wait for the end of what is to be masked


class Revealed:
    """Of one turn. `text` is what may be shown; it only grows. A thread that is late, whom nobody awaits any more,
    finds that more was heard than what it brings.
    """

    def __init__(self, workspace: UUID) -> None:
        self.text = ""
        self._material = Material("", workspace=workspace, stage=Stage.DELTA)
        self._ready = False
        self._read = 0  # of what was said, shown or masked
        self._heard = 0
        self._closed = False
        self._growing = threading.Lock()

    def grow(self, said: str, whole: bool = False) -> None:
        """Take what was said so far. `whole`: nothing follows, nothing is held back."""
        with self._growing:
            if not self._closed and len(said) > self._read and len(said) >= self._heard:
                self._heard = len(said)
                self._grow(said, whole)

    def _grow(self, said: str, whole: bool) -> None:
        first = max(0, self._read - self._blanks(said) - BEHIND)
        try:
            found = self._screened(said[first:])
        except SwitchboardError as error:
            logger.warning("an answer is not shown before its end", extra={"code": error.code})
            self._closed = True
            return
        spans = [(one.span[0] + first, one.span[1] + first, one) for one in found if one.span[1] + first > self._read]
        spans.sort(key=lambda one: one[:2])
        self._closed = any(one.action != Action.REDACT for _, _, one in spans)
        end = len(said) if whole else holding.held_from(said, self._words)
        for start, stop, finding in reversed(spans):  # what overlaps waits together
            if finding.action != Action.REDACT or stop > end or (stop == len(said) and not whole):
                end = min(end, start)
        self._show(said, max(end, self._read), spans)
        self._closed = self._closed or len(said) - self._read > MOST_OPEN

    def _blanks(self, said: str) -> int:
        """How many there are at the end of what was read: what stands before them may belong to what follows."""
        before = said[max(0, self._read - MOST_OPEN) : self._read]
        return len(before) - len(before.rstrip())

    def _screened(self, text: str) -> list[Finding]:
        if not self._ready:
            self._material, self._ready = screening.prepared(self._material), True
        grave = GRAVEST_LAST.index(Action.REDACT)
        enforced = screening.screen(replace(self._material, text=text)).enforced
        return [one for one in enforced if GRAVEST_LAST.index(Action(one.action)) >= grave]

    @property
    def _words(self) -> bool:
        """Whether more is looked for than secrets, which no word is."""
        return settings.PERSONAL_ACTION == Action.REDACT or bool(self._material.rules)

    def _show(self, said: str, end: int, spans: list[tuple[int, int, Finding]]) -> None:
        shown, place = list[str](), self._read
        for start, stop, finding in spans:
            if start >= end:
                break
            if stop > place:
                shown += [said[place : max(place, start)], finding.mask or "[removed]"]
                place = stop
        self.text += "".join([*shown, said[place:end]])
        self._read = max(place, end)
