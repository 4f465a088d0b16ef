"""How far a reciting handler may go, told by a file: a test that leaves in mid-answer meets no clock but its own."""

import asyncio
from pathlib import Path
from typing import Any


class Prompter:
    def __init__(self, folder: Path) -> None:
        self._file = folder / "allowed"
        self._file.touch()

    @property
    def part(self) -> dict[str, Any]:
        """Of the message that is to be recited."""
        return {"type": "data", "data": {"prompter": str(self._file)}}

    @property
    def count(self) -> int:
        return self._file.stat().st_size

    def allow(self, count: int) -> None:
        """So many code points more."""
        with self._file.open("ab") as file:
            file.write(b"." * count)


async def wait_for(parts: tuple[dict[str, Any], ...], count: int) -> None:
    while (allowed(parts) or 0) < count:  # noqa: ASYNC110 - what it looks at tells nobody
        await asyncio.sleep(0.02)


def allowed(parts: tuple[dict[str, Any], ...]) -> int | None:
    """How many code points may be said by now; None: there is no prompter."""
    return Path(parts[0]["data"]["prompter"]).stat().st_size if parts else None
