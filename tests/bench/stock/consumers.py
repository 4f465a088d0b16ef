"""Passes on to a socket what its conversation's group is told."""

from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken

from tests.bench.stock.models import Conversation


class ConversationConsumer(AsyncJsonWebsocketConsumer):
    group: str | None = None

    async def connect(self) -> None:
        header = dict(self.scope["headers"]).get(b"authorization", b"")
        number = self.scope["url_route"]["kwargs"]["conversation"]
        try:
            conversation = await database_sync_to_async(_entered)(header, number)
        except (InvalidToken, AuthenticationFailed, Conversation.DoesNotExist):
            await self.close()
            return
        self.group = conversation.group
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def conversation_event(self, event: dict[str, Any]) -> None:
        await self.send_json(event["content"])


def _entered(header: bytes, number: int) -> Conversation:
    checking = JWTAuthentication()
    token = checking.get_validated_token(header.partition(b" ")[2])
    found: Conversation = Conversation.objects.get(pk=number, members=checking.get_user(token))
    return found
