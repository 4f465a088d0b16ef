"""The form of a rule, as staff fill it in."""

from typing import Any, Final

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from dispatch import kinds
from dispatch.route_fields import Names
from project import faults
from security import rule_faults
from security.screening_models import Rule

EXAMPLE: Final = r"(?i)\bproject\s+zephyr\b"
TRIED: Final = ("form", "expression", "reads", "kinds", "action", "severity", "mode")  # what a trial goes by


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # Django has no such subscript at run time
    expression = forms.CharField(
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "class": "expression", "spellcheck": "false"}),
        help_text=(
            f"A pattern in RE2 syntax, such as {EXAMPLE}; or words and phrases, one a line, found as whole words "
            "in any case. Both are found behind look-alike letters and encodings, too."
        ),
    )
    sample = forms.CharField(
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="A text that the rule must find: it is tested whenever the rule is saved.",
    )
    kinds = Names(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))

    class Meta:
        model = Rule
        fields = (
            "name",
            "workspace",
            "mode",
            "form",
            "expression",
            "sample",
            "reads",
            "kinds",
            "action",
            "severity",
            "message",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "workspace" in self.fields:
            self.fields["workspace"].help_text = "Empty: a rule of the installation, for every workspace."
        if "kinds" in self.fields:
            self.fields["kinds"].help_text = f"One a line; empty: all. There are {', '.join(kinds.known())}."

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.instance._state.adding:
            self.instance.workspace = given.get("workspace")
        faults.show(self, rule_faults.faults(self.instance, self.changed(given), kinds.known()))
        return given

    def changed(self, given: dict[str, Any]) -> dict[str, Any]:
        adding = self.instance._state.adding
        return {name: given[name] for name in given if adding or name in self.changed_data}

    def drafted(self, saved: Rule | None) -> Rule:
        """What the form says, as a rule that is not saved: enough of it to be tried."""
        given = self.cleaned_data
        draft = Rule(name=given.get("name", ""), **{name: given[name] for name in TRIED})
        draft.workspace = saved.workspace if saved else given.get("workspace")
        draft.id = saved.id if saved else draft.id
        draft.sample = given.get("sample", "")
        return draft
