"""Staff rights are read when they are asked for: who asks may have been read long ago."""

import pytest

from project.errors import NotFound
from security import access
from security.models import User
from tests.people import Person


def test_staff_are_let_through_and_others_learn_nothing(ada: Person, bob: Person) -> None:
    access.require_staff(ada.user)

    with pytest.raises(NotFound):
        access.require_staff(bob.user)


@pytest.mark.parametrize("lost", [{"is_staff": False}, {"is_active": False}])
def test_rights_that_were_taken_away_meanwhile_count_no_more(ada: Person, lost: dict[str, bool]) -> None:
    User.objects.filter(id=ada.user.id).update(**lost)

    with pytest.raises(NotFound):
        access.require_staff(ada.user)
