"""REST: messages that filters hold until somebody has looked at them. For keys all of it takes `manage`."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch import review
from dispatch.models import Review, ReviewState
from dispatch.review_shapes import ReviewShape
from project.errors import Unprocessable
from security.api import own_user
from security.models import User


class BadFilter(Unprocessable):
    code = "invalid_filter"
    title = f"`state` is one of {', '.join(ReviewState.values)}, all; `workspace` is an id"


@extend_schema_view(
    get=extend_schema(
        summary="Held messages that are yours to decide about, newest first",
        parameters=[
            OpenApiParameter("state", str, enum=[*ReviewState.values, "all"], description="Left out: held."),
            OpenApiParameter("workspace", UUID),
        ],
    )
)
class ReviewList(ListAPIView[Review]):
    serializer_class = ReviewShape

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Review.objects.none()
        rows = review.reviewable(own_user(self.request)).prefetch_related("message__author", "decided_by")
        return rows.filter(**_filter(self.request))

    def paginate_queryset(self, queryset: Any) -> Any:
        return review.with_evidence(super().paginate_queryset(queryset) or [], own_user(self.request).is_staff)


class ReviewDetail(APIView):
    @extend_schema(responses=ReviewShape, summary="One held message, and what filters found in it")
    def get(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        return _shown(review.find(user, id), user)


class ReviewRelease(APIView):
    @extend_schema(request=None, responses=ReviewShape, summary="Let it out to all; it is answered next")
    def post(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        found = review.find(user, id, "change")
        review.release(found, user)
        return _shown(found, user)


class ReviewReject(APIView):
    @extend_schema(request=None, responses=ReviewShape, summary="Refuse it for good; its author is told")
    def post(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        found = review.find(user, id, "change")
        review.reject(found, user)
        return _shown(found, user)


def _shown(found: Review, user: User) -> Response:
    return Response(ReviewShape(review.with_evidence([found], user.is_staff)[0]).data)


def _filter(request: Request) -> dict[str, Any]:
    state = request.query_params.get("state", ReviewState.HELD)
    workspace = request.query_params.get("workspace")
    if state not in (*ReviewState.values, "all"):
        raise BadFilter()
    try:
        return ({} if state == "all" else {"state": state}) | ({"workspace": UUID(workspace)} if workspace else {})
    except ValueError as error:
        raise BadFilter() from error
