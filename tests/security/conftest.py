"""Somebody who has not signed in, and bob in other roles."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from security.models import Membership
from tests.people import Person


@pytest.fixture
def visitor(people: dict[str, Person]) -> APIClient:
    """Nobody yet: sends neither token nor cookie."""
    return APIClient(raise_request_exception=False)


@pytest.fixture
def bob_as(bob: Person) -> Callable[[str], Person]:
    """Bob, with the role named."""

    def become(role: str) -> Person:
        Membership.objects.filter(user=bob.user).update(role=role)
        return bob

    return become
