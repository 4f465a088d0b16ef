"""Runs a program under limits: `launch.py SECONDS BYTES PROGRAM ARGUMENT...`. A script of its own, standard library
alone: limits that are set before the program begins hold for all that it reads.
"""

import os
import resource
import sys
from contextlib import suppress


def main(seconds: int, memory: int, command: list[str]) -> None:
    for what, limit in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),  # it writes into a pipe and into no file
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # macOS keeps no limit of memory
            resource.setrlimit(what, (limit, limit))
    os.nice(10)  # what serves people goes first
    os.execv(command[0], command)  # noqa: S606 - the command is ours, and no shell reads it


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
