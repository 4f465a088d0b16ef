"""A channel layer that drops every other group message at random."""

import random
from typing import Any

from channels_redis.core import RedisChannelLayer


class LossyLayer(RedisChannelLayer):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._chance = random.Random(22)  # noqa: S311

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self._chance.random() < 0.5:
            await super().group_send(group, message)
