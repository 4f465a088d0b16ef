"""What a message costs, and how one that is too long for any window is shown: cut visibly, never dropped."""

from dataclasses import replace
from typing import Final

import regex

from contexts import tokens
from contexts.context import MessageView
from contexts.limits import LONGEST, Limits

HEAD: Final = 0.7  # of what is kept; the rest is its end
LONGEST_TIME: Final = 40
TRIES: Final = 20
FEWER: Final = 0.95  # in each further try, at most: characters differ in what they cost
WIDEST: Final = 16  # characters that a token holds at most, of texts that are read; what is longer is cut uncounted
MARK: Final = "[…]"
NEAR: Final = 4096
GRAPHEME: Final = regex.compile(r"\X")
PLAIN: Final = regex.compile(r"[ -~\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]")
DIRECTIONS: Final = regex.compile("[\u202a-\u202e\u2066-\u2069]")


def priced(view: MessageView, limits: Limits) -> MessageView:
    """With `tokens`, and shortened where it costs more than one message may, or is longer than so many tokens hold."""
    most = limits.share(LONGEST)
    beside = tokens.count_json(view.parts) + tokens.count_json(view.metadata)
    if len(view.text) <= most * WIDEST:
        price = tokens.MESSAGE_OVERHEAD + tokens.count(view.text) + beside
        if price <= most:
            return replace(view, tokens=price)
    return _shortened(view, most, beside)


def cut(text: str, most: int) -> str:
    """Beginning and end of a text, and between them how much is left out, in at most so many tokens; "" if nothing of
    it fits. No more than `WIDEST` characters for each token are counted, however long the text is.
    """
    keep = max(0, min(len(text), most * WIDEST))
    for _ in range(TRIES):
        shown = text if keep == len(text) else _ends(text, keep)
        price = tokens.count(shown)
        if price <= most:
            return shown
        keep = int(keep * min(most / price, FEWER))
    return next((mark for mark in (_gap(len(text)), MARK) if tokens.count(mark) <= most), "")


def _ends(text: str, keep: int) -> str:
    """Whole graphemes, and no sign that turns the direction of what comes after it."""
    if not keep:
        return _gap(len(text))
    head = _border(text, int(keep * HEAD))
    tail = _border(text, len(text) - keep + int(keep * HEAD))
    shown = (DIRECTIONS.sub("", part) for part in (text[:head], text[tail:]))
    return f"\n{_gap(tail - head)}\n".join(shown)


def _gap(count: int) -> str:
    return f"[… {count:,} characters are left out here …]"


def _border(text: str, place: int) -> int:
    """Where the grapheme begins that `place` is in. Before a plain letter there always is a border."""
    near = max(0, place - NEAR)
    plain = PLAIN.search(text[near:place][::-1])
    start = place - plain.end() if plain else near
    begins = (start + found.start() for found in GRAPHEME.finditer(text[start : place + 1]))
    return max(begins, default=place)


def _shortened(view: MessageView, most: int, beside: int) -> MessageView:
    """Its parts and metadata stay if they take less than half of it; else the text tells that they are left out."""
    room = most - tokens.MESSAGE_OVERHEAD
    if beside > room // 2:
        note = f"[{len(view.parts)} parts and metadata of {beside:,} tokens are left out]"
        text = cut(view.text, max(0, room - tokens.count(note) - 1))
        kept = {"expires_at": view.metadata["expires_at"]} if _expires(view) else {}
        view = replace(view, parts=(), metadata=kept, text=f"{text}\n{note}" if text else note)
        beside = tokens.count_json(kept)
    else:
        view = replace(view, text=cut(view.text, room - beside))
    price = tokens.MESSAGE_OVERHEAD + tokens.count(view.text) + beside
    return replace(view, tokens=price, shortened=True)


def _expires(view: MessageView) -> bool:
    said = view.metadata.get("expires_at")
    return isinstance(said, str) and len(said) <= LONGEST_TIME
