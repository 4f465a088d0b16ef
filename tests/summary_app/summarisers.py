"""Summarisers that ask a server: `address` is where it listens."""

import asyncio
import time
from typing import Any

import httpx

from dispatch import summarisers

address = ""


@summarisers.register(timeout=1)
async def over_http(said: tuple[str, ...]) -> Any:
    async with httpx.AsyncClient() as client:
        answer = await client.post(address, json=list(said), timeout=30)
    return answer.raise_for_status().json()["text"]


@summarisers.register(timeout=1)
def over_http_in_a_thread(said: tuple[str, ...]) -> Any:
    return httpx.post(address, json=list(said), timeout=3).raise_for_status().json()["text"]


@summarisers.register(timeout=1)
async def no_text(said: tuple[str, ...]) -> Any:
    return {"text": "x"}


@summarisers.register(timeout=1)
async def exits(said: tuple[str, ...]) -> Any:
    raise SystemExit(3)


@summarisers.register(timeout=1)
async def cancels_itself(said: tuple[str, ...]) -> Any:
    raise asyncio.CancelledError()


@summarisers.register(timeout=0.2)
def hangs_in_a_thread(said: tuple[str, ...]) -> Any:
    time.sleep(1)
    return "too late"
