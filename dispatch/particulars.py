"""Answers from what is known beside messages: things that were named, and what is pinned."""

import re
from collections.abc import Iterable
from typing import Final

from contexts.context import EntityView, Participant
from dispatch import quotes
from dispatch.handlers import Reply
from dispatch.questions import Question

MOST: Final = 20
NOUNS: Final = {
    "email": ("e-?mails?(?: address(?:es)?)?|mail address(?:es)?", ("email",)),
    "phone": ("(?:tele)?phones?(?: numbers?)?|(?:mobile|cell)(?: (?:phone|number)s?)?", ("phone",)),
    "link": ("links?|urls?|websites?|web pages?", ("url",)),
    "date": ("dates?|days|deadlines?|appointments?", ("date", "time")),
    "time": ("times", ("time", "date")),
    "person": ("people|persons?|names", ("person", "mention")),
    "organisation": ("organi[sz]ations?|compan(?:y|ies)|firms?", ("organisation",)),
    "place": ("places?|cit(?:y|ies)|countr(?:y|ies)|locations?", ("place",)),
    "amount": ("amounts?|sums? of money|prices?|costs?", ("money",)),
    "quantity": ("quantit(?:y|ies)|measures?", ("quantity",)),
    "ticket": ("tickets?(?: numbers?)?|issues?", ("ticket",)),
    "code": ("files?|functions?|code references?", ("code",)),
}
NOUN: Final = "|".join(f"(?P<{name}>{pattern})" for name, (pattern, _types) in NOUNS.items())
OWNED: Final = re.compile(
    rf"(?:(?:please|tell me|do you know|can you tell me)\s+)*(?:what(?:'s|s| is| are| was| were)?\s+)?"
    rf"(?:(?P<mine>my)|(?P<owner>\w+)'s)\s+(?:current |new |own )?(?:{NOUN})"
)
NAMED: Final = re.compile(
    rf"(?:(?:please|tell me|can you)\s+)*(?:which|what|list|show me)\s+(?:(?:me|all|the|of|other)\s+)*(?:{NOUN})\b"
    r"(?:\s+(?:that\s+)?(?:were|was|are|have been|has been|did (?:i|we|you|they))\b.*"
    r"\b(?:named|mentioned|mention|name|known|said|say)\b.*|\s+do you know(?: of)?|(?<=s)|(?<=people))"
)
WHO: Final = re.compile(
    r"who (?:was|were|has been|have been) (?:named|mentioned)\b.*|who did (?:i|we|they) (?:mention|name)\b.*"
)
PINNED: Final = re.compile(
    r"(?:(?:please|tell me)\s+)*(?:what(?:'s|s| is| are| did (?:i|we))?|which|list|show me)\b.*\b(?:pins?|pinned)\b.*"
)


def answer(question: Question) -> Reply | None:
    """None where none of it is asked for, or nothing of the kind is known: what was said may tell then."""
    folded = question.folded
    if PINNED.fullmatch(folded):
        return _pinned(question)
    owned = OWNED.fullmatch(folded)
    if owned:
        return _owned(question, _types(owned), _owner(question, owned["owner"]))
    named = NAMED.fullmatch(folded)
    types = _types(named) if named else ("person", "mention") if WHO.fullmatch(folded) else ()
    return _named(question, types) if types else None


def _types(match: re.Match[str]) -> tuple[str, ...]:
    return next(types for name, (_pattern, types) in NOUNS.items() if match[name])


def _owner(question: Question, name: str | None) -> Participant | None:
    """The asker where no other is named; None for somebody who is not here."""
    sought = (name or question.message.author).casefold()
    people = question.context.participants
    return next((one for one in people if sought in _names(one)), None)


def _names(person: Participant) -> set[str]:
    return {name.casefold() for name in (person.username, *person.name.split()[:1])}


def _owned(question: Question, types: tuple[str, ...], owner: Participant | None) -> Reply | None:
    if owner is None:
        return None
    entities = question.context.entities
    found = [entity for entity in entities if entity.type in types and entity.owner == str(owner.id)]
    if not found:
        return None
    who = "Your" if owner.username == question.message.author else f"{owner.username}'s"
    return Reply(f"{who} {_called(found[0].type)}: {_listed(found)}.", metadata=_sources(found))


def _named(question: Question, types: tuple[str, ...]) -> Reply | None:
    found = [entity for entity in question.context.entities if entity.type in types]
    if not found:
        return None
    more = len(found) - MOST
    rest = f" and {more} more" if more > 0 else ""
    return Reply(f"Named here: {_listed(found[:MOST])}{rest}.", metadata=_sources(found[:MOST]))


def _pinned(question: Question) -> Reply:
    pinned = question.context.pinned
    if not pinned:
        return Reply("Nothing is pinned.")
    lines = [
        quotes.listed([pin.message]) if pin.message else f"A note: “{quotes.passage(pin.text, frozenset())}”"
        for pin in pinned
    ]
    return Reply(
        "Pinned:\n" + "\n".join(f"- {line}" for line in lines),
        metadata=quotes.sources(pin.message for pin in pinned if pin.message),
    )


def _listed(found: Iterable[EntityView]) -> str:
    """Dates and amounts with what they come to, where they were written otherwise."""
    return ", ".join(
        f"{entity.value} ({entity.normal})"
        if entity.type in ("date", "time", "money") and entity.normal not in ("", entity.value)
        else entity.value
        for entity in found
    )


def _called(type: str) -> str:
    return {"email": "e-mail address", "phone": "phone number", "url": "link"}.get(type, type)


def _sources(found: Iterable[EntityView]) -> dict[str, list[str]]:
    """Reply metadata that names which entities told."""
    return {"entities": [str(entity.id) for entity in found]}
