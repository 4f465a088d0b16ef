"""Programs that read code: a process group of their own, bounded in time, memory and output, and never left behind."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LAUNCH: Final = str(Path(__file__).with_name("launch.py"))
PROCESSOR_SECONDS: Final = 10
MEMORY: Final = 512 * 1024 * 1024
FOUND: Final = 1  # the exit code of a linter that has found something
OUTPUT: Final = 2 * 1024 * 1024
CHUNK: Final = 65_536
ENVIRONMENT: Final = {
    "LC_ALL": "C.UTF-8",
    "HOME": os.devnull,  # nothing is kept there, and no settings are found there
    "XDG_CACHE_HOME": os.devnull,
    "RAYON_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class Ran:
    """What a program wrote, and how it ended. `cut`: it wrote more. `late`: it did not end in time."""

    out: bytes
    code: int | None = None
    cut: bool = False
    late: bool = False

    @property
    def fault(self) -> str:
        """Why its output is not all that it had to say; "" when it is."""
        if self.late:
            return "did not end in time"
        if self.cut:
            return "said more than is read"
        if self.code == -signal.SIGXCPU or self.code == -signal.SIGKILL:
            return "took more processor time than it may"
        return "" if self.code in (0, FOUND) else f"broke off (exit code {self.code})"


async def run(command: list[str], given: bytes, seconds: float) -> Ran:
    """Give a program its input and take its output. However this ends, the program has ended too."""
    limits = [str(PROCESSOR_SECONDS), str(MEMORY)]
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-B", LAUNCH, *limits, *command),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd="/",
        env=ENVIRONMENT,
        start_new_session=True,
    )
    out = bytearray()
    late = False
    try:
        async with asyncio.timeout(seconds):
            await _talk(started, given, out)
    except TimeoutError:
        late = True
    finally:
        await _end(started)
    return Ran(bytes(out[:OUTPUT]), started.returncode, len(out) > OUTPUT, late)


async def _talk(started: Process, given: bytes, out: bytearray) -> None:
    feeding = asyncio.ensure_future(_feed(started, given))
    try:
        while len(out) <= OUTPUT and (chunk := await _pipe(started).read(CHUNK)):
            out += chunk
        if len(out) <= OUTPUT:
            await started.wait()
    finally:
        feeding.cancel()
        await asyncio.wait({feeding})


async def _feed(started: Process, given: bytes) -> None:
    assert started.stdin is not None  # noqa: S101 - it was asked for
    with suppress(OSError):  # it ended before it had read all
        started.stdin.write(given)
        await started.stdin.drain()
    started.stdin.close()


async def _end(started: Process) -> None:
    if started.returncode is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
    while await _pipe(started).read(CHUNK):  # with output unread its end is not seen
        pass
    await started.wait()


def _pipe(started: Process) -> asyncio.StreamReader:
    assert started.stdout is not None  # noqa: S101 - it was asked for
    return started.stdout
