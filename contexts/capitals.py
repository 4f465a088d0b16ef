"""Names as they are written: words that begin with capital letters, and the small words between them.

What stands before or after them is looked for first, or afterwards, so that no pattern is large.
"""

from collections.abc import Iterator
from typing import Any, Final

import regex

from contexts.finds import Find, find, plain
from contexts.words import STOP, each

Span = tuple[int, int]

WORD: Final = r"\p{Lu}[\p{L}\p{M}'\u2019-]+"
SMALL: Final = "(?:van|von|de|da|der|den|di|del|dos|la|le|bin|al|el|ter|zu)"
SEQUENCE: Final = regex.compile(rf"(?<![\p{{L}}\d@_/-]){WORD}(?: (?:\p{{Lu}}\.? )?(?:{SMALL} ){{0,2}}{WORD}){{0,3}}")
OWNED: Final = ("'s", "\u2019s", "'", "\u2019", "-")

# Written with capitals and no name of anybody: at the beginning of sentences, and of days, months, languages.
COMMON: Final = STOP | each(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december english german french spanish italian dutch portuguese chinese japanese
    russian american british european african asian canadian polish swedish norwegian danish finnish greek turkish
    internet web python java javascript django linux windows android ios mac excel word github git docker kubernetes
    postgres postgresql sqlite redis error warning note todo fixme regards best cheers dear hi hello hey team everyone
    all folks world sir madam ok yes no mr mrs ms miss dr prof and but or so if then else because however therefore
    sorry great good nice new open close start stop run check make sure let use using used add fix update delete create
    read show list send call meet book order buy pay sales support help service customer account
    actually finally maybe perhaps today tomorrow yesterday tonight hmm wow well sure alright meanwhile
    otherwise besides moreover furthermore instead later soon thus hence anyway honestly basically
    """
)


def sequences(text: str) -> Iterator[Span]:
    """Every run of capitalised words, at most four."""
    return (match.span() for match in SEQUENCE.finditer(text))


def after(text: str, trigger: Any) -> Iterator[Span]:
    """The names that begin where a trigger ends."""
    for match in trigger.finditer(text):
        found = SEQUENCE.match(text, match.end())
        if found:
            yield found.span()


def named(type: str, text: str, spans: Iterator[Span], confidence: float) -> Iterator[Find]:
    """Spans without the words at either end that are no name, and without what says that they own something."""
    for span in spans:
        start, end = trimmed(text, *span)
        if start < end:
            yield find(type, text, (start, end), plain(text[start:end]), confidence)


def trimmed(text: str, start: int, end: int) -> Span:
    end -= next((len(owned) for owned in OWNED if text[start:end].endswith(owned)), 0)
    words = text[start:end].split(" ")
    while words and is_common(words[0]):
        start += len(words.pop(0)) + 1
    while words and is_common(words[-1]):
        end -= len(words.pop()) + 1
    return start, max(start, end)


def is_common(word: str) -> bool:
    return word.casefold().replace("\u2019", "'").strip(".'") in COMMON
