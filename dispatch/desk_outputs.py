"""The output of a skill as fields of a form: one for each property of a plain object, else JSON."""

from typing import Any, Final

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from integrations.contract import Schema
from project import strictjson

MOST_FIELDS: Final = 20
WHOLE: Final = "output"
YES_NO: Final = {"yes": True, "no": False}
PLAIN: Final = ("string", "integer", "number", "boolean")


class Unread(ValueError):
    """What was typed is no value. The text says what it has to be."""


class Output:
    """The fields for one schema. `fields`: by name in the form; empty where the skill promises nothing."""

    def __init__(self, schema: Schema) -> None:
        self._parts = _parts(schema)
        required = set(schema.get("required", ())) if self._parts else set()
        if schema and not self._parts:
            self.fields = {WHOLE: _json("Output", schema)}
        else:
            named = enumerate(self._parts.items())
            self.fields = {f"{WHOLE}_{n}": _field(name, part, name in required) for n, (name, part) in named}

    @property
    def names(self) -> dict[str, str]:
        """The field for each property."""
        return dict(zip(self._parts, self.fields, strict=True)) if self._parts else {}

    def read(self, typed: dict[str, str]) -> tuple[Any, dict[str, str]]:
        """The output, and by field why something of it is none."""
        if not self._parts:
            return _read_whole(typed) if self.fields else (None, {})
        value, faults = dict[str, Any](), dict[str, str]()
        for name, field in self.names.items():
            text = typed.get(field, "")
            if text.strip():
                try:
                    value[name] = _value(text, self._parts[name])
                except Unread as error:
                    faults[field] = str(error)
        return value, faults

    def place(self, pointer: str) -> str | None:
        """The field of a place in the output; None: none in particular."""
        if not self._parts:
            return WHOLE if self.fields else None
        name = pointer.removeprefix("/").partition("/")[0].replace("~1", "/").replace("~0", "~")
        return self.names.get(name)


def _parts(schema: Schema) -> dict[str, Any]:
    properties = schema.get("properties") if schema.get("type") == "object" else None
    if not isinstance(properties, dict) or not 0 < len(properties) <= MOST_FIELDS:
        return {}
    return {name: part if isinstance(part, dict) else {} for name, part in properties.items()}


def _read_whole(typed: dict[str, str]) -> tuple[Any, dict[str, str]]:
    try:
        return _parsed(typed.get(WHOLE, "")), {}
    except Unread as error:
        return None, {WHOLE: str(error)}


def _value(text: str, part: Schema) -> Any:
    if "enum" in part:
        return part["enum"][int(text)]
    if part.get("type") == "string":
        return text
    if part.get("type") == "boolean":
        return YES_NO[text]
    return _parsed(text)


def _parsed(text: str) -> Any:
    if not text.strip():
        raise Unread("This field is required.")
    try:
        return strictjson.loads(text)
    except strictjson.MalformedJSON as error:
        raise Unread(f"This is no JSON: {error.detail}") from error


def _field(name: str, part: Schema, required: bool) -> forms.Field:
    kind = part.get("type")
    told: dict[str, Any] = {"required": False, "label": f"{_title(name, part)}{' *' if required else ''}"}
    told["help_text"] = str(part.get("description", ""))
    if "enum" in part or kind == "boolean":
        enum = enumerate(part["enum"]) if "enum" in part else ((word, word) for word in YES_NO)
        choices = [("", "-"), *((str(value), str(word)) for value, word in enum)]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget, **told)
    if kind == "string":
        return forms.CharField(strip=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}), **told)
    if kind in PLAIN:
        return forms.CharField(widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}), **told)
    return _json(told["label"], part)


def _title(name: str, part: Schema) -> str:
    words = str(part.get("title") or name).replace("_", " ")
    return words[:1].upper() + words[1:]


def _json(label: Any, part: Schema) -> forms.Field:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 6, "class": "expression", "spellcheck": "false"})
    told = " ".join(filter(None, [str(part.get("description", "")), "As JSON."]))
    return forms.CharField(required=False, label=label, help_text=told, widget=widget)
