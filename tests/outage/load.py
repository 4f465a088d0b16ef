"""Good clients in numbers: senders that repeat until 202, followers that keep their cursor and come back."""

import asyncio
import random
import threading
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import httpx

from tests.live import PATIENCE, LivePerson, eventually
from tests.outage import following
from tests.outage.ledger import Accepted, Attempt, Ledger
from tests.outage.scale import pick

RETRIED: Final = (429, 503)
PAUSE: Final = 0.2


@dataclass(frozen=True)
class Plan:
    """`rate`: messages a second of all senders together. `kinds`: kind and text, one of them drawn for each message.
    `line`: a follower drops its line by itself after at most so many frames; 0: never.

    `timeout`: seconds after which a client takes a silent request or stream for dead. `patience`: how long the load,
    once told to stop, still tries to have its last messages accepted, and to see everything answered.
    """

    senders: int = 4
    conversations: int = 8
    followers: int = 8
    rate: float = 20.0
    kinds: tuple[tuple[str, str], ...] = (("test.echo", "hello"),)
    line: int = 0
    seed: int = 22
    timeout: float = 20.0
    patience: float = pick(60.0, 2 * PATIENCE)


class Load:
    """Within its context messages are sent and followed, through every one of `urls` in turn.

    Leaving it stops the senders, waits until all that was accepted has been seen answered, and closes the followers.
    What then lacks is left to `verify()` to say.
    """

    def __init__(self, urls: Sequence[str], plan: Plan | None = None, username: str = "ada") -> None:
        self.urls, self.plan, self.ledger = list(urls), plan or Plan(), Ledger()
        self.person = LivePerson(self.urls[0], username)
        self.conversations = [self.person.conversation() for _ in range(self.plan.conversations)]
        self._chance = random.Random(self.plan.seed)  # noqa: S311
        self._said = 0
        self._sending = True
        self._tasks: list[asyncio.Task[None]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="load", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._begin())
        return self

    def say(self, text: str, kind: str = "test.echo", conversation: str | None = None) -> None:
        """One message more, repeated until it is accepted; in the first conversation unless told."""
        key, self._said = f"said-{self._said}", self._said + 1
        body = {"kind": kind, "text": text}
        self._call(self._send_until_accepted(conversation or self.conversations[0], key, body, self._chance))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            if kind is None:
                self._call(self._stop_sending())
                self._wait_for_answers()
        finally:
            self._call(self._end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()
            self.person.http.close()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(self.plan.patience + self.plan.timeout + 30)

    async def _begin(self) -> None:
        headers = {"Authorization": self.person.http.headers["Authorization"]}
        self._clients = [
            httpx.AsyncClient(base_url=url, headers=headers, timeout=self.plan.timeout, limits=httpx.Limits())
            for url in self.urls
        ]
        for number in range(self.plan.followers):
            conversation = self.conversations[number % len(self.conversations)]
            chance = random.Random(f"{self.plan.seed} follower {number}")  # noqa: S311
            follower = following.Follower(
                f"follower {number}", conversation, self.ledger, chance, self.plan.timeout, self.plan.line
            )
            self.ledger.follow(follower.name, conversation)
            column = number % len(self.conversations) + number // len(self.conversations)
            door = (following.over_sse, following.over_websocket)[column % 2]
            first = number // 2 % len(self.urls)
            self._keep(following.keep(follower, door, self._clients[first:] + self._clients[:first]))
        self._senders = [self._keep(self._send(number)) for number in range(self.plan.senders)]

    def _keep(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = self._loop.create_task(work)
        self._tasks.append(task)
        return task

    async def _stop_sending(self) -> None:
        self._sending = False
        if self._senders:
            _, late = await asyncio.wait(self._senders, timeout=self.plan.patience)
            for _ in late:
                self.ledger.fail("a message was not accepted however often it was repeated")

    def _wait_for_answers(self) -> None:
        try:
            eventually(lambda: following.caught_up(self.ledger) or self._broken(), self.plan.patience)
        except AssertionError:
            self.ledger.fail(f"not every follower saw every run end within {self.plan.patience} s")

    async def _end(self) -> None:
        for error in self._broken():
            self.ledger.fail(f"a client of the load broke: {error!r}")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for client in self._clients:
            await client.aclose()

    def _broken(self) -> list[BaseException]:
        over = [task for task in self._tasks if task.done() and not task.cancelled()]
        return [error for task in over if (error := task.exception())]

    async def _send(self, sender: int) -> None:
        chance = random.Random(f"{self.plan.seed} {sender}")  # noqa: S311
        number = 0
        while self._sending:
            kind, text = chance.choice(self.plan.kinds)
            body = {"kind": kind, "text": text}
            await self._send_until_accepted(chance.choice(self.conversations), f"s{sender}-{number}", body, chance)
            number += 1
            await asyncio.sleep(chance.uniform(0.5, 1.5) * self.plan.senders / self.plan.rate)

    async def _send_until_accepted(
        self, conversation: str, key: str, body: dict[str, str], chance: random.Random
    ) -> None:
        while True:
            client = chance.choice(self._clients)
            answer = await self._post(client, conversation, key, body)
            if answer is not None and answer.status_code == httpx.codes.ACCEPTED:
                self.ledger.add(Accepted.of(conversation, key, answer))
                return
            if answer is not None and answer.status_code not in RETRIED:
                self.ledger.fail(f"{key} was answered {answer.status_code}: {answer.text[:500]}")
                return
            await asyncio.sleep(PAUSE * chance.uniform(0.5, 1.5))

    async def _post(
        self, client: httpx.AsyncClient, conversation: str, key: str, body: dict[str, str]
    ) -> httpx.Response | None:
        began, at, status = time.monotonic(), time.time(), ""
        answer = None
        try:
            path = f"/api/v1/conversations/{conversation}/messages/"
            answer = await client.post(path, json=body, headers={"Idempotency-Key": key})
        except httpx.HTTPError as error:
            status = type(error).__name__
        self.ledger.add(
            Attempt(conversation, key, at, time.monotonic() - began, answer.status_code if answer else status)
        )
        return answer
