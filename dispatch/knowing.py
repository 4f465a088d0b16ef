"""What an expert asks is asked of the conversation first: a thing that people have said already is not asked again.

Only what people said counts, never an answer: of entities those that were recognised in what everybody here may read,
or that users corrected, and the metadata of the conversation.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from contexts import entities, limits
from contexts.context import EntityView
from dispatch.delegation_models import Delegation
from integrations.contract import Question
from project.schemas import Schema

MOST: Final = 20  # fields of a question that are looked for
NORMAL_FIRST: Final = frozenset({"date", "time"})  # types whose values are words like "tomorrow"


@dataclass(frozen=True)
class Known:
    """`values`: by field of the answer, in the form that the question wants. `whole`: they are all that it asks for."""

    values: dict[str, Any] = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True)
class Facts:
    """What the conversation of a delegation knows, for who had it made."""

    delegation: Delegation

    @cached_property
    def entities(self) -> tuple[EntityView, ...]:
        conversation = self.delegation.conversation
        if not limits.of(conversation).entities:
            return ()
        said = (one for one in entities.of(conversation.id) if one.source != "handler")
        return tuple(one for one in said if one.owner in ("", self._asker))

    def called(self, wanted: str) -> Iterator[Any]:
        """The values of what is meant by a label, a field of metadata or a type, the likeliest form first."""
        labelled = [one for one in self.entities if one.label.casefold() == wanted]
        mine = [one for one in labelled if one.owner]
        if mine or labelled:
            yield from _forms((mine or labelled)[0])
        elif (said := self._metadata.get(wanted)) is not None:
            yield said
            if isinstance(said, int | float) and not isinstance(said, bool):
                yield str(said)
        elif one := _only([one for one in self.entities if one.type == wanted]):
            yield from _forms(one)

    @property
    def _asker(self) -> str:
        return str(self.delegation.owner_id or "")

    @property
    def _metadata(self) -> dict[str, Any]:
        return {str(name).casefold(): value for name, value in self.delegation.conversation.metadata.items()}


def look(delegation: Delegation, question: Question, schema: Schema) -> Known:
    """What is known of what `question` says may be known. A value that does not fit its field is not."""
    facts = Facts(delegation)
    values: dict[str, Any] = {}
    wanted = list(question.known.items())[:MOST]
    for name, meant in wanted:
        fitting = (one for one in facts.called(str(meant).casefold()) if _fits(schema, name, one))
        if (value := next(fitting, None)) is not None:
            values[name] = value
    return Known(values, bool(values) and len(values) == len(wanted) and not schema.violations(values))


def _only(named: list[EntityView]) -> EntityView | None:
    """The one that holds: of several the one that people pinned, if they pinned one."""
    pinned = [one for one in named if one.pinned] or named
    return pinned[0] if len(pinned) == 1 else None


def _forms(one: EntityView) -> Iterator[Any]:
    yield from (one.normal, one.value) if one.type in NORMAL_FIRST else (one.value, one.normal)


def _fits(schema: Schema, name: str, value: Any) -> bool:
    pointer = f"/{name.replace('~', '~0').replace('/', '~1')}"
    faults = (fault["pointer"] for fault in schema.violations({name: value}))
    return not any(fault == pointer or fault.startswith(f"{pointer}/") for fault in faults)
