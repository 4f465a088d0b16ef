"""The adapter of experts that are people: the task waits until a member of staff answers it in the admin."""

from collections.abc import Iterator
from typing import Final

from integrations import adapters
from integrations.contract import Definition, Given, Later, Task, Update

NAME: Final = "human"


@adapters.register(
    NAME,
    "People: staff answer at the desk in the admin.",
    {
        "type": "object",
        "properties": {
            "team": {
                "type": "string",
                "minLength": 1,
                "maxLength": 150,
                "description": "The staff group whose members answer. Without it: all staff who may.",
            }
        },
        "additionalProperties": False,
    },
)
class HumanAdapter:
    """Nothing of it is held in a process: a restart takes nothing from the people who answer."""

    def __init__(self, given: Given) -> None:
        self._given = given

    def start(self, task: Task) -> Iterator[Update]:
        yield Later()

    def resume(self, task: Task, answer: object) -> Iterator[Update]:
        """What the user answered is shown at the desk, where the task waits again."""
        return self.start(task)

    def poll(self, task: Task) -> Iterator[Update]:
        return self.start(task)

    async def cancel(self, task: Task) -> None:
        """Whoever has it is told with the next thing they do."""

    async def describe(self) -> Definition:
        return Definition(self._given.name, self._given.description, self._given.skills)

    async def health(self) -> None:
        """Whether anybody is at the desk is not known."""
