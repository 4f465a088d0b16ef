"""Handlers that a test makes up, for messages of a kind of their own; and a far side, to which this process may go."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contexts.context import Context, MessageView
from dispatch import handlers
from dispatch.handlers import Reply
from dispatch.turns import Turn
from tests.experts_app.far_side import FarSide, far_side

Play = Callable[[Turn], Any]


@pytest.fixture
def playing() -> Iterator[Callable[..., None]]:
    """`playing(play)`: messages of kind `test.playing` are answered by what `play(turn)` returns; `sync=False`: on the
    loop. `more`: what else is registered of it. Said again, another `play` takes the place.
    """
    names: set[str] = set()

    def play(act: Play, name: str = "playing_test", sync: bool = True, **more: Any) -> None:
        def answer(message: MessageView, context: Context, turn: Turn) -> Reply | None:
            text = act(turn)
            return None if text is None else Reply(text)

        async def answer_on_the_loop(message: MessageView, context: Context, turn: Turn) -> Reply | None:
            return answer(message, context, turn)

        code = answer if sync else answer_on_the_loop
        code.__name__ = name
        if name in names:
            handlers.unregister(name)
        handlers.register("test.playing", **{"timeout": 30, **more})(code)
        names.add(name)

    yield play
    for name in names:
        handlers.unregister(name)


@pytest.fixture
def far(settings: Any) -> Iterator[FarSide]:
    with far_side() as made:
        settings.OUTGOING_ALLOW = [made.allow]
        yield made
