"""REST: routes."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch import routes
from dispatch.models import Route
from dispatch.route_shapes import NewRoute, RouteFields, RouteShape
from project.errors import Unprocessable
from project.http import IDEMPOTENCY_KEY, Pagination
from security.api import checked, created, own_user


class NotAWorkspace(Unprocessable):
    code = "invalid_filter"
    title = "The `workspace` filter takes a workspace's id, or `none` for the installation"


class InOrder(Pagination):
    ordering = ("position", "id")  # type: ignore[assignment]  # more than one column needs a cursor with an offset
    position = int


@extend_schema_view(
    get=extend_schema(
        summary="Routes that you manage, in their order",
        parameters=[OpenApiParameter("workspace", str, description="An id, or `none`: the installation's.")],
    )
)
class RouteList(ListAPIView[Route]):
    serializer_class = RouteShape
    pagination_class = InOrder

    def get_queryset(self) -> Any:
        mine = routes.manageable(own_user(self.request))
        asked = self.request.query_params.get("workspace")
        return mine.filter(workspace=asked_workspace(asked)) if asked else mine

    @extend_schema(
        summary="Create a route", request=NewRoute, responses={201: RouteShape}, parameters=[IDEMPOTENCY_KEY]
    )
    def post(self, request: Request) -> Response:
        user, asked = own_user(request), checked(NewRoute, request)
        return created(request, lambda: dict(RouteShape(routes.create(user, asked)).data))


class RouteDetail(APIView):
    @extend_schema(responses=RouteShape, summary="One route")
    def get(self, request: Request, id: UUID) -> Response:
        return Response(RouteShape(routes.find(own_user(request), id)).data)

    @extend_schema(request=RouteFields, responses=RouteShape, summary="Change it; it holds for the next decision")
    def patch(self, request: Request, id: UUID) -> Response:
        route = routes.find(own_user(request), id, "change")
        return Response(RouteShape(routes.change(route, checked(RouteFields, request, partial=True))).data)

    @extend_schema(responses={204: None}, summary="Delete it")
    def delete(self, request: Request, id: UUID) -> Response:
        routes.delete(routes.find(own_user(request), id, "delete"))
        return Response(status=204)


def asked_workspace(text: str) -> UUID | None:
    if text == "none":
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise NotAWorkspace() from error
