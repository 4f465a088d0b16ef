"""How experts are: each is asked now and then who it is, and whether it could work."""

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from integrations import adapters, asides, definitions, experts
from integrations.contract import Adapter, Definition, Unwell
from integrations.models import Expert, Health
from integrations.vault import Unopenable

logger = logging.getLogger(__name__)

SECONDS: Final = 5.0  # for each
AT_A_TIME: Final = 8
MOST: Final = 64  # in a turn, those first that were asked longest ago
PAUSE: Final = timedelta(seconds=50)
BROKEN: Final = "Something broke when it was asked how it is; the log says more."

_asking = dict[tuple[UUID, datetime], "Future[Found]"]()  # by the row as it was


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
    """Ask each how it is, and keep what it said. One that blocks its thread is not waited for longer than others."""
    for first in range(0, len(rows), AT_A_TIME):
        asked = [(expert, _begin(expert, seconds)) for expert in rows[first : first + AT_A_TIME]]
        ends = time.monotonic() + seconds
        for expert, answer in asked:
            _keep(expert, _found(expert, answer, ends, seconds))


def _asked() -> Any:
    """Those that are switched on, and more than an announcement."""
    real = [kind.name for kind in adapters.REGISTRY.values() if not kind.stands_in]
    return Expert.objects.filter(enabled=True, adapter__in=real)


def _claim(expert: Expert) -> bool:
    now = timezone.now()
    mine = Expert.objects.filter(id=expert.id, health_at=expert.health_at).update(health_at=now)
    expert.health_at = now
    return bool(mine)


def _begin(expert: Expert, seconds: float) -> "Future[Found]":
    """The call of the last time, while that has not come back: one that hangs holds one thread, and no more."""
    row = expert.id, expert.updated_at
    call = _asking.get(row)
    if call is None or call.done():
        call = _asking[row] = asides.begin(partial(_one, expert, seconds))
        call.add_done_callback(lambda done: _asking.pop(row, None) if _asking.get(row) is done else None)
    return call


def _found(expert: Expert, answer: "Future[Found]", ends: float, seconds: float) -> Found:
    try:
        return answer.result(max(0.0, ends - time.monotonic()))
    except (Unwell, Unopenable, LookupError) as error:
        return Found(_storable(error))
    except TimeoutError:
        return Found(f"It did not answer within {seconds:g} seconds.")
    except (Exception, SystemExit, KeyboardInterrupt):  # its code may try to end the process
        logger.exception("an expert could not be asked how it is", extra={"expert": expert.slug})
        return Found(BROKEN)


async def _one(expert: Expert, seconds: float) -> Found:
    way = experts.way_to(expert)
    async with asyncio.timeout(seconds):
        return await _examine(way)


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
