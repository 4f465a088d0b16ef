"""Words as they are compared: lower case, without those that every sentence has, cut to their stem. English only."""

import re
from functools import lru_cache
from typing import Final

WORD: Final = re.compile(r"\w+(?:['\u2019]\w+)*")
LONGEST: Final = 40  # longer runs of letters are no words, and are not kept whole
SHORTEST_STEM: Final = 3
ENDINGS: Final = (
    ("ies", "y"),
    ("ied", "y"),
    ("ings", ""),
    ("ing", ""),
    ("ed", ""),
    ("es", ""),
    ("ly", ""),
    ("s", ""),
    ("e", ""),
)


def each(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP: Final = each(
    """
    a about after again ago all already also am an and another any anybody anyone anything are aren't as ask asked
    asking at away back be been before being both but by can can't chat conversation could couldn't date day did
    didn't discuss discussed discussing discussion do does doesn't doing don't done during each earlier else ever
    every everybody everyone everything exactly far few find first for from get give go going got had has have
    having he hello her here hers hey hi him his hours how i i'd i'll i'm i've if in into is isn't it it'd it'll its
    itself just kind know known last lately latest let like long look lot lots made make many may maybe me mean
    meant mention mentioned message messages might mine minute minutes moment more most much must my myself never no
    not now of off often oh ok okay old on once one only or other our ours out over own please previous previously
    quite rather really recall recently remember remind said same say saying says search see shall she should show
    so some somebody someone something sort speak spoke still such sure talk talked talking tell than thank thanks
    that the their theirs them then there these they thing things think this those though thought till time to today
    together told too type under until up us very want was wasn't way we well were weren't what when where whether
    which while who whom whose why will with without won't would write written wrote yes yesterday yet you you'd
    you'll you're you've your yours yourself
    """
)


def words(text: str) -> list[str]:
    """In order, lower case, apostrophes straight."""
    return WORD.findall(text.casefold().replace("\u2019", "'"))


def terms(text: str) -> frozenset[str]:
    """The stems that tell what a text is about."""
    return frozenset(sequence(text))


def sequence(text: str) -> list[str]:
    """The same stems in their order, as often as they stand there."""
    return [stem(word[:LONGEST]) for word in words(text) if word.removesuffix("'s") not in STOP]


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    word = word.removesuffix("'s").replace("'", "")
    for ending, instead in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            word = word.removesuffix(ending) + instead
            break
    doubled = len(word) > SHORTEST_STEM and word[-1] == word[-2] and word[-1].isalpha()
    return word[:-1] if doubled else word
