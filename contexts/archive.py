"""All that was said in a workspace, searched: which messages hold most of what is asked, by the stems of both.

What a stem is worth is how rare it is in the workspace. All documents of the rare ones are looked at; of those that are
common only the newest that hold them together, first all of them, then all but one, then all but two. So a search reads
some thousand documents, however large the workspace. Both databases only intersect sets of whole words and tell which
documents are newest; everything else happens here, so that both find the same in the same order.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from contexts import documents, postings
from contexts.knowledge import SearchDocument
from contexts.models import Message
from contexts.postings import Scope
from contexts.visible import KNOWN, apart_from
from project.readers import Reader

MOST_ASKED: Final = 8  # stems: the longest ones, as they tell the most
COUNTED: Final = 8001  # documents of a stem: what is more common is worth no less
LISTED: Final = 1000  # documents of rare stems, all of them together
NEWEST: Final = 200  # documents of a combination of common ones
ENOUGH: Final = 64
LEFT_OUT: Final = 2  # stems of a combination
UNSAID_WORTH: Final = 0.5  # of a stem that nobody said: who asks may call it otherwise


@dataclass(frozen=True)
class Asked:
    """The stems that are looked for, in their order, with what each is worth. `beside`: slugs of experts: what is said
    to them and by them is not looked at.
    """

    scope: Scope
    reader: Reader
    worth: dict[str, float]
    counts: dict[str, int]
    beside: tuple[str, ...] = ()

    def share(self, held: Iterable[str]) -> float:
        """How much of what is asked they are, up to 1."""
        whole = math.fsum(self.worth.values())
        return math.fsum(self.worth[stem] for stem in set(held)) / whole if whole else 0.0

    def words(self, stem: str) -> list[str]:
        return _words(self.scope, self.reader, stem)

    def combined(self, stems: Iterable[str]) -> list[list[str]]:
        return [self.words(stem) for stem in stems]


def ask(scope: Scope, reader: Reader, stems: Sequence[str], searched: int, beside: tuple[str, ...] = ()) -> Asked:
    """`stems`: of the question, each once; `searched`: how many messages there are."""
    longest = sorted(stems, key=lambda stem: (-len(stem), stem))[:MOST_ASKED]
    asked = [stem for stem in stems if stem in longest]
    counts = postings.counted([[_words(scope, reader, stem)] for stem in asked], COUNTED) if asked else []
    worth = {stem: _worth(count, searched) for stem, count in zip(asked, counts, strict=True)}
    return Asked(scope, reader, worth, dict(zip(asked, counts, strict=True)), beside)


def search(asked: Asked) -> list[int]:
    """Keys of the documents that hold most of it by worth, the newest among equals: whoever may read them."""
    said = sorted((stem for stem, count in asked.counts.items() if count), key=lambda stem: asked.counts[stem])
    rare, total = list[str](), 0
    for stem in said:
        total += asked.counts[stem]
        if total <= LISTED:
            rare.append(stem)
    common = said[len(rare) :]
    found = set(_listed(asked, [asked.combined([stem]) for stem in rare], LISTED)) | _together(asked, common)
    shares = _shares(asked, found)
    return sorted(shares, key=lambda document: (-shares[document], -document))


def shown(asked: Asked, found: Sequence[int]) -> "QuerySet[Message]":
    """Those of these documents' messages that the reader may be shown: none that is held, deleted, pruned or over, no
    command, and nothing that is said to those experts or by them.
    """
    rows: QuerySet[Message] = Message.objects.filter(asked.reader.rows, document__in=found, status__in=KNOWN)
    rows = rows.filter(apart_from(asked.beside), pruned=False)
    return rows.exclude(kind="action").exclude(expires_at__lte=timezone.now())


def _words(scope: Scope, reader: Reader, stem: str) -> list[str]:
    return [documents.word(scope.workspace, stem, audience) for audience in documents.audiences(reader)]


def _worth(count: int, searched: int) -> float:
    return math.log1p(max(searched, 1) / max(count, 1)) * (1.0 if count else UNSAID_WORTH)


def _together(asked: Asked, common: list[str]) -> set[int]:
    """Documents that hold all of them, or all but one, or all but two, until there are enough; else any of the rarest.

    Those that lack exactly one are other ones for each that they lack: what all these arms read together is not more
    than there are documents.
    """
    found = set[int]()
    for left_out in range(min(LEFT_OUT + 1, len(common))):
        if len(found) < ENOUGH:
            arms = combinations(common, len(common) - left_out)
            found |= set(_listed(asked, [asked.combined(arm) for arm in arms], NEWEST))
    if common and not found:
        found |= set(_listed(asked, [asked.combined([common[0]])], NEWEST))
    return found


def _listed(asked: Asked, arms: list[list[list[str]]], most: int) -> list[int]:
    return postings.newest(asked.scope, arms, most) if arms else []


def _shares(asked: Asked, found: set[int]) -> dict[int, float]:
    marks = {word: stem for stem in asked.worth for word in asked.words(stem)}
    rows = SearchDocument.objects.filter(id__in=found).values_list("id", "terms")
    return {id: asked.share(marks[word] for word in marks.keys() & set(terms.split())) for id, terms in rows}
