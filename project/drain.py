"""Whether this process is on its way out. Readiness shows it, so that balancers send nothing more."""

import threading
from typing import Final

_begun: Final = threading.Event()


def begin() -> None:
    _begun.set()


def begun() -> bool:
    return _begun.is_set()
