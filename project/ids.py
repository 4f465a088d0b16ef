"""Primary keys: UUIDv7, so that rows sort by their making and indexes grow at one end."""

from datetime import datetime
from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    return compat.uuid7()


def first_at(moment: datetime) -> UUID:
    """The lowest id that could be made then: rows of lower ids were made before."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
