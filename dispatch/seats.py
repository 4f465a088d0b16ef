"""How many sockets each user has open on this process. One too many is refused, the others stay."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.conf import settings

from project.errors import TooMany


class TooManySockets(TooMany):
    code = "too_many_sockets"
    title = "A user has a limited number of sockets"


class Seats:
    def __init__(self) -> None:
        self._taken: Counter[UUID] = Counter()

    @contextmanager
    def taken(self, user: UUID) -> Iterator[None]:
        """Meanwhile one more socket of the user's is open.

        :raises TooManySockets: naming the limit.
        """
        limit = settings.SOCKETS_PER_USER
        if self._taken[user] >= limit:
            raise TooManySockets(f"You have {limit} sockets open, as many as a user may have; close one first.")
        self._taken[user] += 1
        try:
            yield
        finally:
            self._taken[user] -= 1
            if not self._taken[user]:
                del self._taken[user]
