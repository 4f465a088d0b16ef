"""Types of events that only a test knows."""

from collections.abc import Iterator
from contextlib import contextmanager

from project import eventtypes


@contextmanager
def declared(*names: str) -> Iterator[None]:
    """Meanwhile they may be written, in any log and with any data."""
    for name in names:
        eventtypes.declare(name, "Only in a test.", {"type": "object"}, eventtypes.LOGS)
    try:
        yield
    finally:
        for name in names:
            eventtypes.REGISTRY.remove(name)
