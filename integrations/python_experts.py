"""Experts that are code of this installation: classes in `experts.py` of any app, found by name.

`@python_experts.register("slug", ...)` on a class whose instances have `start(task)`, a generator function, and where
they need them `resume(task, answer)`, `cancel(task)` and `health()`. Each call makes an instance of its own:
what one keeps on itself is not there at the next.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import getdoc, iscoroutinefunction
from typing import Any, Final, TypeVar

from integrations import adapters
from integrations.contract import Definition, Failure, Given, Skill, Task, Unwell, Update
from project.registry import Registry, written

E = TypeVar("E", bound=type[Any])


@dataclass(frozen=True)
class PythonExpert:
    """`shipped`: every installation has a row for it from the start."""

    slug: str
    made: type[Any]
    definition: Definition
    timeout: int
    shipped: bool


REGISTRY: Final[Registry[PythonExpert]] = Registry("expert", lambda expert: written(expert.made.start))


def register(
    slug: str, name: str, skills: tuple[Skill, ...], timeout: int = 60, shipped: bool = False
) -> Callable[[E], E]:
    """Offer a class as an expert. Its docstring is the description; `timeout` is in seconds.

    :raises ValueError: when there is one of that name.
    """

    def add(made: E) -> E:
        definition = Definition(name, getdoc(made) or "", skills)
        REGISTRY.add(slug, PythonExpert(slug, made, definition, timeout, shipped))
        return made

    return add


@adapters.register(
    "python",
    "Code of this installation, by the name under which it is registered.",
    {
        "type": "object",
        "properties": {"expert": {"type": "string", "description": "The name under which code registered it."}},
        "required": ["expert"],
        "additionalProperties": False,
    },
)
class PythonAdapter:
    def __init__(self, given: Given) -> None:
        found = REGISTRY.get(str(given.settings.get("expert", "")))
        self._name, self._found = given.settings.get("expert", ""), found
        self._its = found.made() if found else None
        self.start: Any = getattr(self._its, "start", self._gone)
        self.resume: Any = getattr(self._its, "resume", self._unasked)

    def poll(self, task: Task) -> Iterator[Update]:
        return self._unasked(task)

    async def cancel(self, task: Task) -> None:
        """A class that wants to know says so by having `cancel`, an async function."""
        if iscoroutinefunction(cancel := getattr(self._its, "cancel", None)):
            await cancel(task)

    async def describe(self) -> Definition:
        if self._found is None:
            raise Unwell(self._missing)
        return self._found.definition

    async def health(self) -> None:
        if self._found is None:
            raise Unwell(self._missing)
        if iscoroutinefunction(health := getattr(self._its, "health", None)):
            await health()

    @property
    def _missing(self) -> str:
        return f"No code registers {self._name!r}; there are: {', '.join(sorted(REGISTRY)) or 'none'}."

    def _gone(self, task: Task) -> Iterator[Update]:
        yield Failure("expert_missing", "Its code is not here.")

    def _unasked(self, task: Task, *answer: Any) -> Iterator[Update]:
        yield Failure("handler_error", "It never asked anything, and was answered.")
