"""Fixtures of tests that run a hub or a guard on a loop of their own."""

from typing import Any

import pytest


@pytest.fixture
def one_reader(settings: Any) -> None:
    """One thread reads, so that closing the pool closes its connection."""
    settings.POOL_THREADS = settings.POOL_THREADS | {"streams": 1}
