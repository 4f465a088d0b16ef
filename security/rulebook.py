"""Staff's rules as the filter `rules` follows them: read from the rows for each text, so that a change holds for the
next one in every process. What is made of a pattern or a list is kept by the rule's version."""

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import re2
from django.db.models import Q, QuerySet

from project import patterns
from security import matchview
from security.matchview import REPLACED, View
from security.material import Material, Stage
from security.screening import GRAVEST_LAST, SEVERITIES, Action, Mode
from security.screening_models import Rule, RuleForm, RuleReads
from security.wordlists import Spans, WordList

logger = logging.getLogger(__name__)

KEPT: Final = 256  # matchers; the automaton of a pattern takes half a megabyte at most
HALVES: Final = re.compile("[\ud800-\udfff]")  # of characters: handlers may say them, and RE2 does not read them
DIRECTIONS: Final = {
    RuleReads.ALL: frozenset(Stage),
    RuleReads.MESSAGES: frozenset({Stage.INTAKE, Stage.DELEGATION}),
    RuleReads.ANSWERS: frozenset({Stage.ANSWER, Stage.DELTA}),
}
TOLD: Final = ("id", "version", "name", "form", "reads", "kinds", "action", "severity", "message", "mode")

Matcher = Callable[[str], Spans]
Key = tuple[UUID, int]


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

    def spans(self, material: Material) -> Iterator[tuple[int, int]]:
        """Where in `material.whole` it is found: in the text as it was sent, and as filters match it."""
        if self.matcher is None:
            return
        seen = set[tuple[int, int]]()
        for view in texts(material):
            for start, end in self.matcher(view.text):
                span = view.origin(start, end) if start < end else None
                if span and span not in seen:
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
    return replace(material, rules=tuple(_entries(asked.order_by("id"))))


def entry_of(rule: Rule) -> Entry:
    """Of a row as it is in memory, which may be saved nowhere."""
    entry = Entry(**{name: getattr(rule, name) for name in TOLD})
    return replace(entry, matcher=_matcher(entry, rule.expression))


def is_broken(rule: Rule) -> bool:
    return entry_of(rule).matcher is None


def matcher(form: str, expression: str) -> Matcher:
    """:raises ValueError: for what cannot be read."""
    if form == RuleForm.WORDS:
        listed = lines(expression)
        return WordList([*listed, *map(folded, listed)])
    if form != RuleForm.PATTERN or patterns.fault(expression):
        raise ValueError("neither a pattern nor a list of words")
    compiled = patterns.compiled(expression)
    return lambda text: (found.span() for found in compiled.finditer(text))


def lines(expression: str) -> list[str]:
    return [line.strip() for line in expression.splitlines() if line.strip()]


def folded(text: str) -> str:
    return matchview.views(text)[0].text


def texts(material: Material) -> list[View]:
    """The text itself and the views that differ from it."""
    sent = View(HALVES.sub(REPLACED, material.whole))
    return list({view.text: view for view in (sent, *material.views)}.values())


_matchers: OrderedDict[Key, Matcher | None] = OrderedDict()


def _entries(asked: QuerySet[Rule]) -> Iterator[Entry]:
    """Expressions are long and change seldom: only those are read that this process has not met in this version."""
    rows = list(asked.values(*TOLD))
    met = {key: _matchers[key] for key in map(_key, rows) if key in _matchers}
    fresh = [row["id"] for row in rows if _key(row) not in met]
    for row in asked.filter(id__in=fresh).values(*TOLD, "expression") if fresh else ():
        expression = row.pop("expression")
        yield _keep(Entry(**row), expression)
    for row in rows:
        if _key(row) in met:
            yield replace(Entry(**row), matcher=met[_key(row)])


def _key(row: dict[str, Any]) -> Key:
    return row["id"], row["version"]


def _keep(entry: Entry, expression: str) -> Entry:
    made = _matchers[entry.id, entry.version] = _matcher(entry, expression)
    if made is None:
        logger.error("a rule cannot be read: save it anew, or delete it", extra={"rule": str(entry.id)})
    while len(_matchers) > KEPT:
        with suppress(KeyError):  # another thread was faster
            _matchers.popitem(last=False)
    return replace(entry, matcher=made)


def _matcher(entry: Entry, expression: str) -> Matcher | None:
    meant = (
        entry.action in GRAVEST_LAST
        and entry.severity in SEVERITIES
        and entry.mode in list(Mode)
        and entry.reads in RuleReads.values
        and isinstance(entry.kinds, list)
    )
    try:
        return matcher(entry.form, expression) if meant else None
    except (ValueError, re2.error):
        return None
