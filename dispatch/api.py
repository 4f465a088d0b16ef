"""REST: submitting messages, runs, and the event log in pages."""

from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from contexts import conversations
from contexts.api import MessageList
from dispatch import decisions, disclosure, doors, intake, submissions, wanted
from dispatch.models import Run
from dispatch.operations import receipt
from dispatch.serializers import EventPage, ReceiptShape, RunShape
from dispatch.submissions import SubmissionShape
from project import cursors, log
from project.errors import BadRequest, Conflict, NotFound
from project.http import IDEMPOTENCY_KEY
from security import access, scopes
from security.api import own_session, own_user
from security.sessions import Identity

MAX_PAGE = 100


class CursorPassed(Conflict):
    code = "cursor_not_honoured"
    title = "The cursor is of another log, ahead of this one, or older than what is kept; begin again without it"


class ConversationMessages(MessageList):
    key_scopes = scopes.by(GET=scopes.READ, POST=scopes.CHAT)

    @extend_schema(
        summary="Submit a message",
        request=SubmissionShape,
        responses={202: ReceiptShape},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, id: UUID) -> Response:
        submission = submissions.parse(request.data, request.headers.get("Idempotency-Key"))
        taken = intake.receive(submission, Identity(own_user(request), own_session(request)), id)
        headers = {"Location": f"/api/v1/messages/{taken.message}/"}
        return Response(
            receipt(taken), status=202, headers=headers | ({"Idempotency-Replayed": "true"} if taken.replayed else {})
        )


class RunDetail(APIView):
    key_scopes = scopes.by(GET=scopes.READ)

    @extend_schema(responses=RunShape, summary="One run: state, route and why, handlers, timings")
    def get(self, request: Request, id: UUID) -> Response:
        user, run = own_user(request), Run.objects.select_related("conversation").filter(id=id).first()
        if run is None:
            raise NotFound()
        conversation = conversations.find(user, run.conversation_id)
        shown = dict(RunShape(run).data)
        role = access.require(user, conversation.workspace_id, access.READ).role
        if role not in access.MANAGE and not user.is_staff:
            shown |= {"findings": [], "decision": decisions.public(run.decision)}
        else:
            shown["decision"] = decisions.shown(run.decision, user)
            shown["findings"] = disclosure.of_run(run, user)
        return Response(shown)


PARAMETERS: Final = [
    OpenApiParameter("after", str, description="A cursor."),
    OpenApiParameter("page_size", int),
    OpenApiParameter("types", str, description="Types of events, separated by commas; others are left out."),
]
LOG: Final[Any] = extend_schema(
    responses=EventPage,
    summary="The event log; `Accept: text/event-stream` streams it",
    parameters=PARAMETERS,
)


class EventLog(APIView):
    """The log in pages; with `Accept: text/event-stream` the same path streams it (`dispatch/sse.py`)."""

    topic = "conversation"
    key_scopes = scopes.by(GET=scopes.READ)

    @LOG
    def get(self, request: Request, id: UUID) -> Response:
        return paged(request, f"{self.topic}:{id}")


class WorkspaceEventLog(EventLog):
    topic = "workspace"


class StaffEventLog(APIView):
    key_scopes = scopes.by(GET=scopes.READ)

    @LOG
    def get(self, request: Request) -> Response:
        return paged(request, log.STAFF)


def paged(request: Request, asked: str, part: Q = log.WHOLE) -> Response:
    """What the user may see of a log, or of a part of it, after the cursor in the query; of the types that it names."""
    identity = Identity(own_user(request), own_session(request))
    stream = doors.check_stream(identity, asked)
    types = wanted.parse(wanted.in_query(request.query_params.getlist("types")))
    if types is not None:
        part &= Q(type__in=types)
    size = _size(request)
    with transaction.atomic():
        head = log.head(stream)
        after = _after(request, stream, head)
        page = log.shown(stream, after, size + 1, identity.user.reader, part)
    results = [log.envelope(event, head.epoch) for event in page[:size]]
    more = len(page) > size
    next = replace_query_param(request.build_absolute_uri(), "after", results[-1]["id"]) if more else None
    return Response({"next": next, "previous": None, "results": results, "head": str(head.cursor())})


def _after(request: Request, stream: str, head: log.Head) -> int:
    text = request.query_params.get("after")
    if not text:
        return 0
    cursor = cursors.parse(text)
    if cursor.epoch != head.epoch or not log.floor(stream) <= cursor.seq <= head.seq:
        raise CursorPassed()
    return cursor.seq


def _size(request: Request) -> int:
    text: Any = request.query_params.get("page_size", "50")
    if not text.isascii() or not text.isdigit():
        raise BadRequest("`page_size` is a number from 1 to 100.")
    return min(max(int(text[:6]), 1), MAX_PAGE)
