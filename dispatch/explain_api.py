"""REST: which path a message would take."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch import decisions, explaining, submissions
from dispatch.decision_shapes import ExplainShape, ExplainTarget, ExplanationShape
from security.api import checked, own_user


class Explain(APIView):
    @extend_schema(
        request=ExplainShape, responses=ExplanationShape, summary="Which path a message would take, without sending it"
    )
    def post(self, request: Request) -> Response:
        target = checked(ExplainTarget, request)
        said = {name: value for name, value in dict(request.data).items() if name not in ExplainTarget().fields}
        user = own_user(request)
        explained = explaining.explain(user, target, submissions.parse(said, None))
        decision = explained.decision
        whole = decision.as_json() | {"candidates": list(decision.candidates), "more": 0}
        asks = {"consults": explained.consults} if explained.consults else {}
        return Response(decisions.shown(whole, user) | asks)
