"""The filters that ship with Switchboard: those of a module each are found through this one."""

import unicodedata
from collections.abc import Iterator
from typing import Final

from django.conf import settings

from security import anomaly, injection, markup, personal, rules, screening, secrets
from security.material import LABELS, Material
from security.screening import EmptyMessage, Finding, MessageTooLong

MAX_PARTS: Final = 50
MODULES: Final = (secrets, personal, markup, injection, rules, anomaly)  # each registers its filter
# Blank to the eye though their category is a letter or symbol: Hangul fillers and the empty Braille cell.
BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
UNSEEN: Final = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp", "Cn", "Co"})


@screening.register("shape")
def shape(material: Material) -> Iterator[Finding]:
    """Size, and that there is something to see."""
    said = [piece.text for piece in material.pieces if piece.spoken]
    if sum(map(len, said)) > settings.MESSAGE_LIMIT:
        raise MessageTooLong(f"At most {settings.MESSAGE_LIMIT} characters.")
    parts = material.body.parts
    if len(parts) > MAX_PARTS:
        raise MessageTooLong(f"At most {MAX_PARTS} parts.")
    silent = not any(part["type"] != "text" for part in parts) and not any(map(visible, said))
    if silent and material.kind != LABELS:
        raise EmptyMessage("Send a text with at least one visible character.")
    yield from ()


def visible(text: str) -> bool:
    """Whether there is something to see."""
    return any(character not in BLANK and unicodedata.category(character) not in UNSEEN for character in text)
