"""Two serving processes on one database: each turn of a periodic job runs in one of them, also when the other dies."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.databases import FOLDER
from tests.deployment import Deployment, deployed
from tests.live import eventually

pytestmark = pytest.mark.outage

EVERY = timedelta(seconds=2)  # of tests/clock_app/jobs.py
FILE = FOLDER / "turns.txt"


@pytest.fixture
def fresh() -> Iterator[Deployment]:
    FILE.unlink(missing_ok=True)
    with deployed("fleet", EXTRA_APPS="tests.clock_app", JOB_FILE=str(FILE)) as deployment:
        yield deployment


def test_each_turn_runs_once_and_goes_on_after_kill_9_of_one(fresh: Deployment) -> None:
    first, second = fresh.serve(), fresh.serve()
    eventually(lambda: len(turns(FILE)) >= 4)

    first.close()  # kill -9 of the server and of the supervisor that would restart it

    before = len(turns(FILE))
    eventually(lambda: len(turns(FILE)) >= before + 4)
    found = turns(FILE)
    dues = [due for _, due in found]
    assert len(set(dues)) == len(dues)
    assert {pid for pid, _ in found[before + 1 :]} == {second.process.pid}
    assert all(after > due and not (after - due) % EVERY for due, after in pairwise(dues))


def test_turns_missed_while_nothing_ran_are_made_up_once(fresh: Deployment) -> None:
    server = fresh.serve()
    eventually(lambda: turns(FILE))
    server.stop()
    last = turns(FILE)[-1][1]
    eventually(lambda: datetime.now(last.tzinfo) > last + 2 * EVERY)

    server.start()

    eventually(lambda: turns(FILE)[-1][1] > last)
    made_up = [due for _, due in turns(FILE) if due > last]
    assert made_up[0] > last + 2 * EVERY
    assert len(set(made_up)) == len(made_up)


def turns(file: Path) -> list[tuple[int, datetime]]:
    """The process and the next due time of each turn that ran."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [(int(pid), datetime.fromisoformat(due)) for pid, due in (line.split() for line in lines)]
