"""An adapter for tests that stands for a remote expert: what it says of itself and how it is, each test says."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from integrations import adapters
from integrations.contract import Definition, Given, Result, Skill, Task, Unwell, Update

PROPERTIES = {"url": {"type": "string", "format": "uri", "pattern": "^https?://"}, "poll": {"type": "boolean"}}
SETTINGS = {"type": "object", "properties": PROPERTIES, "required": ["url"], "additionalProperties": False}


@dataclass
class FarSide:
    """Of one address. `trouble`: what it says of its health; `hangs`: it never says anything; `blocks`: its
    thread, until it is set; `exits`: it tries to end the process.
    """

    definition: Definition | None = None
    trouble: str = ""
    hangs: bool = False
    broken: bool = False
    blocks: threading.Event | None = None
    exits: bool = False
    secrets: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def digest(self) -> str:
        return self.definition.digest if self.definition else ""


SIDES: dict[str, FarSide] = {}


def side(url: str, *names: str, **fields: Any) -> FarSide:
    """One that describes itself with skills of these names."""
    skills = tuple(Skill(name) for name in names)
    SIDES[url] = FarSide(Definition("Far", "Far away.", skills), **fields)
    return SIDES[url]


@adapters.register("far", "A far side of the tests.", SETTINGS, secret="Signs what is sent to it.", remote=True)
class FarAdapter:
    def __init__(self, given: Given) -> None:
        self._side = SIDES.get(given.settings["url"], FarSide(trouble="Nobody is there."))
        self._side.secrets.append(given.secrets)

    def start(self, task: Task) -> Iterator[Update]:
        yield Result("from far away")

    def resume(self, task: Task, answer: Any) -> Iterator[Update]:
        yield Result(answer)

    def poll(self, task: Task) -> Iterator[Update]:
        yield Result(None)

    async def cancel(self, task: Task) -> None:
        return

    async def describe(self) -> Definition:
        await self._answer()
        if self._side.definition is None:
            raise Unwell(self._side.trouble)
        return self._side.definition

    async def health(self) -> None:
        if self._side.trouble:
            raise Unwell(self._side.trouble)

    async def _answer(self) -> None:
        if self._side.broken:
            raise RuntimeError("whsec_secret of a far side")
        if self._side.blocks:
            self._side.blocks.wait(30)
        if self._side.exits:
            raise SystemExit(3)
        if self._side.hangs:
            await asyncio.sleep(3600)


@adapters.register(
    "odd", "Code that does not say who it is.", {"type": "object", "properties": {"how": {"type": "string"}}}
)
class OddAdapter(FarAdapter):
    """In this process, like code of the installation."""

    def __init__(self, given: Given) -> None:
        self._how = given.settings.get("how", "")

    async def describe(self) -> Definition:
        if self._how == "exits":
            raise SystemExit(3)
        if self._how == "hangs":
            threading.Event().wait(2)
        raise RuntimeError("It says nothing.")
