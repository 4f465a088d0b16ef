"""What a message costs, and how one that is too long for any window is shown: cut visibly, never dropped."""

from dataclasses import replace
from typing import Final

from contexts import tokens
from contexts.context import MessageView
from contexts.limits import LONGEST, Limits

HEAD: Final = 0.7  # of what is kept; the rest is its end
LONGEST_TIME: Final = 40
TRIES: Final = 20
FEWER: Final = 0.8  # in each further try: characters differ in what they cost


def priced(view: MessageView, limits: Limits) -> MessageView:
    """With `tokens`, and shortened where it costs more than one message may."""
    price = cost(view)
    most = limits.share(LONGEST)
    return replace(view, tokens=price) if price <= most else _shortened(view, most, price)


def cost(view: MessageView) -> int:
    """Tokens of text, parts and metadata, and what providers add for a message."""
    beside = tokens.count_json(view.parts) + tokens.count_json(view.metadata)
    return tokens.MESSAGE_OVERHEAD + tokens.count(view.text) + beside


def cut(text: str, most: int) -> str:
    """Beginning and end of a text, and between them how much is left out; at most so many tokens if there is a way."""
    price = tokens.count(text)
    if price <= most:
        return text
    keep = int(len(text) * most / price)
    for _ in range(TRIES):
        shown = _ends(text, keep)
        if tokens.count(shown) <= most or not keep:
            break
        keep = int(keep * FEWER)
    return shown


def _ends(text: str, keep: int) -> str:
    head, tail = int(keep * HEAD), keep - int(keep * HEAD)
    gap = f"[… {len(text) - keep:,} characters are left out here …]"
    return f"{text[:head]}\n{gap}\n{text[len(text) - tail :]}" if keep else gap


def _shortened(view: MessageView, most: int, price: int) -> MessageView:
    """Its parts and metadata stay if they take less than half of it; else the text tells that they are left out."""
    beside = price - tokens.MESSAGE_OVERHEAD - tokens.count(view.text)
    room = most - tokens.MESSAGE_OVERHEAD
    if beside > room // 2:
        note = f"[{len(view.parts)} parts and metadata of {beside:,} tokens are left out]"
        text = cut(view.text, max(0, room - tokens.count(note) - 1))
        kept = {"expires_at": view.metadata["expires_at"]} if _expires(view) else {}
        view = replace(view, parts=(), metadata=kept, text=f"{text}\n{note}" if text else note)
    else:
        view = replace(view, text=cut(view.text, room - beside))
    return replace(view, tokens=cost(view), shortened=True)


def _expires(view: MessageView) -> bool:
    said = view.metadata.get("expires_at")
    return isinstance(said, str) and len(said) <= LONGEST_TIME
