"""What a process remembers of sockets and of who types is bounded, and gone with them."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from dispatch.seats import Seats, TooManySockets
from dispatch.typists import MOST, Lately


def test_seats_are_given_back_and_nothing_is_kept_of_who_left() -> None:
    seats, user = Seats(), uuid4()

    for _ in range(3):
        with seats.taken(user), seats.taken(user):
            pass

    assert seats._taken == {}


def test_refused_seat_takes_none(settings: Any) -> None:
    settings.SOCKETS_PER_USER = 1
    seats, user = Seats(), uuid4()

    with seats.taken(user), pytest.raises(TooManySockets), seats.taken(user):
        pass
    with seats.taken(user):
        pass

    assert seats._taken == {}


def test_who_typed_lately_is_remembered_of_so_many() -> None:
    lately = Lately()
    places = [(UUID(int=number), None, UUID(int=1)) for number in range(2 * MOST)]

    for place in places:
        lately.add(place)

    assert len(lately._at) <= MOST
    assert places[-1] in lately
    assert places[0] not in lately
