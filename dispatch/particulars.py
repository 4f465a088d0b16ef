"""Answers from what is known beside messages: things that were named, and what is pinned."""

import re
from collections.abc import Iterable
from typing import Final

from contexts.context import EntityView, MessageView, Participant
from contexts.models import MessageRole
from dispatch import questions, quotes
from dispatch.handlers import Reply
from dispatch.questions import Question

MOST: Final = 20
NOUNS: Final = {
    "email": ("e-?mails?(?: address(?:es)?)?|mail address(?:es)?", ("email",)),
    "phone": ("(?:tele)?phones?(?: numbers?)?|(?:mobile|cell)(?: (?:phone|number)s?)?", ("phone",)),
    "link": ("links?|urls?|websites?|web pages?", ("url",)),
    "date": ("dates?|days|deadlines?|appointments?", ("date", "time")),
    "time": ("times", ("time", "date")),
    "name": ("name|full name", ()),
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
LABELLED: Final = re.compile(
    r"(?:(?:please|tell me|do you know|can you tell me)\s+)*(?:when|what|where)(?:'s|s| is| was| are)?\s+"
    r"(?:the (?:date|time|place) of\s+)?(?:the|our|(?P<mine>my))\s+(?:current |new )?(?P<label>[a-z][a-z -]{0,38})"
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
    labelled = _labelled(question)
    if labelled:
        return labelled
    if owned := OWNED.fullmatch(folded):
        return _owned(question, owned)
    named = NAMED.fullmatch(folded)
    types = _types(named) if named else ("person", "mention") if WHO.fullmatch(folded) else ()
    return _named(question, types) if types else None


def _types(match: re.Match[str]) -> tuple[str, ...]:
    return NOUNS[_kind(match)][1]


def _kind(match: re.Match[str]) -> str:
    return next(name for name in NOUNS if match[name])


def _owner(question: Question, name: str | None) -> Participant | None:
    """The asker where no other is named; None for somebody who is not here."""
    sought = (name or question.message.author).casefold()
    people = question.context.participants
    return next((one for one in people if sought in _names(one)), None)


def _names(person: Participant) -> set[str]:
    return {name.casefold() for name in (person.username, *person.name.split()[:1])}


def _labelled(question: Question) -> Reply | None:
    """What is said to be the deadline, or the asker's own."""
    match = LABELLED.fullmatch(question.folded)
    owner = _owner(question, None)
    if not match or (match["mine"] and not owner):
        return None
    label, whose = (f"my {match['label']}", str(owner.id)) if match["mine"] and owner else (match["label"], "")
    found = [one for one in question.context.entities if (one.label, one.owner) == (label, whose)]
    if not found:
        return None
    return Reply(f"{'Your' if whose else 'The'} {match['label']}: {_listed(found)}.", metadata=_sources(found))


def _owned(question: Question, match: re.Match[str]) -> Reply:
    """What somebody else has is no answer: nothing known is said to be nothing known."""
    owner, types = _owner(question, match["owner"]), _types(match)
    entities = question.context.entities if owner else ()
    found = [entity for entity in entities if owner and entity.type in types and entity.owner == str(owner.id)]
    who = "Your" if match["mine"] else f"{owner.username if owner else match['owner']}'s"
    if found:
        return Reply(f"{who} {_called(found[0].type)}: {_listed(found)}.", metadata=_sources(found))
    said = _said(question, match, owner)
    if said:
        return Reply(quotes.listed(said), metadata=quotes.sources(said))
    kind = _kind(match)
    if kind == "name" and owner:
        return Reply(f"{who} name: {owner.name}.")
    return Reply(f"I do not know {who.replace('Your', 'your')} {_called(types[0] if types else kind)}.")


def _said(question: Question, match: re.Match[str], owner: Participant | None) -> list[MessageView]:
    """The newest message that speaks of it in these words, of themselves by whose it is."""
    noun = rf"(?:current |new |own )?(?:{NOUNS[_kind(match)][0]})\b"
    names = "|".join(map(re.escape, sorted(_names(owner) if owner else {match["owner"] or question.message.author})))
    for message in sorted(question.context.messages, key=lambda one: -one.seq):
        text = message.text[: questions.READ].casefold()
        theirs = owner is not None and message.author == owner.username and re.search(rf"\bmy {noun}", text)
        about = message.role == MessageRole.USER and re.search(rf"\b(?:{names})['\u2019]s {noun}", text)
        if (theirs or about) and questions.tells(message.text[: questions.READ]):
            return [message]
    return []


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
