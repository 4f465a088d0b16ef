"""What `make` says before anything is installed."""

import os
import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deployment import ROOT


def bootstrap(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "project/bootstrap.py", "requirements.txt"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small disk")
def test_full_disk_is_said_in_plain_words(tmp_path: Path) -> None:
    if subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(tmp_path)], check=False).returncode:
        pytest.skip("may not mount here")
    try:
        said = bootstrap(VAR_DIR=str(tmp_path / "var"))
    finally:
        subprocess.run(["/bin/umount", str(tmp_path)], check=True)

    assert said.returncode == 1
    assert "MB free" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("locks", [["requirements.txt"], ["requirements.txt", "requirements-dev.txt"]])
def test_lock_holds_what_the_python_of_debian_12_needs(locks: list[str]) -> None:
    oldest = {"python_version": "3.11", "python_full_version": "3.11.2", "extra": ""}
    pinned = {name for lock in locks for name in re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text(), re.MULTILINE)}
    wanted = [Requirement(text) for name in sorted(pinned) for text in requires(name) or []]

    needed = {canonicalize_name(each.name) for each in wanted if each.marker is None or each.marker.evaluate(oldest)}

    assert needed - {canonicalize_name(name) for name in pinned} == set()
