"""REST: workspaces and members."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from project.http import IDEMPOTENCY_KEY
from security import access, limits, scopes, workspaces
from security.api import checked, created, own_user
from security.models import Membership, Workspace
from security.serializers import MemberRole, MemberShape, NewMember, WorkspaceShape


@extend_schema_view(get=extend_schema(summary="Your workspaces, newest first"))
class WorkspaceList(ListAPIView[Workspace]):
    serializer_class = WorkspaceShape
    key_scopes = scopes.by(GET=scopes.READ, POST=scopes.SIGN_IN)

    def get_queryset(self) -> Any:
        return Workspace.objects.of(own_user(self.request))

    @extend_schema(
        summary="Create a workspace; you own it", parameters=[IDEMPOTENCY_KEY], responses={201: WorkspaceShape}
    )
    def post(self, request: Request) -> Response:
        user, asked = own_user(request), checked(WorkspaceShape, request)
        return created(request, lambda: dict(WorkspaceShape(workspaces.create(user, asked["name"])).data))


class WorkspaceDetail(APIView):
    key_scopes = scopes.by(GET=scopes.READ)

    @extend_schema(responses=WorkspaceShape, summary="One workspace")
    def get(self, request: Request, id: UUID) -> Response:
        return Response(WorkspaceShape(_workspace(request, id)).data)

    @extend_schema(request=WorkspaceShape, responses=WorkspaceShape, summary="Rename it")
    def patch(self, request: Request, id: UUID) -> Response:
        asked = checked(WorkspaceShape, request)
        workspace = workspaces.rename(own_user(request), _workspace(request, id), asked["name"])
        return Response(WorkspaceShape(workspace).data)


@extend_schema_view(get=extend_schema(summary="Members, newest first"))
class MemberList(ListAPIView[Membership]):
    serializer_class = MemberShape
    key_scopes = scopes.by(GET=scopes.READ)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Membership.objects.none()
        workspace = _workspace(self.request, self.kwargs["id"])
        return Membership.objects.filter(workspace=workspace).select_related("user")

    @extend_schema(
        summary="Add a member", request=NewMember, responses={201: MemberShape}, parameters=[IDEMPOTENCY_KEY]
    )
    def post(self, request: Request, id: UUID) -> Response:
        user, workspace, asked = own_user(request), _workspace(request, id), checked(NewMember, request)
        limits.spend("members", user.id, *settings.LIMITS["members"])  # here: what is refused below is rolled back
        return created(
            request,
            lambda: dict(MemberShape(workspaces.add_member(user, workspace, asked["username"], asked["role"])).data),
        )


class MemberDetail(APIView):
    @extend_schema(request=MemberRole, responses=MemberShape, summary="Change a member's role")
    def patch(self, request: Request, id: UUID, member: UUID) -> Response:
        membership = _membership(request, id, member)
        return Response(
            MemberShape(
                workspaces.change_role(own_user(request), membership, checked(MemberRole, request)["role"])
            ).data
        )

    @extend_schema(responses={204: None}, summary="Remove a member, or leave")
    def delete(self, request: Request, id: UUID, member: UUID) -> Response:
        workspaces.remove_member(own_user(request), _membership(request, id, member))
        return Response(status=204)


def _workspace(request: Request, id: UUID) -> Workspace:
    access.require(own_user(request), id, access.READ)
    return get_object_or_404(Workspace.objects.of(own_user(request)), id=id)


def _membership(request: Request, id: UUID, member: UUID) -> Membership:
    _workspace(request, id)
    return get_object_or_404(Membership.objects.select_related("user"), workspace_id=id, id=member)
