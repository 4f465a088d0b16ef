"""Forms as OAuth's endpoints take them: UTF-8, each field at most once."""

from collections.abc import Mapping
from typing import IO, Any, Final
from urllib.parse import parse_qsl

from rest_framework import parsers
from rest_framework.exceptions import ParseError

FIELDS: Final = 20


class FormParser(parsers.BaseParser):
    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        try:
            text = stream.read().decode()
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
        except ValueError as error:
            raise ParseError(f"The form cannot be read: it is UTF-8, and has at most {FIELDS} fields.") from error
        fields = dict(pairs)
        if len(fields) < len(pairs):
            raise ParseError("The form has a field twice; give each once.")
        return fields
