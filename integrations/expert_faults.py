"""What is wrong with the fields of an expert, in words that say what would be right.

No field takes a command line, a dotted path or the path of a file: an adapter is chosen by name among those that code
registered, and its settings are only what its schema has.
"""

import logging
from collections.abc import Iterator
from typing import Any, Final

import orjson
from django.db.models import Q, QuerySet

from integrations import adapters, asides, experts, skill_faults, webhooks
from integrations.adapters import Kind
from integrations.contract import Unwell
from integrations.models import LONGEST_TIMEOUT, Expert
from integrations.webhooks import BadSecret
from project import schemas
from project.faults import Fault

logger = logging.getLogger(__name__)

MOST: Final = 200  # of one workspace: a list of them is read whole
MOST_RETRIES: Final = 10
MOST_TASKS: Final = 1000
LARGEST_SETTINGS: Final = 16_384  # bytes, as JSON
LONGEST_TEXT: Final = 2000
LONGEST_SECRET: Final = 4096
SHORTEST_SECRET: Final = 16
MOST_FALLBACKS: Final = 20
DESCRIBE_SECONDS: Final = 5.0
SLUG_TAKEN: Final = Fault("/slug", "There is an expert of that slug; choose another.")
NO_FALLBACK: Final = "There is no such expert here. It is one of the same workspace, or of the installation."


def faults(expert: Expert, fields: dict[str, Any]) -> list[Fault]:
    """What is wrong with new values of `expert`, which is as it was before."""
    found = [*_texts(fields), *_numbers(fields)]
    if "slug" in fields and _siblings(expert).filter(slug=fields["slug"]).exists():
        found.append(SLUG_TAKEN)
    if expert._state.adding and _siblings(expert).count() >= MOST:
        found.append(Fault("", f"There are {MOST} experts already; change or delete one."))
    if "skills" in fields:
        found += skill_faults.faults(fields["skills"])
    if "fallback" in fields:
        found += _fallback(expert, fields["fallback"])
    return found + list(_way(expert, fields))


def _siblings(expert: Expert) -> QuerySet[Expert]:
    return Expert.objects.filter(workspace=expert.workspace_id).exclude(id=expert.id)


def _texts(fields: dict[str, Any]) -> Iterator[Fault]:
    for name in ("name", "description"):
        text = fields.get(name, "")
        if any(not letter.isprintable() and letter not in "\n\t" for letter in text):
            yield Fault(f"/{name}", "It holds characters that nobody sees; take them out.")
        if len(text) > LONGEST_TEXT:
            yield Fault(f"/{name}", f"It has at most {LONGEST_TEXT} characters.")


def _numbers(fields: dict[str, Any]) -> Iterator[Fault]:
    bounds = {"concurrency": (1, MOST_TASKS), "timeout": (1, LONGEST_TIMEOUT), "retries": (0, MOST_RETRIES)}
    for name, (least, most) in bounds.items():
        value = fields.get(name)
        if value is not None and not least <= value <= most:
            yield Fault(f"/{name}", f"This is a number from {least} to {most}.")


def _fallback(expert: Expert, fallback: Expert | None) -> Iterator[Fault]:
    """It is there, and asking it never comes back here."""
    if fallback is None:
        return
    if fallback.workspace_id not in {expert.workspace_id, None}:
        yield Fault("/fallback", NO_FALLBACK)
        return
    step: Expert | None = fallback
    for _ in range(MOST_FALLBACKS):
        if step is None:
            return
        if step.id == expert.id:
            yield Fault("/fallback", "That would lead back to this expert; choose another, or none.")
            return
        step = step.fallback
    yield Fault("/fallback", f"More than {MOST_FALLBACKS} experts would stand in for each other.")


def found_fallback(workspace: Any, id: Any) -> Expert | None:
    """The expert of that id which one of `workspace` may have as its fallback."""
    return Expert.objects.filter(Q(workspace=workspace) | Q(workspace=None), id=id).first()


def _way(expert: Expert, fields: dict[str, Any]) -> Iterator[Fault]:
    """Adapter, its settings and its secret belong together: a new adapter has the old settings looked at again."""
    if expert._state.adding or {"adapter", "settings", "secret"} & set(fields):
        name = fields.get("adapter", expert.adapter)
        kind = adapters.REGISTRY.get(name) if isinstance(name, str) else None
        if kind is None:
            known = ", ".join(sorted(adapters.REGISTRY))
            yield Fault("/adapter", f"There is no adapter {name}. There are {known}.")
            return
        wrong = list(_settings(kind, fields.get("settings", expert.settings)))
        yield from wrong or _local(kind, expert, fields)
        yield from _secret(kind, fields.get("secret", ""))


def _settings(kind: Kind, settings: Any) -> Iterator[Fault]:
    if len(orjson.dumps(settings)) > LARGEST_SETTINGS:
        yield Fault("/settings", f"Settings have at most {LARGEST_SETTINGS} bytes.")
        return
    for one in schemas.read(kind.settings).violations(settings, "/settings"):
        yield Fault(one["pointer"], f"{one['detail']} ({kind.name}: {_takes(kind)})")


def _takes(kind: Kind) -> str:
    names = kind.settings.get("properties", {})
    return f"takes {', '.join(names)}" if names else "takes no settings"


def _local(kind: Kind, expert: Expert, fields: dict[str, Any]) -> Iterator[Fault]:
    """Whether what the settings name is there: of code in this process that is known at once."""
    if kind.remote:
        return
    draft = Expert(
        slug="x", adapter=kind.name, settings=fields.get("settings", expert.settings), skills=[], workspace=None
    )
    try:
        asides.begin(lambda: experts.way_to(draft).describe()).result(DESCRIBE_SECONDS)
    except Unwell as error:
        yield Fault("/settings", str(error))
    except TimeoutError:
        yield Fault("/settings", f"What it names did not say who it is within {DESCRIBE_SECONDS:g} seconds.")
    except Exception:
        logger.exception("what settings name could not be asked who it is", extra={"adapter": kind.name})
        yield Fault("/settings", "What it names broke when it was asked who it is; the log says more.")


def _secret(kind: Kind, secret: str) -> Iterator[Fault]:
    if not secret:
        return
    if not kind.secret:
        yield Fault("/secret", f"Experts by {kind.name} have no secret; leave it out.")
    elif not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET or not (secret.isascii() and secret.isprintable()):
        yield Fault("/secret", f"A secret has {SHORTEST_SECRET} to {LONGEST_SECRET} printable ASCII characters.")
    elif kind.signs or secret.startswith(webhooks.PREFIX):
        try:
            webhooks.key(secret)
        except BadSecret as error:
            yield Fault("/secret", f"{error} Leave it out: one is drawn by rotating.")
