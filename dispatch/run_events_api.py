"""REST: the events of one run, in pages."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch import run_events
from dispatch.api import PARAMETERS, paged
from dispatch.serializers import EventPage
from security import scopes
from security.api import own_session, own_user
from security.sessions import Identity


class RunEventLog(APIView):
    """With `Accept: text/event-stream` the same path streams them (`dispatch/sse.py`)."""

    key_scopes = scopes.by(GET=scopes.READ)

    @extend_schema(
        responses=EventPage,
        summary="The events of one run; `Accept: text/event-stream` streams them until it is over",
        parameters=PARAMETERS,
    )
    def get(self, request: Request, id: UUID) -> Response:
        its = run_events.find(Identity(own_user(request), own_session(request)), id)
        return paged(request, its.stream, its.part)
