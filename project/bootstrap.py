"""Makes `.venv` from the locked requirements: `python3 project/bootstrap.py requirements.txt [requirements-dev.txt]`.

Runs before anything is installed, on whatever Python there is: standard library only, and Python 3.6 must parse it.
"""

import errno
import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MINIMUM = (3, 11)
MEGABYTE = 1024 * 1024
NEEDED = {"requirements.txt": 400, "requirements-dev.txt": 700}  # megabytes at the peak of an install, wheels included
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
DATA_SPACE = 20  # megabytes
ALMOST_NOTHING = 5  # megabytes
TAIL = 15

FULL = "The disk is full. Free some space (or point TMPDIR at a larger disk) and run the same command again."
NETWORK = "The package index could not be reached. Check the network or proxy and run the same command again."
CAUSES = (
    ("No space left on device", FULL),
    ("Disk quota exceeded", FULL),
    (
        "DO NOT MATCH THE HASHES",
        "A downloaded file is not the one that was locked; check the mirror or proxy it came from.",
    ),
    ("Failed to establish a new connection", NETWORK),
    ("ReadTimeoutError", NETWORK),
    ("ConnectTimeoutError", NETWORK),
    ("ProxyError", NETWORK),
    ("SSLError", "The package index was not trusted: its TLS certificate did not verify."),
    ("(from versions: none)", f"{NETWORK} If it can: it has no wheel of that package for this machine and Python."),
    ("No matching distribution found", "The index has no wheel of that package for this machine and Python version."),
    ("Not a directory", "Something that is no directory stands where .venv belongs; move it away."),
    ("Permission denied", "Part of .venv belongs to another user (made with sudo?). Delete it and run this again."),
)


class Refused(Exception):
    """Why the environment cannot be made, in words for the person at the terminal."""


def main(names: "list[str]") -> int:
    try:
        ensure([ROOT / name for name in names])
    except Refused as refusal:
        return _fail(str(refusal), 1)
    except OSError as error:
        return _fail(FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else str(error), 1)
    except KeyboardInterrupt:
        return _fail("Interrupted. The next run clears what is half done and starts again.", 130)
    return 0


def ensure(files: "list[Path]") -> None:
    """Leave behind a `.venv` that holds what the files lock, or raise Refused."""
    _check_python()
    _check_data_space()
    wanted = _fingerprint(files)
    if _installed(wanted):
        return
    _wait_for_turn()
    if _installed(wanted):
        return
    _check_parts()
    _check_space(files)
    _prepare()
    _install(files)
    STAMP.write_text(json.dumps(wanted))
    _say("Ready.")


def _check_python() -> None:
    if sys.version_info[:2] < MINIMUM:
        raise Refused(
            f"Switchboard needs Python {MINIMUM[0]}.{MINIMUM[1]} or newer, "
            f"and {sys.executable} is {platform.python_version()}. Install a newer one (Debian, Ubuntu: "
            "apt install python3.11 python3.11-venv; elsewhere: python.org/downloads) and run, for example: "
            "make run PYTHON=python3.11"
        )


def _fingerprint(files: "list[Path]") -> "dict[str, str]":
    found = {"python": platform.python_version(), "place": str(VENV)}
    for file in files:
        found[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def _installed(wanted: "dict[str, str]") -> bool:
    """The stamp may hold more than is wanted: the development set serves `make run` as well."""
    return (VENV / "bin" / "python").exists() and wanted.items() <= _stamp().items()


def _stamp() -> "dict[str, str]":
    try:
        return dict(json.loads(STAMP.read_text()))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}


def _wait_for_turn() -> None:
    """A second `make` waits for the first instead of clearing the environment under it. Held until the process ends."""
    root = os.open(str(ROOT), os.O_RDONLY)
    os.set_inheritable(root, True)  # pip holds it too, and keeps it should we be killed first
    try:
        fcntl.flock(root, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _say("Another make is installing into .venv; waiting for it.")
        fcntl.flock(root, fcntl.LOCK_EX)


def _check_parts() -> None:
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise Refused(
                f"This Python has no {module} module, so it cannot make .venv. "
                "Debian, Ubuntu: apt install python3-venv, then run the same command again."
            )


def _check_space(files: "list[Path]") -> None:
    needed = sum(NEEDED.get(file.name, 0) for file in files)
    place, free = _tightest()
    if free < needed:
        raise Refused(f"{place} has {free} MB free and the install needs {needed} MB. Free some space and try again.")


def _check_data_space() -> None:
    """On each run: a database on a full disk fails in ways that say less."""
    place = Path(os.environ.get("VAR_DIR") or str(ROOT / "var")).resolve()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(str(place)).free // MEGABYTE
    if free < DATA_SPACE:
        raise Refused(
            f"{place} has {free} MB free, and Switchboard keeps its data there. "
            f"Free at least {DATA_SPACE} MB (or set VAR_DIR to another place) and run the same command again."
        )


def _tightest() -> "tuple[Path, int]":
    """The fuller one, with its free megabytes, of the two places that an install writes to."""
    places = (ROOT, Path(tempfile.gettempdir()))
    return min(((place, shutil.disk_usage(str(place)).free // MEGABYTE) for place in places), key=lambda pair: pair[1])


def _prepare() -> None:
    """Keep an environment that was once complete; anything else is rebuilt, for pip may have died in mid-file."""
    stamp = _stamp()
    if stamp.get("python") == platform.python_version() and stamp.get("place") == str(VENV):
        STAMP.unlink()
        return
    _say("Rebuilding .venv: it is unfinished, or made by another Python." if VENV.exists() else "Making .venv.")
    _run([sys.executable, "-I", "-m", "venv", "--clear", str(VENV)])


def _install(files: "list[Path]") -> None:
    _say("Installing {} (about a minute the first time).".format(" and ".join(file.name for file in files)))
    command = [str(VENV / "bin" / "python"), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # The locks name everything. A pip as old as Debian's, left to look for more, takes the newest release of what is
    # asked for with extras, finds it not locked, and gives up: an install would fail with each release of psycopg.
    command += ["--only-binary", ":all:", "--require-hashes", "--no-deps"]
    for file in files:
        command += ["--requirement", str(file)]
    _run(command)


def _run(command: "list[str]") -> None:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, close_fds=False, check=False
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-TAIL:])
        raise Refused(f"{tail}\n\n{_cause(done.stdout)}")


def _cause(output: str) -> str:
    if _tightest()[1] < ALMOST_NOTHING:
        return FULL  # the venv module hides the words of the pip it runs
    for sign, sentence in CAUSES:
        if sign in output:
            return sentence
    return "The install did not finish; the lines above say why. Run the same command to try again."


def _say(line: str) -> None:
    print(line, flush=True)


def _fail(reason: str, code: int) -> int:
    print(reason, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
