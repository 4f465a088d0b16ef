"""Screening: what may be said. `screen()` runs the filters that `settings.FILTERS` names, in that order.

Filters are plain functions found in `filters.py` of any installed app. One that crashes, hangs or answers with anything
but findings refuses: nothing passes unread.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, partial
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from project import metrics
from project.errors import SwitchboardError, TooLarge, Unavailable, Unprocessable
from project.registry import Registry
from security import chain, excess, soundness
from security.chain import Done, Step
from security.foremost import foremost
from security.material import Body, Material, Stage, joined

logger = logging.getLogger(__name__)


class MessageBlocked(Unprocessable):
    code = "message_blocked"
    title = "The message was refused by a content filter"


class EmptyMessage(Unprocessable):
    code = "empty_message"
    title = "The message says nothing that can be seen"


class MessageTooLong(TooLarge):
    code = "message_too_long"
    title = "The message is too long"


class ScreeningFailed(Unavailable):
    code = "screening_unavailable"
    title = "The message could not be screened; try again"


class Action(StrEnum):
    """What a finding asks for, from the mildest on; a verdict is the gravest of its findings."""

    ALLOW = "allow"
    FLAG = "flag"
    REDACT = "redact"
    QUARANTINE = "quarantine"
    BLOCK = "block"


class Mode(StrEnum):
    ENFORCE = "enforce"
    SHADOW = "shadow"
    OFF = "off"


GRAVEST_LAST: Final = list(Action)
SEVERITIES: Final = ("low", "medium", "high")
MOST_KEPT: Final = 100  # of one text: a paste of a whole log is found often enough by then


@dataclass(frozen=True)
class Finding:
    """What a filter saw: `span` counts code points of `Material.whole`; severity is low, medium or high.

    `score`: from 0 to 1, how sure the filter is. `mask`: what stands instead where it is redacted; such a stretch is
    shown to nobody, staff neither. `public`: what the sender is told of it. `row`: the staff rule that found it. The
    rest is filled in by `screen()`.
    """

    rule: str
    span: tuple[int, int]
    severity: str
    score: float = 1.0
    action: str = Action.FLAG
    mask: str = ""
    public: str = ""
    row: UUID | None = None
    filter: str = ""
    version: str = ""
    mode: str = Mode.ENFORCE

    @property
    def gravity(self) -> tuple[bool, int, int]:
        """By which findings compare: whether it is enforced, action, severity."""
        enforced = self.mode == Mode.ENFORCE
        return enforced, GRAVEST_LAST.index(Action(self.action)), SEVERITIES.index(self.severity)

    @property
    def masked(self) -> tuple[int, int, str]:
        return *self.span, self.mask or "[removed]"

    def as_json(self) -> dict[str, Any]:
        """As runs keep it."""
        return {
            "filter": self.filter,
            "rule": self.rule,
            "span": list(self.span),
            "severity": self.severity,
            "score": round(self.score, 3),
            "action": self.action,
            "mode": self.mode,
        }


@dataclass(frozen=True)
class Verdict:
    """What is done with the material: the gravest action of the enforced findings. Those of shadow filters are kept."""

    action: Action = Action.ALLOW
    findings: tuple[Finding, ...] = field(default=())

    @property
    def enforced(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.mode == Mode.ENFORCE]

    @property
    def public(self) -> str:
        """What the sender is told: of the gravest finding that has something to say."""
        return next((one.public for one in self.enforced if one.action == self.action and one.public), "")

    @cached_property
    def foremost(self) -> list[Finding]:
        """Those that are kept."""
        return foremost(self.findings, lambda one: one.gravity, lambda one: (one.filter, one.rule), MOST_KEPT)

    def as_json(self) -> list[dict[str, Any]]:
        return [finding.as_json() for finding in self.foremost]

    def shown(self, material: Material) -> Body:
        """The material as users see it: what is to be redacted stands masked."""
        return material.rewritten(joined(one.masked for one in self._redacted))

    @cached_property
    def unspoken(self) -> list[tuple[int, int, str]]:
        """What is quoted to nobody: what is masked for all, and what any filter would mask, enforced or not."""
        return joined(one.masked for one in [*self._redacted, *(one for one in self.findings if one.mask)])

    @property
    def _redacted(self) -> list[Finding]:
        return [one for one in self.enforced if one.action == Action.REDACT]


Work = Callable[[Material], Iterable[Finding]]


@dataclass(frozen=True)
class Filter:
    """A registered filter. `deadline`: seconds of processor time. `fail_open`: what it breaks on passes unread by it.

    `version` changes with what it finds, so that old findings can be told from new ones. `prepare`: asked before all
    filters, in the thread that has a connection to the database, for the material with what the filter needs beside it.
    """

    name: str
    work: Work
    version: str
    deadline: float
    fail_open: bool
    stages: frozenset[Stage]
    prepare: Callable[[Material], Material] | None = None

    @property
    def mode(self) -> str:
        return str(settings.FILTER_MODES.get(self.name, Mode.ENFORCE))


FILTERS: Final[Registry[Filter]] = Registry("filter")
ALL_STAGES: Final = frozenset(Stage) - {Stage.DELTA}


def register(
    name: str,
    version: str = "1",
    deadline: float = 0.1,
    fail_open: bool = False,
    stages: Iterable[Stage] = ALL_STAGES,
    prepare: Callable[[Material], Material] | None = None,
) -> Callable[[Work], Work]:
    """Offer a filter under `name`. It yields findings, or raises a SwitchboardError to refuse the message."""

    def add(work: Work) -> Work:
        FILTERS.add(name, Filter(name, work, version, deadline, fail_open, frozenset(stages), prepare))
        return work

    return add


def screen(material: Material) -> Verdict:
    """The verdict of all filters, whatever it is: who asks for it acts on it.

    :raises ScreeningFailed: when a filter broke. :raises SwitchboardError: which a filter raised to refuse.
    """
    if len(material.whole) > settings.MESSAGE_LIMIT + settings.DATA_LIMIT:
        raise MessageTooLong(f"At most {settings.DATA_LIMIT} characters of data and metadata.")
    material = material if material.stage == Stage.DELTA else prepared(material)
    findings, seconds, waiting = list[Finding](), settings.SCREENING_SECONDS, _listed(material)
    while waiting:
        done = _run(waiting, material, seconds)
        for filter, one in zip(waiting, done, strict=False):
            findings += _judged(filter, one, material)
            seconds -= one.seconds
        waiting = waiting[len(done) :]
    actions = [Action(finding.action) for finding in findings if finding.mode == Mode.ENFORCE]
    return Verdict(max(actions, key=GRAVEST_LAST.index, default=Action.ALLOW), tuple(findings))


def prepared(material: Material) -> Material:
    """With what its filters need beside it. `screen()` asks for it, but for stretches of an answer: who screens those
    asks once for all of them.
    """
    for filter in _listed(material):
        material = filter.prepare(material) if filter.prepare else material
    return material


def _listed(material: Material) -> list[Filter]:
    """Those that read this material. One that is listed and not there refuses: it would have found something."""
    for name in settings.FILTERS:
        if name not in FILTERS:
            metrics.screening_failures.labels("all", "missing").inc()
            logger.error("a filter is listed in the settings and does not exist", extra={"filter": name})
            raise ScreeningFailed()
    found = [FILTERS[name] for name in settings.FILTERS]
    return [filter for filter in found if material.stage in filter.stages and filter.mode != Mode.OFF]


def _run(filters: Sequence[Filter], material: Material, seconds: float) -> list[Done]:
    steps = [Step(one.name, partial(_found, one, material), one.deadline) for one in filters]
    views = Step("views", lambda: material.views, seconds)  # all read them; their time is nobody's alone
    try:
        first, *done = chain.run([views, *steps], max(seconds, 0.0), material.workspace)
    except chain.TooManyHang as error:
        metrics.screening_failures.labels("all", "too_many_hang").inc()
        logger.critical("so many filters hang on texts of a workspace that none is read any more; restart this process")
        raise ScreeningFailed() from error
    if first.failure:
        metrics.screening_failures.labels(first.name, first.failure).inc()
        raise _refusal(first, material) from first.error
    return done


def _found(filter: Filter, material: Material) -> list[Any]:
    """:raises TooMuchToMask: when not all that must be masked can be: nothing of it may be left out."""

    def masks(one: Any) -> bool:
        return filter.mode != Mode.SHADOW and (one.action, one.mode) == (Action.REDACT, Mode.ENFORCE)

    return excess.bounded(filter.work(material), masks)


def _judged(filter: Filter, done: Done, material: Material) -> list[Finding]:
    """What a filter found, each with its name on it."""
    metrics.screening.labels(filter.name).observe(done.seconds)
    shadow = filter.mode == Mode.SHADOW
    found, failure = done.result, done.failure
    if isinstance(done.error, SwitchboardError) and isinstance(done.error, Unprocessable | TooLarge):
        if not shadow:
            raise done.error
        found, failure = [Finding("refused", (0, 0), "high", action=Action.BLOCK)], ""
    if not failure and all(_is_finding(one, len(material.whole)) for one in found):
        marks = {"filter": filter.name, "version": filter.version}
        return [replace(finding, **marks, **({"mode": Mode.SHADOW} if shadow else {})) for finding in found]
    failure = failure or "garbage"
    metrics.screening_failures.labels(filter.name, failure).inc()
    logger.error("a filter %s", failure, extra={"filter": filter.name, **done.place})
    if filter.fail_open or shadow:
        return []
    raise _refusal(done, material) from done.error


def _refusal(done: Done, material: Material) -> SwitchboardError:
    """To try a long text again that was too much would not help; a short one is none, and the filter is at fault."""
    long = done.failure == chain.SPENT and len(material.whole) > excess.LONG
    return excess.TooMuchToScreen() if long else ScreeningFailed()


def _is_finding(one: Any, length: int) -> bool:
    known = isinstance(one, Finding) and one.action in GRAVEST_LAST and one.severity in SEVERITIES
    return known and one.mode in list(Mode) and soundness.is_sound(one, length)
