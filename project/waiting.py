"""Waiting for something to happen, and not for ever."""

import asyncio


async def happens(event: asyncio.Event, seconds: float) -> bool:
    """False when it has not within that time."""
    try:
        async with asyncio.timeout(seconds):  # `wait_for` of 3.11 may swallow a cancellation that meets the event
            await event.wait()
    except TimeoutError:
        return False
    return True
