"""Copies of what handlers are given: what one of them does to the JSON in it reaches no other, and no later run."""

from copy import deepcopy
from dataclasses import replace

from contexts.context import Asker, Context, MessageView, Pinned, Recalled


def of_context(context: Context) -> Context:
    """All of its own that could be changed; what is frozen is shared."""
    return replace(
        context,
        messages=tuple(map(of_message, context.messages)),
        pinned=tuple(map(_pinned, context.pinned)),
        recalled=tuple(map(_recalled, context.recalled)),
        metadata=deepcopy(context.metadata),
        asker=context.asker and _asker(context.asker),
    )


def of_message(view: MessageView) -> MessageView:
    return replace(view, parts=deepcopy(view.parts), metadata=deepcopy(view.metadata))


def _pinned(pin: Pinned) -> Pinned:
    return replace(pin, message=of_message(pin.message)) if pin.message else pin


def _recalled(found: Recalled) -> Recalled:
    return replace(found, message=of_message(found.message))


def _asker(asker: Asker) -> Asker:
    return replace(
        asker,
        preferences=deepcopy(asker.preferences),
        session_preferences=deepcopy(asker.session_preferences),
    )
