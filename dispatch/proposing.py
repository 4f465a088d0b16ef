"""Facts that handlers proposed, read by the filters as answers are: one that is refused harms no answer."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from contexts import proposals
from contexts.models import Conversation
from contexts.proposals import Proposed
from dispatch import reading
from dispatch.models import Run
from dispatch.reading import Screened
from project import log
from project.errors import SwitchboardError
from security.material import LABELS, Stage

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Heard:
    """A proposed fact, as it may be kept. `screened`: what filters said; None where there is nothing to read."""

    proposed: Proposed
    screened: Screened | None = None

    @property
    def refused(self) -> bool:
        return self.screened is not None and self.screened.refused


def read(proposed: Iterable[Proposed], conversation: Conversation) -> tuple[Heard, ...]:
    """Without those at which filters break."""
    return tuple(heard for one in proposed if (heard := _read(one, conversation)))


def keep(run: Run, heard: Iterable[Heard], replies: Mapping[str, UUID], about: log.About) -> None:
    """Write down what passes, and what was found, in the transaction that stores the replies: by handler, their ids."""
    passing = list[Proposed]()
    for one in heard:
        reply = replies.get(one.proposed.by)
        if one.screened:
            one.screened.keep(None if one.refused else reply, run.conversation_id, run.id)
        if not one.refused:
            passing.append(replace(one.proposed, reply=reply))
    proposals.keep(run.conversation, run.message, passing, about)


def _read(proposed: Proposed, conversation: Conversation) -> Heard | None:
    body = proposed.fact.body
    if not (body.text or body.metadata):
        return Heard(proposed)
    try:
        screened = reading.look(body, LABELS, None, conversation, Stage.ANSWER)
    except SwitchboardError as error:
        logger.warning("a proposed fact could not be screened", extra={"code": error.code})
        return None
    if screened.refused:
        logger.warning("a proposed fact was refused by screening", extra={"code": screened.verdict.action})
    return Heard(replace(proposed, fact=proposed.fact.shown(screened.shown)), screened)
