"""Experts for tests, each with one behaviour. Their rows are made by the tests."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

from integrations import python_experts
from integrations.contract import Handover, Progress, Question, Result, SignIn, Skill, Task, Update

TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
COUNT = {"type": "object", "properties": {"words": {"type": "integer"}}, "required": ["words"]}


@python_experts.register("counter", "Word counter", (Skill("count", "Counts words.", TEXT, COUNT),))
class Counter:
    """Counts the words of a text."""

    def start(self, task: Task) -> Iterator[Update]:
        yield Progress(0.5, "Half of them are counted.")
        words = len(task.input["text"].split())
        yield Result({"words": words}, f"There are {words} words.")


@python_experts.register("asker", "Asker", (Skill("ask", "Asks for a colour.", TEXT),))
class Asker:
    """Asks one thing, and says what it was told."""

    async def start(self, task: Task) -> AsyncIterator[Update]:
        schema = {"type": "object", "properties": {"colour": {"type": "string"}}, "required": ["colour"]}
        yield Question("Which colour?", schema, {"colour": "colour"})

    async def resume(self, task: Task, answer: Any) -> AsyncIterator[Update]:
        yield Result(answer, f"It is {answer['colour']}.")


@python_experts.register("boss", "Boss", (Skill("manage", "Lets others count.", TEXT),))
class Boss:
    """Hands its task to another expert."""

    def start(self, task: Task) -> Iterator[Update]:
        yield Handover(task.input.get("to", "counter"), task.input)

    def resume(self, task: Task, answer: Any) -> Iterator[Update]:
        yield Result(answer, f"I was told: {answer.get('text') or answer.get('reason')}")


@python_experts.register("sleeper", "Sleeper", (Skill("sleep", "Sleeps.", TEXT),))
class Sleeper:
    """Takes as many seconds as it is told, and says so each tenth of one."""

    def start(self, task: Task) -> Iterator[Update]:
        ends = time.monotonic() + float(task.input.get("seconds", 30))
        while time.monotonic() < ends:
            yield Progress(None, "Still asleep.")
            time.sleep(0.1)
        yield Result(None, "Good morning.")


@python_experts.register("holder", "Holder", (Skill("hold", "Holds on to something.", TEXT),))
class Holder:
    """Holds on to something until it is told to let go. `HELD`: who does."""

    HELD: ClassVar[set[str]] = set()

    def start(self, task: Task) -> Iterator[Update]:
        self.HELD.add(str(task.id))
        try:
            while True:
                yield Progress(None, "It holds on.")
                time.sleep(0.01)
        finally:
            self.HELD.discard(str(task.id))


@python_experts.register("broken", "Broken", (Skill("break", "Breaks.", TEXT),))
class Broken:
    """Raises."""

    def start(self, task: Task) -> Iterator[Update]:
        raise RuntimeError("no word of this reaches anybody")
        yield


@python_experts.register("former", "Form filler", (Skill("fill", "Asks for an address and a day.", TEXT),))
class Former:
    """Asks two things, which the conversation may know."""

    def start(self, task: Task) -> Iterator[Update]:
        properties = {"email": {"type": "string"}, "colour": {"type": "string"}}
        schema = {"type": "object", "properties": properties, "required": ["email", "colour"]}
        yield Question("Where to, and which colour?", schema, {"email": "my email", "colour": "colour"})

    def resume(self, task: Task, answer: Any) -> Iterator[Update]:
        yield Result(answer, f"Sent to {answer['email']}.")


@python_experts.register("clerk", "Clerk", (Skill("sign", "Wants a sign-in.", TEXT),))
class Clerk:
    """Wants somebody to sign in first."""

    def start(self, task: Task) -> Iterator[Update]:
        yield SignIn("Sign in at the archive.")

    def resume(self, task: Task, answer: Any) -> Iterator[Update]:
        yield Result(answer, f"Heard: {answer}.")


@python_experts.register("blocker", "Blocker", (Skill("block", "Blocks.", TEXT),), timeout=30)
class Blocker:
    """Blocks the loop that it is called on."""

    async def start(self, task: Task) -> AsyncIterator[Update]:
        time.sleep(3600)  # noqa: ASYNC251 - what it is for
        yield Result(None, "too late")
