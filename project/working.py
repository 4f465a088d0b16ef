"""One working process: the parts of a server without its sockets; drains on SIGTERM."""

import asyncio
import logging

from django.conf import settings

from project import parts
from project.parts import Parts

logger = logging.getLogger(__name__)


async def work() -> int:
    """Until a signal, or a part that broke. Returns the exit status."""
    stopping = asyncio.Event()
    mine = Parts(serves=False, on_break=stopping.set)
    parts.on_stop_signal(asyncio.get_running_loop(), stopping.set)
    mine.start()
    mine.watch_parent()
    logger.info("working; %d runs at a time", settings.RUN_CONCURRENCY)
    await stopping.wait()
    await mine.drain(settings.DRAIN_SECONDS / 2)
    await mine.close()
    return 1 if mine.failed else 0
