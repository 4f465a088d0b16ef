"""REST: experts. Members see whom they may ask; who manages a workspace registers and changes its own."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch import dismissals
from dispatch.expert_shapes import Accepting, ExpertFields, ExpertShape, ListedExpert, NewExpert, RotatedShape
from dispatch.routes_api import asked_workspace
from integrations import definitions, roster
from integrations.models import Expert
from project.http import IDEMPOTENCY_KEY, Pagination
from security import scopes
from security.api import checked, created, own_session, own_user
from security.freshness import require_fresh

NOT_KEPT = {"Cache-Control": "no-store"}


class BySlug(Pagination):
    ordering = ("slug", "id")  # type: ignore[assignment]  # more than one column needs a cursor with an offset
    position = str


@extend_schema_view(
    get=extend_schema(
        summary="Experts of your workspaces and of the installation",
        parameters=[
            OpenApiParameter(
                "workspace", str, description="An id: those that this workspace has. `none`: the installation's."
            )
        ],
    )
)
class ExpertList(ListAPIView[Expert]):
    key_scopes = scopes.by(GET=scopes.READ)
    serializer_class = ListedExpert
    pagination_class = BySlug

    def get_queryset(self) -> Any:
        user, asked = own_user(self.request), self.request.query_params.get("workspace")
        return roster.visible_in(user, asked_workspace(asked)) if asked else roster.visible(user)

    def get_serializer_context(self) -> dict[str, Any]:
        """`managed` is asked for once a page."""
        mine = roster.manageable(own_user(self.request)).values_list("id", flat=True)
        return {**super().get_serializer_context(), "managed": set(mine)}

    @extend_schema(
        summary="Register an expert", request=NewExpert, responses={201: ExpertShape}, parameters=[IDEMPOTENCY_KEY]
    )
    def post(self, request: Request) -> Response:
        user, asked = own_user(request), checked(NewExpert, request)
        return created(request, lambda: dict(ExpertShape(roster.create(user, asked)).data))


class ExpertDetail(APIView):
    @extend_schema(responses=ExpertShape, summary="One expert, for who manages it")
    def get(self, request: Request, id: UUID) -> Response:
        return Response(ExpertShape(roster.find(own_user(request), id)).data)

    @extend_schema(request=ExpertFields, responses=ExpertShape, summary="Change it; it holds for the next task")
    def patch(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        expert, asked = roster.find(user, id, "change"), checked(ExpertFields, request, partial=True)
        return Response(ExpertShape(roster.change(expert, asked, user.id)).data)

    @extend_schema(responses={204: None}, summary="Delete it; what it has not ended fails")
    def delete(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        dismissals.dismiss(roster.find(user, id, "delete"), user.id)
        return Response(status=204)


class SecretRotation(APIView):
    key_scopes: ClassVar[Any] = scopes.by(POST=scopes.SIGN_IN)

    @extend_schema(
        request=None,
        responses=RotatedShape,
        summary="Draw a new signing secret; takes a password given within five minutes",
    )
    def post(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        expert = roster.find(user, id, "change")
        require_fresh(own_session(request))
        told = {"secret": roster.rotate(expert, user.id), "secret_until": expert.secret_until}
        return Response(RotatedShape(told).data, headers=NOT_KEPT)


class DefinitionAcceptance(APIView):
    @extend_schema(request=Accepting, responses=ExpertShape, summary="Agree to what it says of itself now")
    def post(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        expert, asked = roster.find(user, id, "change"), checked(Accepting, request)
        return Response(ExpertShape(definitions.accept(expert, asked["digest"], user.id)).data)
