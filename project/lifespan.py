"""The parts under an ASGI server that is not ours (uvicorn, hypercorn): started and stopped by its lifespan.

The limits of `project/transport.py` and `project/backpressure.py` do not hold there: the proxy in front sets them.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Final

from django.conf import settings

from dispatch.live import live
from project import drain
from project.parts import Parts

logger = logging.getLogger(__name__)

GOODBYE_SECONDS: Final = 0.5

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


async def lifespan(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    await receive()
    parts = Parts(serves=True, on_break=_end_process)
    _end_streams_on_signal()
    parts.start()
    logger.info("serving; started by the server's lifespan")
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await parts.drain(settings.DRAIN_SECONDS / 2)
    await parts.close()
    await send({"type": "lifespan.shutdown.complete"})


def _end_streams_on_signal() -> None:
    """Streams hear of the end from the signal, and before the server does: it would close sockets in its own way, and
    wait for streams that nobody ends.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        theirs = signal.getsignal(number)
        if not callable(theirs):
            continue

        def heard(number: int, frame: Any, theirs: Any = theirs) -> None:
            if drain.begun():
                theirs(number, frame)
                return
            drain.begin()
            loop.call_soon_threadsafe(live.stop, "restarting")
            loop.call_soon_threadsafe(loop.call_later, GOODBYE_SECONDS, theirs, number, frame)

        signal.signal(number, heard)


def _end_process() -> None:
    """What supervises the server starts another."""
    os.kill(os.getpid(), signal.SIGTERM)
