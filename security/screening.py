"""Screening: what may be said. `screen()` runs the filters that `settings.FILTERS` names, in that order.

Filters are plain functions found in `filters.py` of any installed app. One that crashes refuses: nothing passes unread.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from project.errors import TooLarge, Unavailable, Unprocessable
from project.registry import Registry

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


@dataclass(frozen=True)
class Material:
    """What is to be screened, whoever says it. `author` is None for what handlers answer."""

    text: str
    parts: tuple[dict[str, Any], ...] = ()
    author: UUID | None = None
    workspace: UUID | None = None


def said(text: str, parts: Iterable[dict[str, Any]]) -> str:
    """All the text of a message, as filters read it."""
    return "\n".join([text, *(str(part.get("text", "")) for part in parts if part["type"] == "text")]).strip("\n")


@dataclass(frozen=True)
class Finding:
    """What a filter saw: `span` counts code points of the text; severity is low, medium or high."""

    rule: str
    span: tuple[int, int]
    severity: str

    def as_json(self) -> dict[str, Any]:
        return {"rule": self.rule, "span": list(self.span), "severity": self.severity}


@dataclass(frozen=True)
class Verdict:
    action: str = "allow"
    findings: tuple[Finding, ...] = field(default=())


Filter = Callable[[Material], Iterable[Finding]]

FILTERS: Final[Registry[Filter]] = Registry("filter")


def register(name: str) -> Callable[[Filter], Filter]:
    """Offer a filter under `name`. It yields findings, or raises a SwitchboardError to refuse the message."""

    def add(filter: Filter) -> Filter:
        FILTERS.add(name, filter)
        return filter

    return add


def screen(material: Material) -> Verdict:
    """:raises MessageBlocked: or a sibling when it must not pass. :raises ScreeningFailed: when a filter broke."""
    findings = [finding for name in settings.FILTERS for finding in _run(name, material)]
    return Verdict("flag" if findings else "allow", tuple(findings))


def _run(name: str, material: Material) -> list[Finding]:
    filter = FILTERS.get(name)
    if filter is None:
        raise ScreeningFailed(f"The filter {name} is listed in the settings and does not exist.")
    try:
        return list(filter(material))
    except (Unprocessable, TooLarge):
        raise
    except Exception as error:
        logger.exception("a filter crashed; the message is refused")
        raise ScreeningFailed() from error
