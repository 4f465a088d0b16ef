"""The background task that answers, and what it and the view tell a conversation's followers."""

import asyncio
import contextvars
from typing import Any

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from tests.bench.stock.models import Message
from tests.bench.stock.serializers import shown

_tasks: set["asyncio.Task[None]"] = set()


async def received(group: str, message: int, content: dict[str, Any]) -> None:
    await _tell(group, "message.received", content)
    context = contextvars.Context()  # in that of the request it would wait for a thread that ends with the request
    task = asyncio.create_task(_answer(group, message), context=context)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _answer(group: str, message: int) -> None:
    content = await database_sync_to_async(_write_answer)(message)
    await _tell(group, "message.completed", content)


def _write_answer(message: int) -> dict[str, Any]:
    asked = Message.objects.get(pk=message)
    text = f"echo: {asked.text}"
    reply = Message.objects.create(
        conversation_id=asked.conversation_id, reply_to=asked, role="assistant", kind=asked.kind, text=text
    )
    return shown(reply)


async def _tell(group: str, type: str, content: dict[str, Any]) -> None:
    layer: Any = get_channel_layer()
    await layer.group_send(group, {"type": "conversation.event", "content": {"type": type, "data": content}})
