"""REST: taking messages out of a context, and having it made anew."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contexts import conversations, pruning, store
from contexts.models import Conversation
from contexts.pruning_shapes import PrunedShape, PruneShape, VersionShape, wanted
from project import log
from security import access, scopes
from security.api import checked, own_user
from security.models import User


class ContextPrune(APIView):
    key_scopes = scopes.by(POST=scopes.CHAT)

    @extend_schema(
        request=PruneShape,
        responses=PrunedShape,
        summary="Take messages out of the context, or say which would leave it; they stay in the conversation",
    )
    def post(self, request: Request, id: UUID) -> Response:
        user, asked = own_user(request), checked(PruneShape, request)
        conversation = conversations.find(user, id, access.CHAT)
        about = _about(conversation, user)
        pruned = pruning.prune(conversation, wanted(asked), about, user.reader, asked["dry_run"])
        return Response(PrunedShape(pruned).data)


class ContextInvalidate(APIView):
    key_scopes = scopes.by(POST=scopes.CHAT)

    @extend_schema(request=None, responses=VersionShape, summary="Have the context made anew from what is stored")
    def post(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        conversation = conversations.find(user, id, access.CHAT)
        return Response({"version": store.invalidate(conversation, _about(conversation, user))})


def _about(conversation: Conversation, user: User) -> log.About:
    return log.About(conversation.workspace_id, actor={"kind": "user", "id": str(user.id)})
