"""A summary as it is told: how much it covers, by whom, the lines that say most, what was decided, what was named."""

from dataclasses import dataclass
from typing import Any, Final

from contexts.context import EntityView
from contexts.sentences import Line
from dispatch import quotes

MOST_PEOPLE: Final = 10
MOST_NAMED: Final = 12
LEAD: Final = "These are sentences as they were said; no model was asked."
NOTHING: Final = "There is nothing to sum up: nothing was said yet."


@dataclass(frozen=True)
class Person:
    name: str
    messages: int


@dataclass(frozen=True)
class Digest:
    """`first_seq` to `last_seq`: what it covers; 0 for nothing. `missed`: nothing in it is about what was asked."""

    title: str
    lines: tuple[Line, ...]
    decisions: tuple[Line, ...]
    people: tuple[Person, ...]
    entities: tuple[EntityView, ...]
    first_seq: int
    last_seq: int
    missed: bool

    @property
    def messages(self) -> int:
        return sum(person.messages for person in self.people)


def as_json(made: Digest) -> dict[str, Any]:
    return {
        "summary": "\n".join(map(_said, made.lines)),
        "first_seq": made.first_seq,
        "last_seq": made.last_seq,
        "messages": made.messages,
        "people": [{"name": one.name, "messages": one.messages} for one in made.people],
        "decisions": [{"seq": line.seq, "author": line.author, "text": line.text} for line in made.decisions],
        "entities": [
            {"type": one.type, "value": one.value, "label": one.label, "count": one.count} for one in made.entities
        ],
    }


def written(made: Digest) -> str:
    if not made.messages:
        return NOTHING
    return "\n".join(line for line in [_lead(made), *map(_listed, made.lines), *_decided(made), _named(made)] if line)


def _lead(made: Digest) -> str:
    of = f" of “{quotes.on_one_line(made.title)}”" if made.title else ""
    many = "1 message" if made.messages == 1 else f"{made.messages:,} messages"
    who = ", ".join(f"{one.name} ({one.messages})" for one in made.people[:MOST_PEOPLE])
    missed = "Nothing in it is about that; this is the whole. " if made.missed else ""
    return f"{missed}Summary{of}: {many}, by {who}. {LEAD}"


def _decided(made: Digest) -> list[str]:
    shown = {line.seq: line for line in made.decisions if line not in made.lines}
    return ["What sounds decided:", *map(_listed, shown.values())] if shown else []


def _named(made: Digest) -> str:
    named = ", ".join(f"{one.value} ({one.label or one.type})" for one in made.entities[:MOST_NAMED])
    return f"Named: {quotes.on_one_line(named)}" if named else ""


def _listed(line: Line) -> str:
    return f"- {_said(line)}"


def _said(line: Line) -> str:
    return quotes.on_one_line(f"{line.author}: {line.text}")
