"""The adapter of experts that are announced and not there yet: they can be listed, and nothing more."""

from collections.abc import Iterator

from integrations import adapters
from integrations.contract import Definition, Given, Rejection, Task, Unwell, Update


@adapters.register(
    "planned", "Announced, not there yet: it is listed with its skills and does nothing.", stands_in=True
)
class PlannedAdapter:
    def __init__(self, given: Given) -> None:
        self._given = given

    def start(self, task: Task) -> Iterator[Update]:
        yield Rejection(f"{self._given.name} is planned and not there yet.")

    def resume(self, task: Task, answer: object) -> Iterator[Update]:
        return self.start(task)

    def poll(self, task: Task) -> Iterator[Update]:
        return self.start(task)

    async def cancel(self, task: Task) -> None:
        return

    async def describe(self) -> Definition:
        return Definition(self._given.name, self._given.description, self._given.skills)

    async def health(self) -> None:
        raise Unwell("It is planned and not there yet. Give it an adapter once it is.")
