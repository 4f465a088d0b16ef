"""Form fields of a route: JSON that is read strictly, and names one a line."""

import json
import re
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from project import strictjson
from project.strictjson import MalformedJSON

SEPARATORS: Final = re.compile(r"[\s,]+")


class Conditions(forms.JSONField):
    default_error_messages = {
        "invalid": "This is no JSON. Names and texts stand in double quotes, as in the example below.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return (
            json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, dict) else super().prepare_value(value)
        )

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        try:
            strictjson.check(found)
        except MalformedJSON as error:
            raise ValidationError(error.detail) from error
        return {} if found is None else found


class Names(forms.Field):
    """Names parted by commas, blanks or lines, as a list."""

    def to_python(self, value: Any) -> list[str]:
        return value if isinstance(value, list) else [name for name in SEPARATORS.split(value or "") if name]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value
