"""What people do to a text so that it reads the same to a model, not to a filter. For measuring, not for answering."""

import base64
import html
from collections.abc import Callable
from itertools import cycle
from textwrap import wrap
from typing import Final

TAG_BLOCK: Final = 0xE0000
FULLWIDTH: Final = 0xFEE0
BOLD: Final = {"A": 0x1D400, "a": 0x1D41A}
ZERO_WIDTH: Final = "\u200b\u200c\u200d\u2060\ufeff"
UNSHOWN: Final = "\x01\x08\x7f\x80\u2065\ufff0\U000e0000\U000e0080\ue000"
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
LISU: Final = str.maketrans(
    dict(
        zip(
            "ABCDEFGHIJKLMNOPRSTUVWXYZ",
            "\ua4ee\ua4d0\ua4da\ua4d3\ua4f0\ua4dd\ua4d6\ua4e7\ua4f2\ua4d9\ua4d7\ua4e1\ua4df\ua4e0\ua4f3\ua4d1\ua4e3\ua4e2\ua4d4\ua4f4\ua4e6\ua4ea\ua4eb\ua4ec\ua4dc",
            strict=True,
        )
    )
)
LINE: Final = 20


def _after_letters(text: str, added: str) -> str:
    following = cycle(added)
    return "".join(one + next(following) if one.isalnum() else one for one in text)


def zero_width(text: str) -> str:
    return _after_letters(text, ZERO_WIDTH)


def unshown(text: str) -> str:
    """With control characters, private ones, and such as Unicode keeps free."""
    return _after_letters(text, UNSHOWN)


def soft_hyphens(text: str) -> str:
    return _after_letters(text, "\u00ad")


def combining_marks(text: str) -> str:
    return _after_letters(text, MARKS)


def direction_marks(text: str) -> str:
    return " ".join(f"\u202d{word}\u202c" for word in text.split(" "))


def look_alikes(text: str) -> str:
    return text.translate(LOOK_ALIKES)


def lisu(text: str) -> str:
    """In capitals of a script that has hardly any letters of its own."""
    return text.upper().translate(LISU)


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


def zero_padded(text: str) -> str:
    return "".join(f"&#{ord(one):014d};" for one in text)


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def in_lines_of_base64(text: str) -> str:
    return "\n".join(wrap(in_base64(text), LINE))


def in_base64_of_utf16(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


EVASIONS: Final[dict[str, Callable[[str], str]]] = {
    "zero-width": zero_width,
    "unshown": unshown,
    "soft-hyphens": soft_hyphens,
    "combining-marks": combining_marks,
    "direction-marks": direction_marks,
    "look-alikes": look_alikes,
    "lisu": lisu,
    "full-width": full_width,
    "bold-letters": bold_letters,
    "tags": tags,
    "percent": percent,
    "percent-twice": percent_twice,
    "entities": entities,
    "zero-padded": zero_padded,
    "base64": in_base64,
    "lines-of-base64": in_lines_of_base64,
    "base64-of-utf16": in_base64_of_utf16,
}
