"""How experts are: each is asked now and then who it is, and whether it could work."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import F, Q
from django.utils import timezone

from integrations import adapters, definitions, experts
from integrations.contract import Adapter, Definition, Unwell
from integrations.models import Expert, Health
from integrations.vault import Unopenable

logger = logging.getLogger(__name__)

SECONDS: Final = 5.0  # for each
AT_A_TIME: Final = 8
MOST: Final = 64  # in a turn, those first that were asked longest ago
PAUSE: Final = timedelta(seconds=50)
BROKEN: Final = "Something broke when it was asked how it is; the log says more."


@dataclass(frozen=True)
class Found:
    """`trouble` "": it is well. `definition`: what it says of itself, as far as it did."""

    trouble: str = ""
    definition: Definition | None = None


def take_turn() -> int:
    """Look at those whose turn it is. Returns how many this process has looked at."""
    now = timezone.now()
    waiting = _asked().filter(Q(health_at=None) | Q(health_at__lt=now - PAUSE))
    mine = [one for one in waiting.order_by(F("health_at").asc(nulls_first=True), "id")[:MOST] if _claim(one)]
    look_at(mine)
    return len(mine)


def look_at(rows: Sequence[Expert], seconds: float = SECONDS) -> None:
    """Ask each how it is, and keep what it said. On a thread of the caller's, without a loop."""
    for expert, found in zip(rows, asyncio.run(_ask(rows, seconds)), strict=True):
        _keep(expert, found)


def _asked() -> Any:
    """Those that are switched on, and more than an announcement."""
    real = [kind.name for kind in adapters.REGISTRY.values() if not kind.stands_in]
    return Expert.objects.filter(enabled=True, adapter__in=real)


def _claim(expert: Expert) -> bool:
    now = timezone.now()
    mine = Expert.objects.filter(id=expert.id, health_at=expert.health_at).update(health_at=now)
    expert.health_at = now
    return bool(mine)


async def _ask(rows: Sequence[Expert], seconds: float) -> list[Found]:
    room = asyncio.Semaphore(AT_A_TIME)

    async def one(expert: Expert) -> Found:
        async with room:
            return await _one(expert, seconds)

    return await asyncio.gather(*map(one, rows))


async def _one(expert: Expert, seconds: float) -> Found:
    try:
        way = experts.way_to(expert)
        async with asyncio.timeout(seconds):
            return await _examine(way)
    except (Unwell, Unopenable, LookupError) as error:
        return Found(_storable(error))
    except TimeoutError:
        return Found(f"It did not answer within {seconds:g} seconds.")
    except Exception:
        logger.exception("an expert could not be asked how it is", extra={"expert": expert.slug})
        return Found(BROKEN)


async def _examine(way: Adapter) -> Found:
    """Who it is comes first: one that has changed may be well."""
    definition = await way.describe()
    try:
        await way.health()
    except Unwell as error:
        return Found(_storable(error), definition)
    return Found("", definition)


def _keep(expert: Expert, found: Found) -> None:
    kind = adapters.REGISTRY.get(expert.adapter)
    health = Health.FAILING if found.trouble else Health.HEALTHY
    fields: dict[str, Any] = {"health": health, "health_detail": found.trouble[: definitions.LONGEST_DETAIL]}
    if kind is not None and kind.remote:
        fields |= definitions.compared(expert, found.definition)
    fields["health_at"] = timezone.now()
    unchanged = Expert.objects.filter(id=expert.id, updated_at=expert.updated_at)
    if unchanged.update(**fields) and fields["health"] != expert.health:
        level = logging.INFO if fields["health"] == Health.HEALTHY else logging.WARNING
        logger.log(
            level, "the health of an expert is another", extra={"expert": expert.slug, "health": fields["health"]}
        )


def _storable(error: Exception) -> str:
    """What it says may come from afar: PostgreSQL takes neither NUL nor half of a surrogate pair."""
    return str(error).encode(errors="replace").decode().replace("\0", "") or BROKEN
