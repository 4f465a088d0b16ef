"""What is wrong with the conditions of a route, in words that say what would be right."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final
from uuid import UUID

import orjson

from dispatch import comparisons, kinds
from dispatch.conditions import LOOKS
from project import patterns
from project.faults import Fault
from security.models import Role, User, Workspace

MOST: Final = 50
MOST_CHARACTERS: Final = 200
MOST_BYTES: Final = 16 * 1024  # as JSON: every message of the workspace reads them
MEDIA_TYPE: Final = re.compile(r"(?:\*/\*|[\w.+-]+/(?:\*|[\w.+-]+))")


def faults(conditions: Any, workspace: UUID | None) -> list[Fault]:
    """`workspace`: whose route it is; None for the installation's."""
    if not isinstance(conditions, dict):
        return [Fault("/conditions", 'Conditions are a JSON object, such as {"kind": ["text"]}; {} is every message.')]
    if _count(conditions) > MOST:
        return [Fault("/conditions", f"A route has at most {MOST} conditions; this one has {_count(conditions)}.")]
    size = len(orjson.dumps(conditions))
    if size > MOST_BYTES:
        return [Fault("/conditions", f"Conditions are at most {MOST_BYTES} bytes of JSON; these are {size}.")]
    return [
        Fault(f"/conditions/{name}{below}", detail)
        for name, expected in conditions.items()
        for below, detail in CHECKS.get(name, _no_such)(expected, workspace)
    ]


def _count(conditions: dict[str, Any]) -> int:
    return sum(len(expected) if isinstance(expected, list) else 1 for expected in conditions.values())


Found = Iterable[tuple[str, str]]
Check = Callable[[Any, UUID | None], Found]


def _no_such(expected: Any, workspace: UUID | None) -> Found:
    yield "", f"There is no such condition. Conditions are on {', '.join(LOOKS)}."


def _listed(check: Callable[[list[str], UUID | None], Found]) -> Check:
    """A check of a list of texts that is not empty."""

    def checked(expected: Any, workspace: UUID | None) -> Found:
        texts = isinstance(expected, list) and all(isinstance(one, str) for one in expected)
        if not texts or not expected or any(not 0 < len(one) <= MOST_CHARACTERS for one in expected):
            return [
                ("", f'This is a list of texts of at most {MOST_CHARACTERS} characters, such as ["one", "another"].')
            ]
        return check(expected, workspace)

    return checked


def _among(expected: list[str], known: Iterable[str], noun: str) -> Found:
    known = list(known)
    for place, name in enumerate(expected):
        if name not in known:
            yield f"/{place}", f"There is no {noun} {name}. There are {', '.join(known)}."


def _workspaces(expected: list[str], workspace: UUID | None) -> Found:
    if workspace is not None:
        yield "", "Only a route of the installation has a condition on workspaces; this one is of one workspace anyway."
        return
    known = {str(id) for id in Workspace.objects.filter(id__in=_ids(expected)).values_list("id", flat=True)}
    yield from (
        (f"/{i}", f"There is no workspace with the id {id}.") for i, id in enumerate(expected) if id not in known
    )


def _senders(expected: list[str], workspace: UUID | None) -> Found:
    """Who is no member learns nothing: admins of a workspace name its members only."""
    people = User.objects.filter(memberships__workspace=workspace) if workspace else User.objects.all()
    named = people.filter(username__in=expected) | people.filter(id__in=_ids(expected))
    known = {text for id, username in named.values_list("id", "username") for text in (str(id), username)}
    where = "member of this workspace" if workspace else "user"
    yield from (
        (f"/{i}", f"There is no {where} of the name or id {one}.") for i, one in enumerate(expected) if one not in known
    )


def _ids(texts: list[str]) -> Iterator[UUID]:
    for text in texts:
        try:
            yield UUID(text)
        except ValueError:
            continue


def _text(expected: Any, workspace: UUID | None) -> Found:
    detail = patterns.fault(expected) if isinstance(expected, str) else 'This is a pattern, such as "(?i)invoice".'
    return [("", detail)] if detail else []


def _media_types(expected: list[str], workspace: UUID | None) -> Found:
    for place, one in enumerate(expected):
        if not MEDIA_TYPE.fullmatch(one):
            yield f"/{place}", f'{one} is no media type; write "image/png", "image/*" or "*/*".'


def _metadata(expected: Any, workspace: UUID | None) -> Found:
    if not isinstance(expected, list) or not expected:
        return [("", 'This is a list, such as [{"key": "customer.tier", "op": "equals", "value": "gold"}].')]
    return [(f"/{place}", detail) for place, one in enumerate(expected) if (detail := comparisons.fault(one))]


CHECKS: Final[dict[str, Check]] = {
    "kind": _listed(lambda expected, _: _among(expected, kinds.known(), "kind")),
    "role": _listed(lambda expected, _: _among(expected, Role.values, "role")),
    "workspace": _listed(_workspaces),
    "sender": _listed(_senders),
    "text": _text,
    "metadata": _metadata,
    "attachment": _listed(_media_types),
}
