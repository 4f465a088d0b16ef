"""Unfinished answers: their text is in the cache at once, in the row within a second. The cache may be away."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.core.cache import cache

from dispatch.models import Run

KEPT_SECONDS: Final = 120


def keep(run: UUID, attempt: int, text: str) -> None:
    cache.set(_key(run, attempt), text, KEPT_SECONDS)


def filled(running: Iterable[Run]) -> list[Run]:
    """The same runs, each with the longest text that is known of its present attempt as `partial`."""
    runs = list(running)
    cached = cache.get_many([_key(run.id, run.attempt) for run in runs]) if runs else {}
    for run in runs:
        saved = run.partial if run.partial_attempt == run.attempt else ""
        run.partial = max(saved, cached.get(_key(run.id, run.attempt)) or "", key=len)
        run.partial_attempt = run.attempt
    return runs


def _key(run: UUID, attempt: int) -> str:
    return f"partial:{run.hex}:{attempt}"
