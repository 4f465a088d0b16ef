"""The form of an expert, as staff fill it in."""

import json
from typing import Any, Final

from django import forms
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from dispatch.route_fields import Conditions
from integrations import adapters, expert_faults
from integrations.models import Expert
from project import faults

SKILL: Final = (
    '[{"name": "count", "description": "Counts words.", '
    '"input": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}, "output": {}}]'
)
BESIDE: Final = {"secret": "new_secret"}  # fields of the form that are named otherwise than what they set


class Document(Conditions):
    """JSON of whichever type, read strictly and shown with line breaks."""

    default_error_messages = {"invalid": "This is no JSON. Names and texts stand in double quotes."}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return json.dumps(value, indent=2, ensure_ascii=False)
        return super().prepare_value(value)


class Unechoed(UnfoldAdminPasswordWidget):
    """Nothing that was typed is written back into a page, nor offered by a browser."""

    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "new-password"}, render_value=False)


def _area(rows: int) -> UnfoldAdminTextareaWidget:
    return UnfoldAdminTextareaWidget(attrs={"rows": rows, "class": "expression", "spellcheck": "false"})


class ExpertForm(forms.ModelForm):  # type: ignore[type-arg]  # Django has no such subscript at run time
    skills = Document(initial=list, widget=_area(10), help_text=f"A list, for example {SKILL}")
    adapter = forms.ChoiceField(widget=UnfoldAdminSelectWidget)
    settings = Document(initial=dict, widget=_area(4))
    new_secret = forms.CharField(
        required=False,
        strip=False,
        widget=Unechoed(),
        label="New secret",
        help_text="Empty: it stays as it is. The one before is taken for 24 hours more. It is shown nowhere.",
    )

    class Meta:
        model = Expert
        fields = (
            "slug",
            "name",
            "workspace",
            "enabled",
            "description",
            "concurrency",
            "timeout",
            "retries",
            "fallback",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "workspace" in self.fields:
            self.fields["workspace"].help_text = "Empty: an expert of the installation, for every workspace."
        if "adapter" in self.fields:
            kinds = sorted(adapters.REGISTRY.values(), key=lambda kind: kind.name)
            self._offer([kind.name for kind in kinds])
            self.fields["adapter"].help_text = " ".join(f"{kind.name}: {kind.about}" for kind in kinds)
            self.fields["settings"].help_text = "JSON. " + " ".join(map(_takes, kinds))

    def _offer(self, names: list[str]) -> None:
        """One whose code is gone stays what it is until somebody chooses another."""
        present = self.instance.adapter
        choice: Any = self.fields["adapter"]
        choice.choices = [(name, name) for name in (names if present in names else [present, *names])]

    def clean_skills(self) -> Any:
        return self.cleaned_data["skills"] or []

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.instance._state.adding:
            self.instance.workspace = given.get("workspace")
        faults.show(self, expert_faults.faults(self.instance, self.changed(given)), BESIDE)
        return given

    def changed(self, given: dict[str, Any]) -> dict[str, Any]:
        """Fields of an expert that are to be set."""
        adding = self.instance._state.adding
        fields = {name: given[name] for name in given if adding or name in self.changed_data}
        secret = fields.pop("new_secret", "")
        return {**fields, **({"secret": secret} if secret else {})}


def _takes(kind: adapters.Kind) -> str:
    properties = kind.settings.get("properties", {})
    about = ", ".join(f"{name} ({told.get('description', told.get('type', ''))})" for name, told in properties.items())
    return f"{kind.name}: {about or 'none'}."
