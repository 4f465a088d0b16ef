"""The server of `plain.py`, in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.deployment import ROOT


class Plain:
    def __init__(self, process: "subprocess.Popen[str]", frame: str) -> None:
        assert process.stdin
        assert process.stdout
        self._input, self._frame = process.stdin, frame
        self.port = int(process.stdout.readline())

    def publish(self, count: int) -> None:
        self._input.write(json.dumps([count, self._frame]) + "\n")
        self._input.flush()


@contextmanager
def plain(frame: str) -> Iterator[Plain]:
    command = [sys.executable, "-m", "tests.bench.plain"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Plain(process, frame)
        finally:
            process.kill()
