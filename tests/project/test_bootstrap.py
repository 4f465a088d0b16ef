"""What `make` says before anything is installed."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.databases import ROOT
from tests.modes import once

pytestmark = once


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
    """All of it, extras too: it is installed without a look for more."""
    text = "\n".join((ROOT / lock).read_text() for lock in locks)
    pinned = {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] + (project["optional-dependencies"]["dev"] if len(locks) > 1 else [])
    wanted = [Requirement(each) for each in asked]
    needed: set[str] = set()
    for requirement in wanted:  # grows as it is gone through
        needed.add(canonicalize_name(requirement.name))
        wanted += [each for each in below(requirement) if str(each) not in map(str, wanted)]

    assert needed - pinned == set()


def below(requirement: Requirement) -> list[Requirement]:
    """What a distribution needs on the oldest Python, with the extras that are asked for."""
    oldest = {"python_version": "3.11", "python_full_version": "3.11.2"}
    environments = [{**oldest, "extra": extra} for extra in {"", *requirement.extras}]
    found = [Requirement(text) for text in requires(requirement.name) or []]
    return [each for each in found if each.marker is None or any(map(each.marker.evaluate, environments))]
