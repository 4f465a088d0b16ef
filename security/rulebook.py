"""Staff's rules as the filter `rules` follows them: read from the rows for each text, so that a change holds for the
next one in every process."""

import logging
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from security import matchers
from security.matchers import Kept, Key, Matcher
from security.matchview import REPLACED, View
from security.material import Material, Stage
from security.screening import GRAVEST_LAST, SEVERITIES, Action, Mode
from security.screening_models import Rule, RuleReads

logger = logging.getLogger(__name__)

MOST_PLACES: Final = 1000  # of all rules in one text; each is masked, told and kept
SECONDS: Final = 0.12  # of processor time, for all rules over one text: less than the filter's deadline
HALVES: Final = re.compile("[\ud800-\udfff]")  # of characters: handlers may say them, and RE2 does not read them
DIRECTIONS: Final = {
    RuleReads.ALL: frozenset(Stage),
    RuleReads.MESSAGES: frozenset({Stage.INTAKE, Stage.DELEGATION}),
    RuleReads.ANSWERS: frozenset({Stage.ANSWER, Stage.DELTA}),
}
TOLD: Final = ("id", "version", "name", "form", "reads", "kinds", "action", "severity", "message", "mode")


@dataclass
class Budget:
    """What rules may spend on one text. RE2 finds the next place in a time that grows with the length of what is left,
    so that to find all of them may take the square of it.

    `is_over`: something was left unread for it.
    """

    places: int = MOST_PLACES
    ends: float = field(default_factory=lambda: time.thread_time() + SECONDS)
    is_over: bool = False

    def allows(self) -> bool:
        self.is_over = self.is_over or self.places < 0 or time.thread_time() > self.ends
        return not self.is_over


@dataclass(frozen=True)
class Entry:
    """One rule. `matcher`: None when the row holds what our doors would have refused: nobody can tell what it means."""

    id: UUID
    version: int
    name: str
    form: str
    reads: str
    kinds: Any
    action: str
    severity: str
    message: str
    mode: str
    matcher: Matcher | None = None

    def takes(self, material: Material) -> bool:
        """Whether it is for texts of this kind and direction. One that cannot be read is for all."""
        return self.matcher is None or (
            material.stage in DIRECTIONS[RuleReads(self.reads)] and (not self.kinds or material.kind in self.kinds)
        )

    def spans(self, material: Material, budget: Budget | None = None) -> Iterator[tuple[int, int]]:
        """Where in `material.whole` it is found, as far as the budget goes: in the text as it was sent, and as filters
        match it."""
        if self.matcher is None:
            return
        budget, seen = budget or Budget(), set[tuple[int, int]]()
        for view in texts(material):
            for start, end in self.matcher(view.text) if budget.allows() else ():
                span = view.origin(start, end) if start < end else None
                fresh = span is not None and span not in seen
                budget.places -= fresh
                if not budget.allows():
                    return
                if span and fresh:
                    seen.add(span)
                    yield span


def read(material: Material) -> Material:
    """With the rules of its workspace and of the installation. Called where there is a connection to the database.

    Of a stretch of an answer only those that decide what is shown: all others read the whole of it.
    """
    asked = Rule.objects.filter(Q(workspace=None) | Q(workspace=material.workspace)).exclude(mode=Mode.OFF)
    if material.stage == Stage.DELTA:
        asked = asked.filter(mode=Mode.ENFORCE, reads__in=(RuleReads.ALL, RuleReads.ANSWERS)).exclude(
            action=Action.FLAG
        )
    entries = _entries(asked.order_by("id"))
    # Those that have an effect first: they are not to be left unread for what others spend.
    return replace(material, rules=tuple(sorted(entries, key=lambda entry: entry.mode == Mode.SHADOW)))


def entry_of(rule: Rule) -> Entry:
    """Of a row as it is in memory, which may be saved nowhere."""
    entry = Entry(**{name: getattr(rule, name) for name in TOLD})
    return replace(entry, matcher=_matcher(entry, rule.expression))


def is_broken(rule: Rule) -> bool:
    return not (_is_meant(rule) and matchers.is_readable(rule.form, rule.expression))


def texts(material: Material) -> list[View]:
    """The text itself and the views that differ from it."""
    sent = View(HALVES.sub(REPLACED, material.whole))
    return list({view.text: view for view in (sent, *material.views)}.values())


_kept: Final = Kept()
_making: Final = threading.Lock()  # of what a hundred requests ask for at once, one is made


def _entries(asked: QuerySet[Rule]) -> list[Entry]:
    """Expressions are long and change seldom: only those are read that this process has not met in this version."""
    rows = list(asked.values(*TOLD))
    met, made = _kept.known(map(_key, rows)), list[Entry]()
    if len(met) < len(rows):
        with _making:
            met = _kept.known(map(_key, rows))
            made = [_made(rule) for rule in asked.filter(id__in=[row["id"] for row in rows if _key(row) not in met])]
    return [*made, *(replace(Entry(**row), matcher=met[_key(row)]) for row in rows if _key(row) in met)]


def _made(rule: Rule) -> Entry:
    entry = entry_of(rule)
    _kept.keep((rule.id, rule.version), entry.matcher, matchers.weight(rule.form, rule.expression))
    if entry.matcher is None:
        logger.error("a rule cannot be read: save it anew, or delete it", extra={"rule": str(rule.id)})
    return entry


def _key(row: dict[str, Any]) -> Key:
    return row["id"], row["version"]


def _matcher(entry: Entry, expression: str) -> Matcher | None:
    try:
        return matchers.matcher(entry.form, expression) if _is_meant(entry) else None
    except ValueError:
        return None


def _is_meant(rule: Entry | Rule) -> bool:
    return (
        rule.action in GRAVEST_LAST
        and rule.severity in SEVERITIES
        and rule.mode in list(Mode)
        and rule.reads in RuleReads.values
        and isinstance(rule.kinds, list)
    )
