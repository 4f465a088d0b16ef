"""REST: one message, to be read, edited and deleted."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.api import MessageDetail
from contexts.serializers import MessageShape
from dispatch import deleting, editing, submissions
from dispatch.submissions import EditShape
from security import scopes
from security.api import own_user


class OneMessage(MessageDetail):
    key_scopes = scopes.by(GET=scopes.READ, PATCH=scopes.CHAT, DELETE=scopes.CHAT)

    @extend_schema(
        request=EditShape,
        responses=MessageShape,
        summary="Edit a message of yours; an answer to it is not given anew by itself",
    )
    def patch(self, request: Request, id: UUID) -> Response:
        edited = editing.edit(own_user(request), id, submissions.parse_edit(request.data))
        return Response(MessageShape(edited).data)

    @extend_schema(responses={204: None}, summary="Delete a message; a tombstone keeps its place")
    def delete(self, request: Request, id: UUID) -> Response:
        deleting.delete(own_user(request), id)
        return Response(status=204)
