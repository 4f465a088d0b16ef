"""One line of figures for each drill, printed and added to the file that DRILL_REPORT names."""

import os
import sys
from pathlib import Path

from tests.modes import MODE


def row(drill: str, **figures: object) -> None:
    """Units belong into the names: `delay_p99_s=0.12`."""
    line = f"{MODE:<10} {drill:<24} " + ", ".join(f"{name} {_short(value)}" for name, value in figures.items()) + "\n"
    sys.stdout.write(line)
    if os.environ.get("DRILL_REPORT"):
        with Path(os.environ["DRILL_REPORT"]).open("a", encoding="utf-8") as report:
            report.write(line)


def _short(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
