"""What users say of themselves for handlers: as users, wherever they are, and of one session, which wins.

Keys are free; `locale`, `time_zone` and `name` have a form. Filters read them, for handlers are shown them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final
from uuid import UUID
from zoneinfo import available_timezones

import orjson
from django.conf import settings
from django.db import transaction

from project.errors import NotFound, Unprocessable
from security import findings, limits, refusal, screening
from security.findings import Found
from security.material import LABELS, Material
from security.models import Session, User, Workspace
from security.screening import Action

LARGEST: Final = 4096  # bytes of each of the two
NAME_LENGTH: Final = 150
LOCALE: Final = re.compile(r"(?=.{2,35}\Z)[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*\Z")  # the shape of BCP 47


class BadPreferences(Unprocessable):
    code = "invalid_preferences"
    title = "The preferences cannot be kept"


@dataclass(frozen=True)
class Change:
    """Fields to set, None to take one away. `workspace`: what is active in the session, if `moves`."""

    user: dict[str, Any] = field(default_factory=dict)
    session: dict[str, Any] = field(default_factory=dict)
    moves: bool = False
    workspace: UUID | None = None


def change(user: User, session: Session, asked: Change) -> None:
    """Set them on these rows, too.

    :raises BadPreferences: saying what would have worked. :raises NotFound: for a workspace that is not the user's.
    :raises MessageBlocked: or a sibling, for what filters refuse, or want to have reviewed.
    """
    if asked.workspace and not Workspace.objects.of(user).filter(id=asked.workspace).exists():
        raise NotFound()
    shown = _read(user, {"user": _checked(asked.user), "session": _checked(asked.session)})
    with transaction.atomic():
        _merge(user, User.objects.select_for_update(no_key=True), shown["user"])
        _merge(session, Session.objects.select_for_update(no_key=True), shown["session"])
        if asked.moves:
            session.active_workspace_id = asked.workspace
            session.save(update_fields=["active_workspace"])


def _merge(row: Any, locked: Any, fields: dict[str, Any]) -> None:
    """:raises BadPreferences: when all of it would be too large."""
    if not fields:
        return
    held = locked.values_list("preferences", flat=True).get(pk=row.pk)
    merged = {name: value for name, value in {**held, **fields}.items() if value is not None}
    if len(orjson.dumps(merged)) > LARGEST:
        raise BadPreferences(f"All of them take at most {LARGEST} bytes; set what may go to null.")
    row.preferences = merged
    row.save(update_fields=["preferences"])


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """:raises BadPreferences: for a known key whose value has not its form."""
    for name, (fits, says) in FORMS.items():
        value = fields.get(name)
        if value is not None and not (isinstance(value, str) and fits(value)):
            raise BadPreferences(says)
    return fields


def _read(user: User, said: dict[str, Any]) -> dict[str, Any]:
    """As filters let it be kept."""
    material = Material("", (), user.id, None, said, LABELS)
    verdict = screening.screen(material)
    if verdict.action in (Action.BLOCK, Action.QUARANTINE):
        refusal.refuse(verdict, material, Found(), user.id)
    if verdict.findings:
        with transaction.atomic():
            findings.keep(verdict, material, Found())
            limits.spend("messages", user.id, *settings.LIMITS["messages"])
    return verdict.shown(material).metadata


def _is_name(value: str) -> bool:
    return 0 < len(value) <= NAME_LENGTH and value.isprintable()


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


FORMS: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    "locale": (lambda value: bool(LOCALE.match(value)), "`locale` is a language tag such as `de` or `pt-BR`."),
    "time_zone": (lambda value: value in _zones(), "`time_zone` is a name of the IANA database: `Europe/Berlin`."),
    "name": (_is_name, f"`name` is one line of at most {NAME_LENGTH} characters."),
}
