"""REST: what filters found in a workspace, and what its admins say of it."""

from collections.abc import Collection
from typing import Any, ClassVar, Final
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch import disclosure, evaluation
from project.errors import Forbidden, Unprocessable
from security import access, verdicts
from security.api import checked, own_user
from security.screening import SEVERITIES, Action, Mode
from security.screening_models import KeptFinding

IDS: Final = {"workspace": "workspace", "message": "message", "rule": "rule_row", "author": "author"}
# A filter that is gone has left findings: its name may be any.
WORDS: Final[dict[str, Collection[str]]] = {
    "filter": (),
    "action": list(Action),
    "mode": list(Mode),
    "severity": SEVERITIES,
    "verdict": ("right", "wrong", ""),
}


class BadFilter(Unprocessable):
    code = "invalid_filter"
    title = "Findings are filtered by ids, and by words that they have"


class FindingShape(serializers.ModelSerializer[KeptFinding]):
    span = serializers.SerializerMethodField(help_text="Code points, from and to, within the text at `path`.")
    rule_id = serializers.UUIDField(source="rule_row", allow_null=True, help_text="The staff rule that found it.")
    evidence = serializers.SerializerMethodField(
        help_text="A few words around it, masked; null where you may not read the text, or it is gone."
    )

    class Meta:
        model = KeptFinding
        fields: ClassVar[list[str]] = [
            "id",
            "workspace",
            "conversation",
            "message",
            "run",
            "author",
            "stage",
            "filter",
            "version",
            "rule",
            "rule_id",
            "path",
            "span",
            "severity",
            "score",
            "action",
            "mode",
            "evidence",
            "verdict",
            "verdict_by",
            "verdict_at",
            "created_at",
        ]

    def get_span(self, finding: KeptFinding) -> list[int]:
        return [finding.start, finding.end]

    def get_evidence(self, finding: KeptFinding) -> str | None:
        return finding.evidence if self.context["readable"].quotes(finding) else None


class VerdictShape(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=["right", "wrong", ""], help_text="Empty: takes it back.")


@extend_schema_view(
    get=extend_schema(
        summary="What filters found in the workspaces that you manage, newest first",
        parameters=[OpenApiParameter(name, UUID) for name in IDS] + [OpenApiParameter(name, str) for name in WORDS],
    )
)
class FindingList(ListAPIView[KeptFinding]):
    serializer_class = FindingShape

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return KeptFinding.objects.none()
        asked, user = self.request.query_params, own_user(self.request)
        rows = verdicts.manageable(user).filter(disclosure.told(user))
        ids = {field: _id(name, asked[name]) for name, field in IDS.items() if asked.get(name)}
        words = {name: _word(name, asked[name]) for name in WORDS if name in asked}
        return rows.filter(**ids, **words)

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        if not args:  # asked for its shape
            return self.serializer_class()
        rows = list(args[0])
        readable = evaluation.readable(own_user(self.request), rows)
        kwargs["context"] = {**self.get_serializer_context(), "readable": readable}
        return self.serializer_class(rows, *args[1:], **kwargs)


class FindingVerdict(APIView):
    @extend_schema(request=VerdictShape, responses=FindingShape, summary="Say whether a finding is right")
    def post(self, request: Request, id: UUID) -> Response:
        user = own_user(request)
        finding = verdicts.find(user, id, disclosure.told(user))
        verdicts.judge(KeptFinding.objects.filter(id=id), checked(VerdictShape, request)["verdict"], user.id)
        finding.refresh_from_db()
        return Response(FindingShape(finding, context={"readable": evaluation.readable(user, [finding])}).data)


class FindingExport(APIView):
    @extend_schema(
        summary="Judged findings as evaluation rows, for staff: texts as they were sent, one JSON object a line",
        parameters=[OpenApiParameter("after", UUID, description="The id that `Link: rel=next` gave.")],
        responses={200: OpenApiResponse(OpenApiTypes.BINARY, description="application/jsonl")},
    )
    def get(self, request: Request) -> HttpResponse:
        user, after = own_user(request), request.query_params.get("after")
        access.require_staff(user)
        if not user.has_perm("security.change_keptfinding"):
            raise Forbidden("This takes the permission change_keptfinding: the texts hold what was masked.")
        return evaluation.download(request.path, evaluation.part(_id("after", after) if after else None))


def _word(name: str, text: str) -> str:
    known = WORDS[name]
    if known and text not in known:
        raise BadFilter(f"`{name}` is one of {', '.join(word or 'an empty text' for word in known)}.")
    return text


def _id(name: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadFilter(f"`{name}` takes an id.") from error
