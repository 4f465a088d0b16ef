"""What a text says that its finds are: whose, and of what (`my email`, `deadline`); and which stands instead of which.

Of one label only the newest holds. A question states nothing, nor does what was ("my old address was"), what is only
supposed, what somebody else is said to have said, and what is quoted.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import re2

from contexts.finds import Find
from contexts.knowledge import LABEL_LENGTH
from contexts.words import each

BEFORE: Final = 90  # characters in which a statement begins
BETWEEN: Final = 30

MINE: Final = "my "
STATED: Final = re.compile(
    r"(?:^|[^\w'])(?P<whose>my|our|the|new)\s+(?:(?:new|current|updated|correct|actual|latest|own)\s+)?"
    r"(?P<noun>[a-z][a-z-]*(?:\s+(?!is\b|was\b|are\b)[a-z][a-z-]*){0,2}?)\s*"
    r"(?::|=|\s(?:is|will be|'s)(?:\s+(?:now|actually|currently|still))?(?:\s+not\s+[^!?\n]{1,60}?,?\s+but)?"
    r"|\s(?:has |was |is )?(?:been )?(?:moved|changed|set|postponed|rescheduled|extended|increased|raised|reduced)"
    r"(?:\s+from\s+[^!?\n]{1,60}?)?\s+(?:to|for))\s*(?:on|at|in|to|by|under|about)?\s*[\"\u201c\u00ab]?$",
    re.IGNORECASE,
)
BEFORE_NOW: Final = re.compile(r"\b(?:old|former|previous|ex|first|last|other|second|never|not)\b", re.IGNORECASE)
# Of these one has many: naming another one does not take back the first.
MANY: Final = re.compile(r"\b(?:friend|brother|sister|son|daughter|child|colleague|coworker|cousin|aunt|uncle)s?$")
# Of these, whosever they are, a conversation has one.
ONE: Final = each(
    "address appointment budget call date deadline delivery demo email event interview kickoff launch link location"
    " meeting office party phone price release room start time venue website workshop"
)
SAME: Final = {
    "e-mail": "email", "mail": "email", "email address": "email", "e-mail address": "email", "mail address": "email",
    "phone number": "phone", "telephone": "phone", "telephone number": "phone", "number": "phone", "cell": "mobile",
    "mobile number": "mobile", "cell phone": "mobile", "mobile phone": "mobile", "full name": "name",
    "home address": "address", "postal address": "address", "city": "home", "hometown": "home", "company": "employer",
    "birth date": "birthday", "date of birth": "birthday", "due date": "deadline", "web site": "website",
}  # fmt: skip


def _by_me(said: str) -> "re.Pattern[str]":
    return re.compile(rf"\bI{said}\s+$", re.IGNORECASE)


ABOUT_ME: Final = (
    ("place", "my home", _by_me(r"(?:'ve| have| now| just)* (?:live|moved|relocated|reside)(?: now)? (?:in|to|at)")),
    (
        "organisation",
        "my employer",
        _by_me(r"(?:'m| am| now| just)* (?:work|working|joined|employed)(?: now)?(?: at| for| by)?"),
    ),
    ("person", "my name", re.compile(r"(?:\bcall me|\bI(?:'m| am) called|\bI go by)\s+$", re.I)),
    ("date", "my birthday", re.compile(r"\bI was born(?: on| in)?\s+(?:the )?$", re.I)),
    ("phone", "my phone", re.compile(r"\b(?:call|reach|text|ring|phone) me (?:now )?(?:at|on|under)\s+$", re.I)),
    ("email", "my email", re.compile(r"\b(?:write|reach|mail|email) (?:to )?me (?:now )?(?:at|on|under)\s+$", re.I)),
)  # fmt: skip
UNSTATED: Final = frozenset({"ticket", "code", "mention", "ip_address"})
ASKED: Final = re.compile(r"[^.!\n]{0,200}\?")
SENTENCE: Final = re.compile(r"[.!?\n]\s")
CLAUSE: Final = re.compile(r"[,;:(]|\b(?:but|so|because|and)\b", re.IGNORECASE)
SUPPOSED: Final = re.compile(r"\b(?:if|suppose|supposing|assume|assuming|unless|whether|imagine)\b", re.IGNORECASE)
REPORTED: Final = re.compile(
    r"(?<!\bI )(?<!\byou )(?<!\bwe )\b(?:said|says|wrote|writes|asked|asks|claimed|claims|told|thinks|believes)\b",
    re.IGNORECASE,
)
QUOTED: Final = re2.compile(r'(?m)"[^"\n]+"|\x{201c}[^\x{201d}\n]+\x{201d}|\x{ab}[^\x{bb}\n]+\x{bb}|^ *>.*$')
NEGATED: Final = re.compile(r"\b(?:not|never)\b|n['\u2019]t\b", re.IGNORECASE)

NOT: Final = re.compile(r"\b(?:not|isn['\u2019]t|no longer|wasn't)(?: (?:on|at|in|to|by))?\s+$", re.IGNORECASE)
BUT: Final = re.compile(r",?\s+but(?: rather)?(?: (?:on|at|in|to|by))?\s+", re.IGNORECASE)
RATHER_NOT: Final = re.compile(r",? (?:and )?not(?: (?:on|at|in|to|by))?\s+", re.IGNORECASE)
INSTEAD: Final = re.compile(r"\s*,?\s*(?:instead of|rather than|in place of)(?: (?:on|at|in|to))?\s+", re.IGNORECASE)
INSTEAD_FIRST: Final = re.compile(r"\b(?:instead of|rather than)(?: (?:on|at|in|to))?\s+$", re.IGNORECASE)
USED: Final = re.compile(
    r",?\s+(?:please )?(?:use|take|write to|call|try|it is|we (?:use|meet))(?: (?:on|at|in|to))?\s+", re.IGNORECASE
)
FROM: Final = re.compile(
    r"\b(?:mov|chang|switch|postpon|reschedul|rais|increas|reduc|extend)\w*(?: \w+){0,3} from\s+$", re.IGNORECASE
)
TO: Final = re.compile(r"\s+to\s+", re.IGNORECASE)


def stated(text: str, finds: Sequence[Find]) -> list[Find]:
    """The finds with their labels, and with what each stands instead of. `finds`: in the order of their places."""
    meant = {one.start for one in finds if one.type not in UNSTATED} - _unmeant(text, finds)
    instead = dict(_instead(text, finds, meant))
    left = {old.start for old in instead.values()}
    labelled = (_labelled(text, one) if one.start in meant - left else one for one in finds)
    return [replace(one, instead=instead[one.start].key if one.start in instead else None) for one in labelled]


def _unmeant(text: str, finds: Sequence[Find]) -> set[int]:
    """Where finds begin that stand in quotations, in questions, and in what is supposed or reported. A quotation of
    nothing but the find is its author's own words.
    """
    quotes = [match.span() for match in QUOTED.finditer(text)]
    return {
        one.start
        for one in finds
        if any(start + 1 < one.start < end for start, end in quotes)
        or ASKED.match(text, one.end)
        or _is_foreign(_before(text, one))
    }


def _is_foreign(before: str) -> bool:
    """What is mine is told with an offer, too: "If you need me, my phone is"."""
    clause = before.rpartition(",")[2]
    mine = re.search(r"\bmy\b", clause, re.IGNORECASE)
    return bool(REPORTED.search(before) or SUPPOSED.search(clause if mine else before))


def _before(text: str, one: Find) -> str:
    return SENTENCE.split(text[max(0, one.start - BEFORE) : one.start])[-1]


def _labelled(text: str, one: Find) -> Find:
    """With what it is, or what it is no more: "my email is no longer"."""
    before = _before(text, one)
    if NOT.search(before):
        return replace(one, denied=_label(NOT.sub(" ", before), one))
    return replace(one, label=_label(before, one))


def _label(before: str, one: Find) -> str:
    for type, label, pattern in ABOUT_ME:
        if type == one.type and pattern.search(before):
            return label
    found = STATED.search(before)
    if not found or BEFORE_NOW.search(found["noun"]):
        return ""
    noun = " ".join(found["noun"].casefold().split()).removeprefix("new ")
    noun = SAME.get(noun, noun)
    if MANY.search(noun):
        return ""
    mine = found["whose"].casefold() == "my"
    if not mine and noun.split(" ")[-1] not in ONE:
        return ""
    return f"{MINE if mine else ''}{noun}"[:LABEL_LENGTH]


def _instead(text: str, finds: Sequence[Find], meant: set[int]) -> Iterator[tuple[int, Find]]:
    """Where something stands, and what it stands instead of: two of a type, with hardly anything between them."""
    last = dict[str, Find]()
    for one in finds:
        before = last.get(one.type)
        near = before and 0 <= one.start - before.end <= BETWEEN and before.key != one.key
        pair = _pair(text, before, one) if before and near and {before.start, one.start} <= meant else None
        if pair:
            new, old = pair
            yield new.start, old
        last[one.type] = one


def _pair(text: str, first: Find, second: Find) -> tuple[Find, Find] | None:
    """(new, old), where one is said to stand instead of the other."""
    before, between = _before(text, first), text[first.end : second.start]
    if NOT.search(before):
        return (second, first) if BUT.fullmatch(between) else None
    if NEGATED.search(CLAUSE.split(before)[-1]):
        return None
    if INSTEAD.fullmatch(between) or RATHER_NOT.fullmatch(between):
        return first, second
    replaced = (INSTEAD_FIRST.search(before) and USED.fullmatch(between)) or (
        FROM.search(before) and TO.fullmatch(between)
    )
    return (second, first) if replaced else None
