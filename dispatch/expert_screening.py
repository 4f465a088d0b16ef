"""What experts say, read by the filters: nobody reviews it, so that what they would hold is refused."""

import logging

from contexts.models import Conversation
from dispatch import expert_words, reading
from dispatch.delegation_models import Delegation
from dispatch.reading import Screened
from project.errors import SwitchboardError
from security.material import Body, Stage
from security.screening import ScreeningFailed

logger = logging.getLogger(__name__)


def read(conversation: Conversation, body: Body, stage: Stage = Stage.ANSWER) -> Screened | str:
    """What filters make of it, or why nothing can be shown."""
    try:
        return reading.look(body, "text", None, conversation, stage)
    except ScreeningFailed:
        return "answer_unscreened"
    except SwitchboardError as error:
        logger.warning("what an expert said was refused by screening", extra={"code": error.code})
        return "answer_refused"


def shown(delegation: Delegation, text: str) -> str:
    """What filters let through of a line; "" of what they refuse."""
    if not text:
        return ""
    found = read(delegation.conversation, Body(text[: expert_words.LONGEST_LINE]))
    return "" if isinstance(found, str) or found.refused else found.shown.text
