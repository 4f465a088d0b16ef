"""How the REST API reads, writes and pages: strict JSON in, compact JSON out, cursors instead of offsets."""

from collections.abc import Callable, Mapping
from typing import IO, Any, Final
from uuid import UUID

import orjson
from drf_spectacular.utils import OpenApiParameter
from rest_framework import pagination, parsers, renderers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from project import strictjson
from project.cursors import MalformedCursor

IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="Makes retries safe: the first answer is replayed."
)
NOWHERE: Final = pagination.Cursor(offset=0, reverse=False, position=None)


class StrictJSONParser(parsers.BaseParser):
    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return strictjson.loads(stream.read())


class JSONRenderer(renderers.BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=str)


class Pagination(pagination.CursorPagination):
    """Pages by one unique column; `position` turns the text of a cursor back into a value of that column."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 100
    position: Callable[[Any], object] = UUID

    def decode_cursor(self, request: Request) -> Any:
        """:raises MalformedCursor: instead of DRF's 404."""
        if not request.query_params.get(self.cursor_query_param):
            return None
        try:
            cursor = super().decode_cursor(request)
            if cursor is None or cursor == NOWHERE:
                raise ValueError("nothing that DRF writes decodes to this")
            if cursor.position is not None:
                self.position(cursor.position)
        except (NotFound, ValueError, OverflowError) as error:
            raise MalformedCursor("Follow the `next` and `previous` links of a page.") from error
        return cursor

    def get_paginated_response_schema(self, schema: Any) -> Any:
        """In the words of OpenAPI 3.1, which has no `nullable`."""
        page: Any = super().get_paginated_response_schema(schema)
        for link in ("next", "previous"):
            page["properties"][link] = {"type": ["string", "null"], "format": "uri"}
        return page


class OldestFirst(Pagination):
    ordering = "seq"
    position = int
