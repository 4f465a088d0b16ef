"""An expert that does what its task says, in the words of `far_side.py`: `{"text": ..., "do": ...}`."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID

from integrations import python_experts
from integrations.contract import Failure, Progress, Question, Rejection, Result, Skill, Task

TEXT: Final = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
COUNT: Final = {"type": "object", "properties": {"words": {"type": "integer"}}, "required": ["words"]}
COLOUR: Final = {"type": "object", "properties": {"colour": {"type": "string"}}, "required": ["colour"]}
SKILL: Final = Skill("count", "Counts words.", TEXT, COUNT)
CANCELED: Final[list[UUID]] = []

Updates = Iterator[Any]


@python_experts.register("acting", "Acting", (SKILL,))
class Acting:
    """Does what its task says."""

    def start(self, task: Task) -> Updates:
        return DOES[task.input.get("do", "answer")](task)

    def resume(self, task: Task, answer: Any) -> Updates:
        yield Result({"words": 1}, f"It is {answer['colour']}.")

    async def cancel(self, task: Task) -> None:
        CANCELED.append(task.id)


def _says(*updates: Any) -> Callable[[Task], Updates]:
    return lambda task: iter(updates)


def _answer(task: Task) -> Updates:
    words = len(task.input["text"].split())
    yield Result({"words": words}, f"There are {words} words.")


def _crash(task: Task) -> Updates:
    raise RuntimeError("broken on purpose")
    yield


def _hang(task: Task) -> Updates:
    time.sleep(5)
    yield Result({"words": 0}, "too late")


def _drip(task: Task) -> Updates:
    while True:
        yield Progress(None, ".")
        time.sleep(0.05)


DOES: Final[dict[str, Callable[[Task], Updates]]] = {
    "answer": _answer,
    "ask": _says(Question("Which colour?", COLOUR)),
    "reject": _says(Rejection("Not this.")),
    "fail": _says(Failure("no_luck", "It did not work.")),
    "wrong": _says(Result({"words": "many"}, "Many.")),
    "oversize": _says(Result({"words": 3}, "x" * 200_000)),
    "lie": _says("certainly! here is"),
    "wait": _hang,
    "crash": _crash,
    "hang": _hang,
    "drip": _drip,
}
