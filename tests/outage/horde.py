"""Thousands of clients in a process of their own, so that they neither slow down nor are slowed down by a test."""

import json
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from tests.databases import ROOT
from tests.deployment import Deployment
from tests.outage.member import Place


class Horde:
    """Its members do together what they are told, and nothing else."""

    def __init__(self, places: list[Place]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.outage.horde_process"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._send(places)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()

    def tell(self, word: str, count: int = 0) -> dict[str, Any]:
        """`open` and wait until each follows; `hear` `count` events more each; `abort`; `leave`. Returns figures."""
        self._send([word, count])
        answer = self._output.readline()
        assert answer, "the horde is gone"
        told: dict[str, Any] = json.loads(answer)
        return told

    @property
    def _output(self) -> Any:
        return self._process.stdout

    def _send(self, what: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()


def tokens(deployment: Deployment, people: int) -> list[str]:
    """Of so many new people who may read what ada may."""
    command = [sys.executable, "-m", "tests.outage.people", str(people)]
    done = subprocess.run(command, cwd=ROOT, env=deployment.environment, check=True, stdout=subprocess.PIPE)
    found: list[str] = json.loads(done.stdout)
    return found
