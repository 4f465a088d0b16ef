"""Dates and times, spotted by their form and read as their author meant them: from the moment and the zone of the text.

What names no year and no week means the next one. Normal forms are those of ISO 8601, as exact as what is said:
`2026-12-01`, `2026-W49`, `2026-12`, `2026`, `2026-12-01T15:00+01:00`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

import re2

from contexts.finds import Find, Scene, find

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

MOST: Final = 60  # of one text: each takes about a millisecond

MONTHS: Final = "January|February|March|April|May|June|July|August|September|October|November|December"
MONTH: Final = rf"(?:{MONTHS}|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?"
WEEKDAY: Final = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
COUNT: Final = r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve)"
UNIT: Final = "(?:second|minute|hour|day|week|month|year)s?"
SPAN: Final = rf"(?:half an? {UNIT}|an? {UNIT} and a half|{COUNT} {UNIT})"
NTH: Final = r"\d{1,2}(?:st|nd|rd|th)?"
DAY: Final = "|".join(
    (
        r"\d{4}-\d{2}-\d{2}",
        r"\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})",
        r"\d{1,2}-\d{1,2}-\d{4}",
        rf"(?:(?:{WEEKDAY}),? )?(?:the )?{NTH}(?: of)? {MONTH}(?:,? \d{{4}}\b)?",
        rf"(?:(?:{WEEKDAY}),? )?{MONTH} {NTH}\b(?:,? \d{{4}}\b)?",
        rf"{MONTH},? \d{{4}}\b",
        rf"(?:{WEEKDAY}),? (?:of )?(?:next|last|this) week",
        rf"(?:(?:next|last|this|coming) )?(?:{WEEKDAY})",
        r"(?:the )?day (?:after tomorrow|before yesterday)",
        r"(?:today|tomorrow|yesterday|tonight)(?: (?:morning|afternoon|evening|night))?",
        r"this (?:morning|afternoon|evening)|last night",
        r"(?:next|last|this) (?:week|month|year)",
        rf"(?:next|last|this) (?:{MONTHS})",
        rf"{SPAN} (?:ago|from now)",
        rf"in {SPAN}",
    )
)
ZONE: Final = r"(?: ?(?:UTC|GMT|CES?T|E[SD]T|P[SD]T|BST)\b)?"
CLOCK: Final = (
    rf"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?: ?[ap]\.?m\b\.?)?{ZONE}|(?:1[0-2]|[1-9]) ?[ap]\.?m\b\.?{ZONE}"
    r"|noon\b|midnight\b"
)
STAMP: Final = re2.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?")
SPOKEN: Final = re2.compile(
    rf"(?i)\b(?:(?:{DAY})(?:,? (?:at |around |by |@ ?)?(?:{CLOCK}))?|(?:{CLOCK})(?:,? (?:on )?(?:{DAY}))?)"
)
PERIOD: Final = re2.compile(
    rf"(?i)\b(?:in|since|until|by|during|from|of|before|after|founded|early|late|year) ((?:{MONTHS})|(?:19|20)\d\d)\b"
)
OF_WEEK: Final = re.compile(rf"^(?P<day>{WEEKDAY}),? (?:of )?(?=(?:next|last|this) week)", re.IGNORECASE)
HALF: Final = re.compile(
    r"\b(?P<half>half )?an? (?P<unit>second|minute|hour|day|week|month|year)s?(?(half)| and a half)\b", re.IGNORECASE
)
HALVES: Final = {
    "minute": "30 seconds",
    "hour": "30 minutes",
    "day": "12 hours",
    "week": "84 hours",
    "month": "15 days",
    "year": "6 months",
}
DOTTED: Final = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})\b")  # where days stand first, whoever writes it
WEEK: Final = re.compile(r"\b(?:next|last|this) week\b", re.IGNORECASE)
COARSE: Final = re.compile(r"\b(?:next|last|this) (?:month|year)\b|^[a-z]+\.?(?:,? \d{4})?$|^\d{4}$", re.IGNORECASE)
EXACT: Final = re.compile(r"\b(?:second|minute|hour)s?\b|:\d\d|\d ?[ap]\.?m\b|noon|midnight", re.IGNORECASE)
PART: Final = re.compile(r"morning|afternoon|evening|night\b|tonight", re.IGNORECASE)
SAID: Final = re.compile(r"^(?:the )|\b(?:this|coming) (?=\w+day\b)|\bcoming |\baround |\bby |@ ?", re.IGNORECASE)
YEAR: Final = re.compile(r"\d{4}")  # without one "tomorrow" would be told to who reads it next week
EITHER: Final = re.compile(r"^\d{1,2}[/-]\d{1,2}[/-]\d{2,4}")
HOURS: Final = {"morning": "9:00", "afternoon": "15:00", "evening": "19:00", "night": "21:00", "tonight": "20:00"}


def times(text: str, scene: Scene) -> Iterator[Find]:
    spoken = list(SPOKEN.finditer(text))
    periods = (match for match in PERIOD.finditer(text) if not _is_part(match.start(1), spoken))
    matches = islice(chain(STAMP.finditer(text), spoken, periods), MOST)
    spans = [_trimmed(text, match.span(match.re.groups)) for match in matches]
    parser = _parser(scene) if spans else None
    for span in spans:
        if parser and _alone(text, *span):
            yield from _read(text, span, parser, scene)


def _is_part(place: int, matches: list[Any]) -> bool:
    """Of a day that may be none: the 30th of February is no February either."""
    return any(match.start() <= place < match.end() for match in matches)


def _read(text: str, span: tuple[int, int], parser: "DateDataParser", scene: Scene) -> Iterator[Find]:
    written = text[slice(*span)]
    if STAMP.fullmatch(written):
        yield from _stamped(text, span, scene)
        return
    of_week = OF_WEEK.match(written)
    found = parser.get_date_data(_plain(written[of_week.end() :] if of_week else written))
    when, period = found.date_obj, found.period
    if when is None:
        return
    if of_week:
        when += timedelta(days=WEEKDAY.casefold().split("|").index(of_week["day"].casefold()) - when.weekday())
    timed = bool(EXACT.search(written) or PART.search(written))
    normal = when.isoformat(timespec="minutes") if timed else _exact(when, written, period)
    one = find("time" if timed else "date", text, span, normal, _sureness(written))
    yield one if YEAR.search(written) else replace(one, value=normal)


def _stamped(text: str, span: tuple[int, int], scene: Scene) -> Iterator[Find]:
    try:
        when = datetime.fromisoformat(text[slice(*span)])
    except ValueError:
        return
    when = when if when.tzinfo else when.replace(tzinfo=scene.zone)
    yield find("time", text, span, when.isoformat(timespec="seconds" if when.second else "minutes"), 1.0)


def _exact(when: datetime, written: str, period: str | None) -> str:
    if WEEK.search(written) and not OF_WEEK.match(written):
        year, week, _ = when.isocalendar()
        return f"{year}-W{week:02}"
    if COARSE.search(written) and period == "month":
        return f"{when:%Y-%m}"
    if COARSE.search(written) and period == "year":
        return f"{when:%Y}"
    return when.date().isoformat()


def _plain(written: str) -> str:
    """As the parser knows it: parts of a day by their usual hour, halves in whole numbers, the year before the day."""
    written = DOTTED.sub(_iso, HALF.sub(_whole, written))
    written = re.sub("midnight", "00:00", written, flags=re.IGNORECASE)
    part = PART.search(written)
    written = SAID.sub("", written)
    if part and not EXACT.search(written):
        hour = HOURS[part[0].casefold()]
        if re.search(r"this|tonight", part.string, re.IGNORECASE):
            return f"today {hour}"
        day = re.sub(r" ?(?:morning|afternoon|evening|night)", "", written, flags=re.IGNORECASE)
        return f"{'yesterday' if day.casefold() == 'last' else day} {hour}"
    return PART.sub("", written) if part else written


def _whole(match: re.Match[str]) -> str:
    unit = match["unit"].casefold()
    half = HALVES.get(unit, "")
    return half if match["half"] else f"1 {unit} {half}"


def _iso(match: re.Match[str]) -> str:
    day, month, year = match.groups()
    century = "" if len(year) == 4 else "20" if year < "69" else "19"
    return f"{century}{year}-{month:0>2}-{day:0>2}"


def _sureness(written: str) -> float:
    return 0.75 if EITHER.match(written) else 0.95


def _trimmed(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """Without a point that ends the sentence rather than an abbreviation."""
    start, end = span
    return (start, end - 1) if text[end - 1] == "." and text[end - 2 : end - 1] not in {"m", "M"} else span


def _alone(text: str, start: int, end: int) -> bool:
    """No part of a longer number or word: a version, a path; not what owns something ("today's news")."""
    before, after = text[max(0, start - 1) : start], text[end : end + 2]
    joined = (after[:1] in {".", "-", "/", ":"} and after[1:].isdigit()) or after in {"'s", "\u2019s"}
    return not (before.isalnum() or (before and before in "_./-:$€£#") or after[:1].isalnum() or joined)


def _parser(scene: Scene) -> "DateDataParser":
    """Loaded with the first date: to load it takes a sixth of what a process takes to start, and many read none."""
    here: dict[str, Any] = {
        "RELATIVE_BASE": scene.now.astimezone(scene.zone).replace(tzinfo=None),
        "TIMEZONE": str(scene.zone),
        "RETURN_AS_TIMEZONE_AWARE": True,
        "PREFER_DATES_FROM": "future",
        "RETURN_TIME_AS_PERIOD": True,
        "DATE_ORDER": "DMY" if scene.day_first else "MDY",
        "PREFER_LOCALE_DATE_ORDER": False,
    }
    parser: DateDataParser = import_module("dateparser.date").DateDataParser(languages=["en"], settings=here)
    return parser
