"""When a message is of no use any more: `expires_at` of its metadata, a time with its zone."""

from datetime import UTC, datetime
from typing import Any, Final

LONGEST: Final = 40  # characters of a time


def ends(metadata: dict[str, Any]) -> datetime | None:
    """None for metadata that names no such time."""
    said = metadata.get("expires_at")
    try:
        time = datetime.fromisoformat(said) if isinstance(said, str) and len(said) <= LONGEST else None
        return time.astimezone(UTC) if time is not None and time.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
