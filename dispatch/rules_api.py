"""REST: staff's rules, and what they would find."""

from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch import kinds, whatif
from dispatch.routes_api import asked_workspace
from dispatch.rule_shapes import ListedRule, NewRule, RuleFields, RuleShape, TrialShape, Trying
from project.http import IDEMPOTENCY_KEY
from security import limits, ruling
from security.api import checked, created, own_user
from security.models import User
from security.screening_models import Rule


@extend_schema_view(
    get=extend_schema(
        summary="Rules that you manage, newest first, without their expressions",
        parameters=[OpenApiParameter("workspace", str, description="An id, or `none`: the installation's.")],
    )
)
class RuleList(ListAPIView[Rule]):
    serializer_class = ListedRule

    def get_queryset(self) -> Any:
        mine = ruling.manageable(own_user(self.request))
        asked = self.request.query_params.get("workspace")
        return mine.filter(workspace=asked_workspace(asked)) if asked else mine

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "user": self.request.user}

    @extend_schema(summary="Create a rule", request=NewRule, responses={201: RuleShape}, parameters=[IDEMPOTENCY_KEY])
    def post(self, request: Request) -> Response:
        user, asked = own_user(request), checked(NewRule, request)
        return created(request, lambda: _made(user, asked))


class RuleDetail(APIView):
    @extend_schema(responses=RuleShape, summary="One rule")
    def get(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        return Response(_shown(ruling.find(user, id), user))

    @extend_schema(request=RuleFields, responses=RuleShape, summary="Change it; it holds for the next text")
    def patch(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        rule, asked = ruling.find(user, id, "change"), checked(RuleFields, request, partial=True)
        return Response(_shown(ruling.change(rule, asked, kinds.known(), user.id), user))

    @extend_schema(responses={204: None}, summary="Delete it; its findings stay")
    def delete(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        ruling.delete(ruling.find(user, id, "delete"), user.id)
        return Response(status=204)


class RuleTrial(APIView):
    @extend_schema(
        request=Trying, responses=TrialShape, summary="What a new or changed rule would have found, changing nothing"
    )
    def post(self, request: Request) -> Response:
        user, asked = own_user(request), checked(Trying, request, partial=True)
        limits.spend("tries", user.id, *settings.LIMITS["tries"])
        wanted, id, workspace = (asked.pop(name, None) for name in ("messages", "rule", "workspace"))
        rule = ruling.find(user, id, "change") if id else ruling.begun(user, workspace, "change")
        ruling.draft(rule, asked, kinds.known())
        return Response(TrialShape(whatif.tried(user.reader, rule, wanted or whatif.USUAL)).data)


def _made(user: User, asked: dict[str, Any]) -> dict[str, Any]:
    rule = ruling.begun(user, asked.pop("workspace"))
    return _shown(ruling.change(rule, asked, kinds.known(), user.id), user)


def _shown(rule: Rule, user: User) -> dict[str, Any]:
    return dict(RuleShape([rule], many=True, context={"user": user}).data[0])
