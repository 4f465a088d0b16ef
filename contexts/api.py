"""REST: conversations, and reading messages."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contexts import conversations
from contexts.models import Conversation, Message
from contexts.serializers import ConversationChange, ConversationShape, MessageShape, NewConversation
from project.errors import NotFound, Unprocessable
from project.http import IDEMPOTENCY_KEY, OldestFirst
from security import scopes
from security.api import checked, created, own_user


class NotAWorkspace(Unprocessable):
    code = "invalid_filter"
    title = "The `workspace` filter takes a workspace's id"


@extend_schema_view(
    get=extend_schema(
        summary="Conversations you may see, newest first",
        parameters=[OpenApiParameter("workspace", UUID), OpenApiParameter("archived", bool)],
    )
)
class ConversationList(ListAPIView[Conversation]):
    serializer_class = ConversationShape
    key_scopes = scopes.by(GET=scopes.READ, POST=scopes.CHAT)

    def get_queryset(self) -> Any:
        archived = self.request.query_params.get("archived") == "true"
        visible = Conversation.objects.visible_to(own_user(self.request)).filter(archived_at__isnull=not archived)
        workspace = self.request.query_params.get("workspace")
        return visible.filter(workspace_id=_id(workspace)) if workspace else visible

    @extend_schema(
        summary="Create a conversation",
        request=NewConversation,
        responses={201: ConversationShape},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        user, asked = own_user(request), checked(NewConversation, request)
        return created(
            request, lambda: dict(ConversationShape(conversations.create(user, asked.pop("workspace"), asked)).data)
        )


class ConversationDetail(APIView):
    key_scopes = scopes.by(GET=scopes.READ)

    @extend_schema(responses=ConversationShape, summary="One conversation")
    def get(self, request: Request, id: UUID) -> Response:
        return Response(ConversationShape(conversations.find(own_user(request), id)).data)

    @extend_schema(request=ConversationChange, responses=ConversationShape, summary="Change or archive it")
    def patch(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        conversation = conversations.find(user, id)
        changed = conversations.change(user, conversation, checked(ConversationChange, request, partial=True))
        return Response(ConversationShape(changed).data)


@extend_schema_view(get=extend_schema(summary="Messages, oldest first"))
class MessageList(ListAPIView[Message]):
    serializer_class = MessageShape
    pagination_class = OldestFirst
    key_scopes = scopes.by(GET=scopes.READ)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Message.objects.none()
        user = own_user(self.request)
        return Message.objects.filter(user.reader.rows, conversation=conversations.find(user, self.kwargs["id"]))


class MessageDetail(APIView):
    key_scopes = scopes.by(GET=scopes.READ)

    @extend_schema(responses=MessageShape, summary="One message")
    def get(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        message = Message.objects.filter(user.reader.rows, id=id).first()
        if message is None:
            raise NotFound()
        conversations.find(user, message.conversation_id)
        return Response(MessageShape(message).data)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotAWorkspace() from error
