"""Parts of a summary put into words by a summariser: after the answer, in no transaction, and screened like one."""

import logging
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db import transaction

from contexts import folding
from contexts.models import Conversation
from dispatch import foreign, reading, summarisers
from dispatch.summarisers import Summariser
from project import log, pools
from project.errors import SwitchboardError
from security.material import Body, Stage

logger = logging.getLogger(__name__)

AT_ONCE: Final = 2  # of a process: a summariser that hangs holds no more places of runs
MOST: Final = 4  # parts of one step

_under_way: set[UUID] = set()


async def write(conversation: UUID, parts: Iterable[int]) -> None:
    """Of these parts, the newest that are told of. What fails is not tried again: the sentences stand."""
    summariser = summarisers.chosen()
    if summariser is None or conversation in _under_way or len(_under_way) >= AT_ONCE:
        return
    _under_way.add(conversation)
    try:
        for part in sorted(parts, reverse=True)[:MOST]:
            await _write(summariser, conversation, part)
    finally:
        _under_way.discard(conversation)


async def _write(summariser: Summariser, conversation: UUID, part: int) -> None:
    source = await pools.steps.run(folding.source, part)
    text = await _asked(summariser, source.said) if source and source.said else ""
    if source and text:
        await pools.steps.run(_keep, conversation, source, text, summariser.name)


async def _asked(summariser: Summariser, said: tuple[str, ...]) -> str:
    """What it answers within its time; "" for what is no answer."""
    try:
        text = await foreign.within(summariser.timeout, summariser.name, summariser.write, said)
    except TimeoutError:
        logger.warning("a summariser did not answer in time", extra={"summariser": summariser.name})
        return ""
    except Exception:
        logger.exception("a summariser broke", extra={"summariser": summariser.name})
        return ""
    return " ".join(text.split()) if isinstance(text, str) else ""


def _keep(conversation_id: UUID, source: folding.Source, text: str, by: str) -> None:
    """As filters let it through; nothing, where they do not, or where the conversation is gone."""
    conversation = Conversation.objects.select_related("workspace__context_policy").filter(id=conversation_id).first()
    if conversation is None:
        return
    try:
        screened = reading.look(Body(text), "text", None, conversation, Stage.ANSWER)
    except SwitchboardError as error:
        logger.warning("a summary was refused by screening", extra={"code": error.code})
        return
    with transaction.atomic():
        log.lock(conversation.stream)
        screened.keep(None, conversation.id)
        if screened.refused:
            logger.warning("a summary was refused by screening", extra={"code": screened.verdict.action})
        else:
            folding.word(conversation, source, screened.shown.text, by)
