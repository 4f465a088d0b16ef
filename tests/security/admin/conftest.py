"""Ada is staff here, and `browser` is hers: rows of users, with nobody signed in to the API."""

from typing import Any

import pytest

from security.models import User
from tests import admin_rows


@pytest.fixture
def ada(db: None) -> User:
    return admin_rows.staff("ada")


@pytest.fixture
def bob(db: None) -> User:
    return admin_rows.person("bob")


@pytest.fixture
def eve(db: None) -> User:
    return admin_rows.person("eve")


@pytest.fixture
def browser(client: Any, ada: User) -> Any:
    """Ada's, signed in."""
    client.force_login(ada)
    return client
