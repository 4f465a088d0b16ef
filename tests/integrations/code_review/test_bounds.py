"""Code that would harm whoever ran it, or whoever reads it without bounds."""

import asyncio
import socket
import subprocess
import sys
import textwrap
from contextlib import suppress

import psutil
import pytest

from integrations.code_review import processes
from integrations.code_review.expert import CodeReview
from integrations.code_review.tools import PYTHON
from tests.integrations.code_review.reviewed import file, found, review, task
from tests.modes import once

pytestmark = once

SLOW = "echo $x\n" * 4000  # some seconds for ShellCheck


@pytest.fixture
def traps(tmp_path):
    """Code that leaves a trace when it is run, by name, and whether there is one."""
    marker = tmp_path / "trace"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        python = f"""
            import os, socket
            open({str(marker)!r}, "w").write("x")
            socket.create_connection(("127.0.0.1", {port}))
            raise SystemExit(1)
        """
        shell = f"#!/bin/bash\ntouch '{marker}'\necho x > /dev/tcp/127.0.0.1/{port}\n"
        script = f'require("fs").writeFileSync("{marker}", "x");\nfetch("http://127.0.0.1:{port}/");\n'

        def traced() -> set[str]:
            seen = {"file"} if marker.exists() else set()
            with suppress(BlockingIOError):
                listener.accept()[0].close()
                seen.add("connection")
            return seen

        yield {"trap.py": textwrap.dedent(python), "trap.sh": shell, "trap.js": script}, traced


def test_traps_work(traps):
    codes, traced = traps

    subprocess.run([sys.executable, "-c", codes["trap.py"]], check=False)

    assert traced() == {"file", "connection"}


def test_code_is_never_run(traps):
    codes, traced = traps
    more = {
        "bomb.py": "import os\nwhile True:\n    os.fork()\n",
        "bomb.sh": ":(){ :|:& };:\n",
        "coded.py": f"# -*- coding: utf-7 -*-\n{codes['trap.py']}",
        "decorated.py": "@__import__('os').abort\ndef f(): ...\n",
        "alias.yaml": "a: &a [x]\nb: &b [*a, *a]\n" + "".join(f"c{n}: &c{n} [*b, *b]\n" for n in range(50)),
        "tag.yaml": "!!python/object/apply:os.system ['touch /tmp/x']\n",
    }

    output = review({"files": [{"name": name, "text": text} for name, text in {**codes, **more}.items()]}).output

    assert traced() == set()
    assert [one["file"] for one in output["files"] if one["analysers"]] == [*codes, *more]
    assert children() == []


def test_program_that_reads_code_can_write_no_file(tmp_path):
    target = tmp_path / "file"
    code = f"open({str(target)!r}, 'w').write('x' * 10)"

    asyncio.run(processes.run([*PYTHON, "-c", code], b"", 20))

    assert target.read_text() == ""


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("print('x' * 10_000_000)", "said more than is read"),
        ("import os; os.kill(os.getpid(), 6)", "broke off (exit code -6)"),
        ("import sys; sys.stdin.close(); print(1)", ""),
    ],
)
def test_output_and_crashes_are_the_programs_own(code, fault):
    ran = asyncio.run(processes.run([*PYTHON, "-c", code], b"x" * 1_000_000, 20))

    assert (ran.fault, len(ran.out) <= processes.OUTPUT) == (fault, True)
    assert children() == []


def test_memory_is_bounded():
    code = "try: bytearray(1024 * 1024 * 1024)\nexcept MemoryError: print('bounded')"

    assert asyncio.run(processes.run([*PYTHON, "-c", code], b"", 20)).out == b"bounded\n"


def test_processor_time_is_bounded():
    command = [sys.executable, processes.LAUNCH, "1", str(processes.MEMORY), sys.executable, "-c", "while True: pass"]

    assert subprocess.run(command, check=False).returncode < 0


def test_program_that_does_not_end_is_ended():
    ran = asyncio.run(processes.run([*PYTHON, "-c", "import time; print(1, flush=True); time.sleep(60)"], b"", 0.5))

    assert (ran.late, ran.fault) == (True, "did not end in time")
    assert children() == []


def test_canceled_review_leaves_no_process():
    async def canceled() -> list[psutil.Process]:
        said = CodeReview().start(task(file(SLOW, "a.sh")))
        await anext(said)
        reading = asyncio.ensure_future(anext(said))
        while [child.name() for child in children()] != ["shellcheck"]:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        await said.aclose()
        return children()  # here: the end of a loop would end them too

    assert asyncio.run(canceled()) == []


def test_review_whose_time_is_over_tells_what_it_has_not_seen():
    output = review(file("x = 1", "a.py"), seconds=2).output

    assert output["notes"] == [
        "a.py: the time was over before ruff has seen it.",
        "a.py: the time was over before bandit has seen it.",
    ]
    assert output["files"][0]["analysers"] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "x = a" + "[0]" * 30_000),
        ("a.js", "x = " + "(" * 50_000),
        ("b.js", "a" + ".b()" * 20_000),
        ("a.go", "package a\nvar x = " + "(" * 50_000),
        ("a.json", "[" * 100_000),
        ("a.yaml", "[" * 50_000),
        ("a.toml", "a = " + "[" * 50_000),
    ],
)
def test_deep_nesting_ends_in_a_finding_or_in_a_word_on_what_was_not_done(name, text):
    output = review(file(text, name)).output

    assert output["findings"] or output["notes"] or name == "b.js"


def test_file_that_is_too_long_is_not_read():
    output = review(file("x = 1\n" * 40_000, "a.py")).output

    assert output["notes"] == ["a.py was not reviewed: it has more than 200000 characters."]


def test_hundred_thousand_characters_are_read():
    assert (9_000, "B307") in found("x = 1000\n" * 8_999 + "eval(input())\n", "a.py")


def children() -> list[psutil.Process]:
    """Without what other tests of this process have forked servers from."""
    found = psutil.Process().children(recursive=True)
    return [child for child in found if "tests.forge" not in child.cmdline()]
