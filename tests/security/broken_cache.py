"""A cache that fails whoever asks it anything."""

from typing import Any, NoReturn

from django.core.cache.backends.base import BaseCache


class BrokenCache(BaseCache):
    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(self, *arguments: Any, **options: Any) -> NoReturn:
        raise ConnectionError("the cache is away")

    get = set = touch = delete = incr = clear = add
