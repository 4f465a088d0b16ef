"""People, by what stands around their names: titles, introductions, greetings, kinship; by names that parents give, and
by those of the members of the workspace.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Any, Final

import re2
import regex

from contexts.capitals import Span, after, named, sequences, trimmed
from contexts.finds import Find, Scene, find, plain
from contexts.given_names import GIVEN

TITLED: Final = re2.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Herr|Frau|Madame|Judge|Senator|Captain|Pastor)\.? "
)
INTRODUCED: Final = re2.compile(
    r"(?i)\b(?:my (?:full |first |last )?name(?: is|'s|\x{2019}s)|name:|call me|i am called|i go by) "
)
UNCAPPED: Final = regex.compile(
    r"(?i:\bmy name(?: is|['\u2019]s)) (\p{Ll}[\p{L}\p{M}'\u2019-]+)(?= *[.,!;\n]|$| and\b)"
)
KIN: Final = (
    "wife|husband|brother|sister|son|daughter|mother|father|mom|mum|dad|friend|boss|manager|colleague|coworker|assistant"
    "|doctor|lawyer|neighbou?r|partner|boyfriend|girlfriend|uncle|aunt|cousin|teacher|landlord|accountant|cofounder"
)
RELATED: Final = re2.compile(rf"(?i)\b(?:my|his|her|our|their) (?:\w+ )?(?:{KIN})(?:'s name)?(?: is(?: called)?|,)? ")
GREETING: Final = re2.compile(r"\b(?:Dear|Hi|Hello|Hey|Thanks|Regards|Best|Cheers|Sincerely)(?:,\s+| )")
GREETED: Final = regex.compile(r"[,.!\n]|$")
# What people do, and hardly anything else.
DOING: Final = re2.compile(
    r" (?:said|says|wrote|writes|asked|asks|told|tells|thinks|wants|works|lives|lived|joined|replied|agreed|sent|signed"
    r"|approved|reported|flew|shouted|explained|sang|spent|loves|likes|knows|speaks|called|arrived|is (?:coming|from)"
    r"|will be|will (?:send|call|join|write|visit))\b"
)
CALLED_ON: Final = regex.compile(
    r"(?:^|[.!?\n]\s*)(\p{Lu}[\p{L}\p{M}-]+(?<!ly)), "
    r"(?:can|could|please|would|will|do|did|are|have|what|how|when|why|where) "
)


def people(text: str, scene: Scene) -> Iterator[Find]:
    members = tuple((person.name, person.username) for person in scene.people)
    for pattern, normal in _patterns(members):
        for match in pattern.finditer(text):
            yield find("person", text, match.span(1), normal, 0.97)
    yield from named("person", text, after(text, TITLED), 0.95)
    introduced = chain(after(text, INTRODUCED), (match.span(1) for match in UNCAPPED.finditer(text)))
    yield from named("person", text, chain(introduced, after(text, RELATED)), 0.9)
    yield from named("person", text, (span for span in after(text, GREETING) if GREETED.match(text, span[1])), 0.8)
    yield from named("person", text, (match.span(1) for match in CALLED_ON.finditer(text)), 0.65)
    for span in sequences(text):
        yield from _by_words(text, trimmed(text, *span))


def _by_words(text: str, span: Span) -> Iterator[Find]:
    """A given name and what follows it; or two words that do what people do."""
    start, end = span
    words = text[start:end].split(" ") if start < end else []
    if len(words) > 1 and DOING.match(text[end : end + 20]):
        yield find("person", text, span, plain(text[start:end]), 0.7)
    while words and not _is_given(words[0]):
        start += len(words.pop(0)) + 1
    if words:
        yield find("person", text, (start, end), plain(text[start:end]), 0.85 if len(words) > 1 else 0.75)


def _is_given(word: str) -> bool:
    return all(part in GIVEN for part in word.split("-"))


@lru_cache(maxsize=64)
def _patterns(people: tuple[tuple[str, str], ...]) -> tuple[tuple[Any, str], ...]:
    """For all ways in which members are named, longest first; however much is written, the normal form is all of it.

    What two of them are called alike is left to the other rules.
    """
    written: dict[str, set[str]] = {}
    for name, username in people:
        for form in {name, name.split(" ")[0], username[:1].upper() + username[1:]}:
            if len(form) > 2 and form[0].isupper():
                written.setdefault(form, set()).add(plain(name))
    clear = [(form, *owners) for form, owners in written.items() if len(owners) == 1]
    return tuple((_word(form), normal) for form, normal in sorted(clear, key=lambda one: (-len(one[0]), one)))


def _word(form: str) -> Any:
    return regex.compile(rf"(?<![\p{{L}}\d@_/.-])({regex.escape(form)})(?![\p{{L}}\d_@-])")
