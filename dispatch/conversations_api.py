"""REST: one conversation, with what is under way in it."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from contexts import conversations
from contexts.api import ConversationDetail
from dispatch import closing
from security.api import own_user


class OneConversation(ConversationDetail):
    @extend_schema(responses={204: None}, summary="Delete it; experts who were asked in it are told to stop")
    def delete(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        closing.delete(user, conversations.find(user, id))
        return Response(status=204)
