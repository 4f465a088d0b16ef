"""The demo of production tells its story to the end and leaves nothing behind."""

import os
import subprocess
import sys

import psutil
import pytest

from tests.databases import ROOT
from tests.modes import PRODUCTION
from tests.outage.scale import FULL


@pytest.mark.drill
@pytest.mark.timeout(300)
@pytest.mark.skipif(not PRODUCTION or not FULL, reason="it starts production itself: once, in make drill")
def test_production_demo_kills_one_of_each_and_the_next_message_is_answered() -> None:
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    before = _servers()

    done = subprocess.run(
        [sys.executable, "-m", "tests.demo"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "kill -9" in done.stdout
    assert "There are 6 messages before this one." in done.stdout.partition("kill -9")[2]
    assert done.stdout.endswith("without a gap. Every message was answered once.\nStopped.\n")
    assert done.stderr == ""
    assert _servers() - before == set()


def _servers() -> set[int]:
    """Processes of this checkout that outlived who started them."""
    found = psutil.process_iter(["pid", "ppid", "cmdline"])
    return {p.info["pid"] for p in found if p.info["ppid"] == 1 and "manage.py" in (p.info["cmdline"] or [])}
