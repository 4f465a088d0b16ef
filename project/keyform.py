"""The form of an API key: `swk_`, 30 random characters of base62, and a checksum, so that a scanner knows one.

Of the 178 random bits the first 35 are shown, to tell keys apart; the rest cannot be guessed.
"""

import hashlib
import re
import secrets
import string
import zlib
from typing import Final

MARK: Final = "swk_"
ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM, CHECK, SHOWN = 30, 6, 6
FORM: Final = re.compile(rf"{MARK}([0-9A-Za-z]{{{RANDOM}}})([0-9A-Za-z]{{{CHECK}}})")


def make() -> str:
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return MARK + drawn + _checksum(drawn)


def is_meant(raw: str) -> bool:
    """Whether this is to be a key, well formed or not."""
    return raw.startswith(MARK)


def is_whole(raw: str) -> bool:
    """Whether the checksum says that nothing of it is mistyped or missing."""
    match = FORM.fullmatch(raw)
    return match is not None and _checksum(match[1]) == match[2]


def prefix(key: str) -> str:
    return key[: len(MARK) + SHOWN]


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _checksum(text: str) -> str:
    """CRC-32 in base62."""
    rest, written = zlib.crc32(text.encode()), ""
    for _ in range(CHECK):
        rest, digit = divmod(rest, len(ALPHABET))
        written = ALPHABET[digit] + written
    return written
