"""What is done for the next answers once one is there: what left the window is summed up. No answer waits for it."""

import logging
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from contexts import folding
from dispatch import wording
from project import pools
from project.errors import DATABASE_OUTAGE

logger = logging.getLogger(__name__)


async def fold(conversation: UUID) -> None:
    """Where it cannot be done now, a later answer or the periodic job does it."""
    try:
        made = await pools.steps.run(folding.fold, conversation)
        await wording.write(conversation, made)
    except (*DATABASE_OUTAGE, pools.Busy):
        logger.warning("a summary waits for the database")
    except ObjectDoesNotExist:
        logger.info("what was to be summed up is gone")
