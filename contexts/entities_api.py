"""REST: what is recognised in a conversation."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contexts import conversations, corrections
from contexts.entities import TYPE
from contexts.entity_shapes import EntityChange, EntityShape
from contexts.finds import TYPES
from contexts.knowledge import Entity, Mention
from project.errors import Unprocessable
from security import access, scopes
from security.api import checked, own_user

MENTIONS: Final = 20
FLAGS: Final = {"true": True, "false": False}


class NotAFilter(Unprocessable):
    code = "invalid_filter"
    title = "The filters are `type`, and `pinned` and `all`, which are true or false"


@extend_schema_view(
    get=extend_schema(
        summary="What is recognised in a conversation, newest first",
        parameters=[
            OpenApiParameter("type", str, description=f"One of {', '.join(TYPES)}, or a handler's own."),
            OpenApiParameter("pinned", bool),
            OpenApiParameter("all", bool, description="With what later facts have superseded."),
        ],
    )
)
class EntityList(ListAPIView[Entity]):
    serializer_class = EntityShape
    key_scopes = scopes.by(GET=scopes.READ)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Entity.objects.none()
        conversation = conversations.find(own_user(self.request), self.kwargs["id"])
        rows = Entity.objects.filter(conversation=conversation, removed_at=None)
        asked = self.request.query_params
        if not _flag(asked.get("all", "false")):
            rows = rows.known()
        if "pinned" in asked:
            rows = rows.filter(pinned=_flag(asked["pinned"]))
        return rows.filter(type=_type(asked["type"])) if "type" in asked else rows

    def paginate_queryset(self, queryset: Any) -> Any:
        return shown(super().paginate_queryset(queryset) or [])


class EntityDetail(APIView):
    key_scopes = scopes.by(GET=scopes.READ)

    @extend_schema(responses=EntityShape, summary="One recognised thing")
    def get(self, request: Request, id: UUID, entity: UUID) -> Response:
        conversation = conversations.find(own_user(request), id)
        return _answer(corrections.find(conversation, entity))

    @extend_schema(request=EntityChange, responses=EntityShape, summary="Correct or pin it")
    def patch(self, request: Request, id: UUID, entity: UUID) -> Response:
        user = own_user(request)
        conversation = conversations.find(user, id, access.CHAT)
        asked = checked(EntityChange, request, partial=True)
        return _answer(corrections.correct(user, conversation, entity, asked))

    @extend_schema(responses={204: None}, summary="Forget it: it is not recognised again")
    def delete(self, request: Request, id: UUID, entity: UUID) -> Response:
        user = own_user(request)
        corrections.remove(user, conversations.find(user, id, access.CHAT), entity)
        return Response(status=204)


def shown(rows: Sequence[Entity]) -> Sequence[Entity]:
    """With their newest mentions. What is named often is asked for apart, so that no more is read than is shown."""
    newest = Mention.objects.order_by("-message", "-start")
    few = defaultdict[UUID, list[Mention]](list)
    for mention in newest.filter(entity__in=[row.id for row in rows if row.count <= MENTIONS]):
        few[mention.entity_id].append(mention)
    for row in rows:
        often = row.count > MENTIONS
        vars(row)["shown"] = list(newest.filter(entity=row.id)[:MENTIONS]) if often else few[row.id][:MENTIONS]
    return rows


def _answer(entity: Entity) -> Response:
    [row] = shown([entity])
    return Response(EntityShape(row).data)


def _flag(told: str) -> bool:
    if told not in FLAGS:
        raise NotAFilter()
    return FLAGS[told]


def _type(told: str) -> str:
    if not TYPE.fullmatch(told):
        raise NotAFilter(f"Types are {', '.join(TYPES)}, and what handlers call theirs.")
    return told
