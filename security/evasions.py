"""What people do to a text so that it reads the same to a model, not to a filter. For measuring, not for answering."""

import base64
import html
from collections.abc import Callable
from itertools import cycle
from typing import Final

TAG_BLOCK: Final = 0xE0000
FULLWIDTH: Final = 0xFEE0
BOLD: Final = {"A": 0x1D400, "a": 0x1D41A}
ZERO_WIDTH: Final = "\u200b\u200c\u200d\u2060\ufeff"
MARKS: Final = "\u0301\u0336\u0308\u035c"
# Cyrillic and Greek letters that look as these do in most fonts.
LOOK_ALIKES: Final = str.maketrans(
    dict(
        zip(
            "aceijopsxyABCEHIKMOPSTXY",
            "\u0430\u0441\u0435\u0456\u0458\u043e\u0440\u0455\u0445\u0443"
            "\u0410\u0412\u0421\u0395\u041d\u0406\u039a\u041c\u041e\u0420\u0405\u03a4\u03a7\u04ae",
            strict=True,
        )
    )
)


def _after_letters(text: str, added: str) -> str:
    following = cycle(added)
    return "".join(one + next(following) if one.isalnum() else one for one in text)


def zero_width(text: str) -> str:
    return _after_letters(text, ZERO_WIDTH)


def soft_hyphens(text: str) -> str:
    return _after_letters(text, "\u00ad")


def combining_marks(text: str) -> str:
    return _after_letters(text, MARKS)


def direction_marks(text: str) -> str:
    return " ".join(f"\u202d{word}\u202c" for word in text.split(" "))


def look_alikes(text: str) -> str:
    return text.translate(LOOK_ALIKES)


def full_width(text: str) -> str:
    return "".join(chr(ord(one) + FULLWIDTH) if "!" <= one <= "~" else one for one in text)


def bold_letters(text: str) -> str:
    return "".join(
        chr(BOLD["A" if one.isupper() else "a"] + ord(one.lower()) - ord("a"))
        if one.isascii() and one.isalpha()
        else one
        for one in text
    )


def tags(text: str) -> str:
    """Behind a harmless sentence, what is written in characters that no font shows."""
    hidden = "".join(chr(TAG_BLOCK + ord(one)) if " " <= one <= "~" else one for one in text)
    return f"What a nice day. {hidden}"


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def percent_twice(text: str) -> str:
    return percent(text).replace("%", "%25")


def entities(text: str) -> str:
    return "".join(f"&#{ord(one)};" if one.isalnum() else html.escape(one) for one in text)


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


EVASIONS: Final[dict[str, Callable[[str], str]]] = {
    "zero-width": zero_width,
    "soft-hyphens": soft_hyphens,
    "combining-marks": combining_marks,
    "direction-marks": direction_marks,
    "look-alikes": look_alikes,
    "full-width": full_width,
    "bold-letters": bold_letters,
    "tags": tags,
    "percent": percent,
    "percent-twice": percent_twice,
    "entities": entities,
    "base64": in_base64,
}
