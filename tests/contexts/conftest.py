"""Fixtures that several test files share."""

import pytest

from security.models import User


@pytest.fixture
def plain_ada(ada):
    """ada as the owner of the workspace, and not of the staff."""
    User.objects.filter(id=ada.user.id).update(is_staff=False, is_superuser=False)
    ada.user.refresh_from_db()
    return ada
