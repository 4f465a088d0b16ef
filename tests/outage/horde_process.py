"""Run as a module, by `horde.py`: the members in the first line of its input, then one line for each thing to do."""

import asyncio
import json
import random
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from tests.outage.member import Member, Place

AT_ONCE: Final = 250  # connections in the making: a client whose handshake waits for long would give up
HEAR_SECONDS: Final = 30.0


class Members:
    def __init__(self, members: list[Member]) -> None:
        self._members = members
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._retries = 0

    async def open(self, _: int) -> dict[str, Any]:
        self._retries = 0
        await asyncio.gather(*(self._open(member) for member in self._members))
        return {"retries": self._retries}

    async def _open(self, member: Member) -> None:
        while not member.follows:
            async with self._gate:
                with suppress(OSError, TimeoutError):
                    await member.connect()
            if not member.follows:
                member.reset()
                self._retries += 1
                await asyncio.sleep(random.uniform(0.1, 1))  # noqa: S311

    async def hear(self, count: int) -> dict[str, Any]:
        """`spread`: seconds between the first event that the first member heard and the last that the last one did."""
        async with asyncio.timeout(HEAR_SECONDS):
            for member in self._members:
                await member.heard(count)
        spread = max(member.last for member in self._members) - min(member.first for member in self._members)
        size = sum(member.forget() for member in self._members)
        return {"spread": spread, "bytes": size}

    async def abort(self, _: int) -> dict[str, Any]:
        for member in self._members:
            member.reset()
        return {}

    async def leave(self, _: int) -> dict[str, Any]:
        for member in self._members:
            member.close()
        return {}


async def main() -> None:
    members = Members([Member(Place(*place)) for place in json.loads(sys.stdin.readline())])
    words: dict[str, Callable[[int], Awaitable[dict[str, Any]]]] = {
        word: getattr(members, word) for word in ("open", "hear", "abort", "leave")
    }
    while line := await asyncio.to_thread(sys.stdin.readline):
        word, count = json.loads(line)
        began, worked = time.monotonic(), time.process_time()
        found = await words[word](count)
        figures = {"seconds": time.monotonic() - began, "worked": time.process_time() - worked}
        sys.stdout.write(json.dumps(found | figures) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main())
