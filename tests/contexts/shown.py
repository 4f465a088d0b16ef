"""What tests compare of a context: everything that a handler could notice."""

from dataclasses import dataclass
from typing import Any

from contexts.context import Context, SummaryView


@dataclass(frozen=True)
class Shown:
    version: int
    messages: list[tuple[Any, ...]]
    pinned: list[str]
    entities: list[str]
    summary: tuple[Any, ...] | None
    recalled: list[int]
    tokens: int
    total: int
    left_out: int
    participants: list[tuple[str, str]]
    metadata: dict[str, Any]


def of(context: Context) -> Shown:
    return Shown(
        version=context.version,
        messages=[(one.seq, one.text, one.author, one.shortened) for one in context.messages],
        pinned=[pin.message.text if pin.message else pin.text for pin in context.pinned],
        entities=[entity.value for entity in context.entities],
        summary=summed(context.summary),
        recalled=[one.message.seq for one in context.recalled],
        tokens=context.tokens,
        total=context.total,
        left_out=context.left_out,
        participants=[(one.username, one.role) for one in context.participants],
        metadata=context.metadata,
    )


def summed(summary: SummaryView | None) -> tuple[Any, ...] | None:
    return (summary.text, summary.first_seq, summary.last_seq, summary.messages) if summary else None
