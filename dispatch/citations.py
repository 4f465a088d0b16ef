"""What a search has found, as it is told: numbered quotes, each with who said it, when, where, and a link to it."""

from bisect import bisect_left
from typing import Any, Final

from contexts import words
from dispatch import quotes
from dispatch.hits import Hit
from project import log

LONGEST: Final = 280  # characters of a quote
TITLE: Final = 80
LEAD: Final = "This is a search in messages; no model was asked."


def as_json(hit: Hit) -> dict[str, Any]:
    said = hit.said
    return {
        "message": str(said.message),
        "conversation": str(said.conversation),
        "title": said.title,
        "author": said.author,
        "created_at": log.row_time(said.created_at),
        "quote": quote(hit),
        "score": hit.score,
        "terms": list(hit.terms),
        "link": link(hit),
    }


def written(found: list[Hit], searched: int) -> str:
    """For people. Honest where there is nothing."""
    many = f"{searched:,} message" if searched == 1 else f"{searched:,} messages"
    if not found:
        return f"Nothing that was said fits. Searched: {many}. {LEAD}"
    lines = [f"[{place}] {_told(hit)}" for place, hit in enumerate(found, start=1)]
    return "\n".join([f"{LEAD} Of {many}, these fit best:", *lines])


def link(hit: Hit) -> str:
    """To the message in the console."""
    return f"/#/c/{hit.said.conversation}/{hit.said.message}"


def quote(hit: Hit) -> str:
    """The sentence, on one line; of a long one what is around the words that are asked."""
    flat = quotes.on_one_line(hit.quote)
    if len(flat) <= LONGEST:
        return flat
    stems = {words.stem(term[: words.LONGEST]) for term in hit.terms}
    places = [place for place, word in _words(flat) if words.stem(word[: words.LONGEST]) in stems]
    start = _start(flat, places)
    tail = f"{flat[start : start + LONGEST].rpartition(' ')[0] or flat[start : start + LONGEST]}…"
    whole = flat[start:] if len(flat) - start <= LONGEST else tail
    return f"… {whole}" if start else whole


def _told(hit: Hit) -> str:
    said = hit.said
    where = f", in “{quotes.on_one_line(said.title)[:TITLE]}”" if said.title else ""
    return f"{said.author} on {quotes.moment(said.created_at)}{where}: “{quote(hit)}” ({link(hit)})"


def _words(flat: str) -> list[tuple[int, str]]:
    return [(match.start(), match.group().casefold().replace("\u2019", "'")) for match in words.WORD.finditer(flat)]


def _start(flat: str, places: list[int]) -> int:
    """Where the stretch begins that has most of these places, at a word. They are in order, and may be thousands."""
    if not places:
        return 0
    held = [bisect_left(places, first + LONGEST - 60) - index for index, first in enumerate(places)]
    best = places[held.index(max(held))]
    if best < LONGEST // 3:
        return 0
    return flat.rfind(" ", 0, max(best - 30, 1)) + 1
