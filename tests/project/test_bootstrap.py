"""What `make` says before anything is installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
