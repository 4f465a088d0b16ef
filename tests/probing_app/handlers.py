"""Handlers that tell what they know, spoil what they are given, and propose facts (EXTRA_APPS=tests.probing_app)."""

from pathlib import Path
from typing import Any, Final

import orjson

from contexts import facts
from contexts.context import Context, MessageView
from dispatch import handlers
from dispatch.handlers import Reply
from dispatch.turns import Turn

FACTS: Final[dict[str, Any]] = {
    "entity": facts.EntityFact,
    "metadata": facts.MetadataFact,
    "pin": facts.PinFact,
    "joined": lambda name, *words: FACTS[name](*words[:-2], " ".join(words[-2:])),  # apart, no filter finds them
}


@handlers.register("test.probe")
def probe_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Writes its context, and the message, to the file that the message names."""
    known = orjson.dumps({"context": context, "message": message, "previous": turn.previous}, default=str)
    path = Path(message.text)
    path.with_suffix(".part").write_bytes(known)
    path.with_suffix(".part").rename(path)
    return Reply("probed", metadata={"probed": True})


@handlers.register("test.spoil")
def spoil_test(message: MessageView, context: Context, turn: Turn) -> None:
    """Writes into whatever lets it, and passes."""
    for view in (message, *context.messages, *(pin.message for pin in context.pinned if pin.message)):
        view.metadata["spoiled"] = True
        for part in view.parts:
            part["spoiled"] = True
    context.metadata["spoiled"] = True
    context.metadata.setdefault("deep", {})["spoiled"] = True
    if context.asker:
        context.asker.preferences["spoiled"] = context.asker.session_preferences["spoiled"] = True
    if turn.previous:
        turn.previous.metadata["spoiled"] = True


@handlers.register("test.propose")
async def propose_test(message: MessageView, context: Context, turn: Turn) -> Reply | None:
    """Proposes what the parts of the message say, and answers as its text asks for."""
    _propose(message, turn)
    if message.text == "break":
        raise RuntimeError("broken on purpose")
    return None if message.text == "pass" else Reply(message.text)


@handlers.register("test.withheld")
async def withheld_test(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Proposes, too, and answers what tests.marked_app blocks."""
    _propose(message, turn)
    return Reply("BLOCK" + " ME")


def _propose(message: MessageView, turn: Turn) -> None:
    for part in message.parts:
        for name, arguments in part["data"].items():
            turn.propose(FACTS[name](*arguments))
