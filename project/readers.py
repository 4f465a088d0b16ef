"""Who reads. A row or a frame with `visible_to` is one reader's and staff's alone: one rule for every way out."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Q

STAFF: Final = "staff"


@dataclass(frozen=True)
class Reader:
    """`user`: the id of a user, as text; "" for nobody in particular."""

    user: str = ""
    staff: bool = False

    def sees(self, visible_to: str | None) -> bool:
        """None, not yet known, is seen by nobody."""
        return visible_to == "" or (visible_to is not None and (self.staff or visible_to == self.user))

    @property
    def rows(self) -> Q:
        """The condition on rows that have `visible_to`."""
        return Q() if self.staff else Q(visible_to__in=sorted({"", self.user}))


EVERYBODY: Final = Reader()  # sees what all see
