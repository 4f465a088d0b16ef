"""An unfinished answer, put together from what arrives: notes, which may be lost or late, and saved texts."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

AHEAD: Final = 100  # five seconds of notes


@dataclass
class Answer:
    """The text so far of the newest attempt. Shown once its `run.started` has been read, to those who may see it.

    Who that is, `visible_to`, is said by notes and by the run's row: None, nobody, until one of them was heard.
    A process that begins to listen in mid-answer keeps what it hears until the saved text closes the gap before it.
    """

    run: UUID
    workspace: UUID | None
    attempt: int
    text: str = ""
    shown: bool = False
    visible_to: str | None = None
    _ahead: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=AHEAD))

    def take(self, attempt: int, offset: int, text: str, visible_to: str | None = None) -> bool:
        """Put a stretch in its place. False when nothing new can be shown by it."""
        if attempt < self.attempt:
            return False
        if attempt > self.attempt:
            self.attempt, self.text, self.visible_to = attempt, "", None
            self._ahead.clear()
        if not self.visible_to:  # within an attempt it may become narrower, never wider
            self.visible_to = self.visible_to if visible_to is None else visible_to
        if offset > len(self.text):
            self._ahead.append((offset, text))
            return False
        before = len(self.text)
        self._join(offset, text)
        while self._ahead and self._ahead[0][0] <= len(self.text):
            self._join(*self._ahead.popleft())
        return len(self.text) > before

    def _join(self, offset: int, text: str) -> None:
        if offset + len(text) > len(self.text):
            self.text = self.text[:offset] + text
