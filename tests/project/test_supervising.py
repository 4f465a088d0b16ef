"""What forks, and what it may hold: signals around a fork, the child's state, the supervisor's."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from tests.databases import ROOT
from tests.deployment import deployed
from tests.live import PATIENCE, eventually
from tests.modes import once

pytestmark = once

PROGRAM = """
import os, signal, sys, time
from project.ids import new_id
from project.supervising import Supervisor
{before}
def work():
    {work}
sys.exit(Supervisor("work", work).run())
"""


def supervised(work: str, before: str = "") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(work=work, before=before)],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "project.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("moment", ["before", "after_in_parent", "after_in_child"])
def test_signal_around_a_fork_reaches_the_child(moment: str, number: signal.Signals) -> None:
    supervisor = "os.getppid()" if moment == "after_in_child" else "os.getpid()"
    hook = f"os.register_at_fork({moment}=lambda: os.kill({supervisor}, signal.{number.name}))"

    program = supervised("time.sleep(100)", before=hook)
    said, complaints = program.communicate(timeout=PATIENCE)

    assert (program.returncode, said, complaints) == (0, "", "")


def test_no_two_children_draw_the_same_ids() -> None:
    program = supervised("print(new_id().hex[-16:], flush=True); return 1", before="new_id()")
    assert program.stdout is not None

    drawn = [program.stdout.readline() for _ in range(3)]
    program.send_signal(signal.SIGTERM)
    program.communicate(timeout=PATIENCE)

    assert len(set(drawn)) == 3


def test_what_is_printed_before_a_fork_is_printed_once_and_a_failure_is_shown() -> None:
    program = supervised("1 / 0", before="print('begun')")
    assert program.stderr is not None

    complaints = ""
    while complaints.count("it is restarted") < 2:
        complaints += program.stderr.readline()
    program.send_signal(signal.SIGTERM)
    said, _ = program.communicate(timeout=PATIENCE)

    assert said == "begun\n"
    assert complaints.count("ZeroDivisionError") == 2
    assert complaints.count("work ended with status 1; it is restarted.") == 2


@pytest.mark.parametrize("leave", ["os._exit(0)", "sys.exit(0)"])
def test_foreign_code_that_leaves_the_process_does_not_end_the_supervisor(leave: str) -> None:
    program = supervised(leave)
    assert program.stderr is not None

    complaints = [program.stderr.readline() for _ in range(2)]
    program.send_signal(signal.SIGTERM)
    program.communicate(timeout=PATIENCE)

    assert complaints == ["work ended with status 0; it is restarted.\n"] * 2


def test_work_that_returns_ends_the_supervisor() -> None:
    program = supervised("return 0")

    assert program.communicate(timeout=PATIENCE) == ("", "")
    assert program.returncode == 0


def test_stopped_child_is_not_taken_for_a_dead_one() -> None:
    program = supervised("print(os.getpid(), flush=True); time.sleep(100)")
    assert program.stdout is not None
    child = psutil.Process(int(program.stdout.readline()))

    child.suspend()
    eventually(lambda: child.status() == psutil.STATUS_STOPPED)
    child.resume()
    program.send_signal(signal.SIGTERM)

    assert program.communicate(timeout=PATIENCE) == ("", "")
    assert program.returncode == 0


def test_supervisor_holds_nothing_that_two_processes_cannot_share() -> None:
    with deployed("held") as deployment:
        server = deployment.serve()
        server.kill()
        server.wait()

        connections = server.supervisor.net_connections(kind="all")
        files = [file.path for file in server.supervisor.open_files() if "sqlite" in file.path]

        assert server.supervisor.num_threads() == 1
        assert [one.status for one in connections if one.status != psutil.CONN_NONE] == [psutil.CONN_LISTEN]
        assert files == []


def test_child_whose_supervisor_died_before_it_could_look_is_an_orphan() -> None:
    die = "os.kill(os.getppid(), signal.SIGKILL)"
    wait = "[time.sleep(0.01) for _ in range(6000) if os.getppid() == parent]"
    look = f"parent = os.getppid(); print(orphaned()); {die}; {wait}; print(orphaned(), flush=True)"
    program = supervised(look, before="from project.supervising import orphaned")

    said, _ = program.communicate(timeout=PATIENCE)

    assert said == "False\nTrue\n"
