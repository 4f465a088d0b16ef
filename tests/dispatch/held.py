"""What the handlers of `tests.held_app` have written down, and letting them go."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.databases import FOLDER
from tests.deployment import Deployment, Server, deployed
from tests.live import LivePerson, eventually, in_parallel


@dataclass(frozen=True)
class Held:
    folder: Path
    group: str

    def lines(self) -> list[list[str]]:
        log = self.folder / f"{self.group}.log"
        return [line.split(maxsplit=1) for line in log.read_text().splitlines()] if log.exists() else []

    def begun(self) -> list[str]:
        """Texts, in the order in which handlers began with them."""
        return [text for word, text in self.lines() if word == "begin"]

    def await_begun(self, count: int) -> None:
        eventually(lambda: len(self.begun()) >= count, 60)

    def most(self) -> int:
        """How many were asked at the same time, at most."""
        inside = [0]
        for word, _ in self.lines():
            inside.append(inside[-1] + (1 if word == "begin" else -1))
        return max(inside)

    def let_go(self) -> None:
        (self.folder / f"{self.group}.go").touch()


@dataclass(frozen=True)
class Pair:
    """Two processes that serve and carry runs."""

    folder: Path
    servers: tuple[Server, Server]

    def held(self, group: str) -> Held:
        return Held(self.folder, group)


@contextmanager
def pair(name: str, **settings: str) -> Iterator[Pair]:
    folder = Path(mkdtemp(prefix="held-", dir=FOLDER))
    with deployed(name, EXTRA_APPS="tests.held_app", HELD_FOLDER=str(folder), **settings) as deployment:
        yield Pair(folder, _two(deployment))


def _two(deployment: Deployment) -> tuple[Server, Server]:
    return deployment.serve(), deployment.serve()


def say_at_once(people: list[LivePerson], conversation: str, texts: list[str], **fields: Any) -> list[Any]:
    """All texts at the same moment, by the people in turn. The answers, in the order of the texts."""

    def said(number: int) -> Any:
        person = people[number % len(people)]
        # A machine with too much to do may answer 503: nothing was taken then, and the key makes another try safe.
        return eventually(lambda: _answer(person, conversation, texts[number], **fields), 90)

    return in_parallel([lambda number=number: said(number) for number in range(len(texts))])  # type: ignore[misc]


def _answer(person: LivePerson, conversation: str, text: str, **fields: Any) -> Any:
    answer = person.say(conversation, text, key=text, **fields)
    return None if answer.status_code == 503 else answer
