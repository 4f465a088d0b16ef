"""Fixtures that several test files share."""

from typing import Any

import pytest

from security.models import User
from tests.people import Person


@pytest.fixture
def one_reader(settings: Any) -> None:
    """One thread reads, so that closing the pool closes its connection."""
    settings.POOL_THREADS = settings.POOL_THREADS | {"streams": 1}


@pytest.fixture
def plain_ada(ada: Person) -> Person:
    """ada as the owner of the workspace, and not of the staff."""
    User.objects.filter(id=ada.user.id).update(is_staff=False, is_superuser=False)
    ada.user.refresh_from_db()
    return ada
