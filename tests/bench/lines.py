"""A module run as a process of its own, talked with in lines of JSON."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.databases import ROOT


class Lines:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin
        assert process.stdout
        self._input, self._output = process.stdin, process.stdout

    def send(self, what: Any) -> None:
        self._input.write(json.dumps(what) + "\n")
        self._input.flush()

    def read(self) -> Any:
        line = self._output.readline()
        assert line, "the process has ended"
        return json.loads(line)


@contextmanager
def running(module: str) -> Iterator[Lines]:
    command = [sys.executable, "-m", module]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Lines(process)
        finally:
            process.kill()
