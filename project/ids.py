"""Primary keys: UUIDv7, so that rows sort by their making and indexes grow at one end."""

from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    return compat.uuid7()
