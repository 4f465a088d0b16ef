"""Pins: what stays in the context, whatever leaves the window. System notes stay by being there."""

from itertools import chain
from typing import Final
from uuid import UUID

from contexts import tokens
from contexts.context import MessageView, Pinned, view
from contexts.knowledge import Pin
from contexts.limits import Limits
from contexts.models import Message, MessageRole
from contexts.shortening import cut, priced
from contexts.visible import KNOWN

MOST: Final = 20  # of a conversation, and as many system notes
LONGEST: Final = 2000  # characters of a note


def of(conversation: UUID, limits: Limits) -> tuple[Pinned, ...]:
    """The newest first. Only what everybody may read who reads the conversation."""
    pins = Pin.objects.filter(conversation=conversation).select_related("message__author").order_by("-id")[:MOST]
    notes = Message.objects.filter(conversation=conversation, role=MessageRole.SYSTEM, visible_to="", status__in=KNOWN)
    pinned = (_pinned(pin, limits) for pin in pins if pin.message is None or _is_known(pin.message))
    held = {pin.message_id for pin in pins}
    system = (_of_message(note, limits) for note in notes.order_by("-seq")[:MOST] if note.id not in held)
    return tuple(chain(pinned, system))


def _pinned(pin: Pin, limits: Limits) -> Pinned:
    if pin.message:
        shown = priced(view(pin.message), limits)
        return Pinned(pin.id, shown, "", shown.tokens, pin.expires_at)
    text = cut(pin.text, limits.share(0.25))
    return Pinned(pin.id, None, text, tokens.MESSAGE_OVERHEAD + tokens.count(text), pin.expires_at)


def _of_message(note: Message, limits: Limits) -> Pinned:
    shown: MessageView = priced(view(note), limits)
    return Pinned(None, shown, "", shown.tokens)


def _is_known(message: Message) -> bool:
    return message.visible_to == "" and message.status in KNOWN
