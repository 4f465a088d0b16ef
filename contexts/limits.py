"""How much a context holds: the policy of its workspace, over the installation's defaults."""

from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Final

import orjson
from django.conf import settings

from contexts.knowledge import ContextPolicy
from contexts.models import Conversation

# Shares of the budget, at most. What a share does not use is the window's; while everything fits, only pins and
# entities take any.
PINNED: Final = 0.2
ENTITIES: Final = 0.1
SUMMARY: Final = 0.1
RECALLED: Final = 0.15
LONGEST: Final = 0.25  # of one message: a question and its answer always fit, however long
WAITING: Final = 24  # messages that a snapshot holds beyond the window: those that wait for their own turn


@dataclass(frozen=True)
class Limits:
    """`tokens`: of everything. `messages`: of the window. `days`: their greatest age, None for any.
    `renames`: how often somebody's name has changed, for snapshots show names.
    """

    messages: int
    days: int | None
    tokens: int
    recalled: int
    summary: bool
    entities: bool
    tokenizer: str
    renames: int = 0

    def share(self, part: float) -> int:
        return int(self.tokens * part)

    @cached_property
    def hash(self) -> str:
        """The same for equal limits: part of a snapshot's key."""
        return blake2b(orjson.dumps(asdict(self)), digest_size=8).hexdigest()


def of(conversation: Conversation) -> Limits:
    """Without a query, where the conversation was read with `workspace__context_policy`."""
    policy = getattr(conversation.workspace, "context_policy", None) or ContextPolicy()
    return Limits(
        messages=policy.messages,
        days=policy.days,
        tokens=policy.tokens or settings.CONTEXT_TOKENS,
        recalled=policy.recalled,
        summary=policy.summary,
        entities=policy.entities,
        tokenizer=settings.TOKENIZER,
        renames=conversation.workspace.renames,
    )
