"""What a text quotes: who asks about an attack, or tells of one in a story, does not say it."""

import re
from typing import Final

FEWEST: Final = 5  # words outside: with fewer, what stands in quotation marks is the message itself
# Strings of JSON, of assignments and of calls are no quotations. Texts are folded: quotation marks are straight.
QUOTATION: Final = re.compile(
    r"""(?:"\s?:|=|\()\s?["'`][^"'`\n]*["'`]"""
    r"""|(?P<quoted>"[^"\n]{1,500}"|`[^`\n]{1,500}`|«[^»\n]{1,500}»|「[^」\n]{1,500}」"""
    r"""|(?<!\w)'(?:[^'\n]|(?<=\w)'(?=\w)){1,500}'(?!\w))"""
)
WORD: Final = re.compile(r"\w{2,}")


def without(text: str) -> str:
    """The text without what it quotes; as it is where it is not about that."""
    outside = QUOTATION.sub(lambda found: " " if found["quoted"] else found[0], text)
    return outside if len(WORD.findall(outside)) >= FEWEST else text
