"""Rows that all tests of a file read: written once, before the tests, which roll back what each changes itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from project import cachelink
from tests import emptying


@contextmanager
def standing(blocker: Any) -> Iterator[None]:
    """What is written within stays until the end of it. For a fixture of a module, with pytest-django's blocker."""
    with blocker.unblock():
        try:
            yield
        finally:
            cachelink.close()  # its watch reads the database, which is closed to it after this
            emptying.empty(None)
            connection.close()
