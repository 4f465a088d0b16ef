"""What staff fill in at the desk. One form with several buttons: what is typed for one is not lost with another."""

from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from dispatch import expert_words
from dispatch.delegation_models import Delegation
from dispatch.desk_outputs import Output
from integrations.contract import Progress, Question, Rejection, Result, Schema, Update
from project import schemas
from project.schemas import BadSchema

MOST_CHOICES: Final = 20
LONGEST_CHOICE: Final = 200
LONGEST_REASON: Final = 500


def _area(rows: int, label: str, longest: int | None = None, told: str = "") -> Any:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows})
    return forms.CharField(required=False, label=label, max_length=longest, help_text=told, widget=widget)


class DeskForm(forms.Form):
    """`update(act)` is what one of the buttons says; None when what it needs is missing, which the form then shows."""

    text = _area(6, "Answer", told="What people read.")
    said = _area(2, "What is being done", 1000, "Everybody who waits reads it.")
    percent = forms.IntegerField(
        required=False, min_value=0, max_value=100, label="Percent done", widget=UnfoldAdminIntegerFieldWidget
    )
    prompt = _area(2, "Question", expert_words.LONGEST_LINE)
    choices = _area(3, "Choices", told="One a line. Without any, the answer is free text.")
    reason = _area(2, "Why not", LONGEST_REASON)

    def __init__(self, delegation: Delegation, data: Any = None) -> None:
        super().__init__(data)
        self.schema = _output_of(delegation)
        self.output = Output(self.schema)
        self.fields["text"].widget.attrs["maxlength"] = settings.MESSAGE_LIMIT
        if self.schema:
            self.fields["text"].help_text = "What people read. Left empty, it is made of the fields below."
        self.fields.update(self.output.fields)

    def update(self, act: str) -> Update | None:
        self.full_clean()
        told: Update | None = ACTS[act](self)
        own = FIELDS.get(act, ["text", *self.output.fields])
        for other in set(self.errors) - {*own, NON_FIELD_ERRORS}:
            del self.errors[other]
        wrong = next((name for name in self.fields if name in self.errors), None)
        if wrong:
            self.fields[wrong].widget.attrs["autofocus"] = True
        return None if self.errors else told

    def typed(self, name: str) -> str:
        """Lines as everybody ends them, not as browsers send them."""
        return str(self.cleaned_data.get(name) or "").replace("\r\n", "\n").strip()

    def without(self, *names: str) -> dict[str, Any]:
        """What was typed but for some."""
        return {name: self.data.get(name, "") for name in self.fields if name not in names}

    def is_missing(self, name: str) -> bool:
        """Of what was typed and is wrong already nothing else is said."""
        return name not in self.errors and not self.typed(name)

    @property
    def output_fields(self) -> list[Any]:
        return [self[name] for name in self.output.fields]

    def _answer(self) -> Update:
        text = self.typed("text")
        output, faults = self.output.read({name: self.typed(name) for name in self.output.fields})
        if not text and not self.schema:
            faults["text"] = "Write an answer."
        if len(text) > settings.MESSAGE_LIMIT:
            faults["text"] = f"A message holds at most {settings.MESSAGE_LIMIT:,} characters."
        for field, fault in faults.items():
            self.add_error(field, fault)
        if self.schema and not faults:
            self._check(output)
        return Result(output, text)

    def _check(self, output: Any) -> None:
        try:
            found = schemas.read(self.schema).violations(output)
        except BadSchema as error:
            found = [{"pointer": "", "detail": f"The skill's own schema cannot be used: {error}"}]
        for fault in found:
            field = self.output.place(fault["pointer"])
            self.add_error(field, fault["detail"] if field else f"{fault['pointer']} {fault['detail']}".strip())

    def _progress(self) -> Update:
        percent, text = self.cleaned_data.get("percent"), self.typed("said")
        if percent is None and "percent" not in self.errors and self.is_missing("said"):
            self.add_error("said", "Say something, or how much is done.")
        return Progress(None if percent is None else percent / 100, text)

    def _ask(self) -> Update:
        choices = list(dict.fromkeys(filter(None, map(str.strip, self.typed("choices").split("\n")))))
        if self.is_missing("prompt"):
            self.add_error("prompt", "Write a question.")
        if len(choices) == 1 or len(choices) > MOST_CHOICES or any(len(one) > LONGEST_CHOICE for one in choices):
            self.add_error("choices", f"Give 2 to {MOST_CHOICES} choices of at most {LONGEST_CHOICE} characters.")
        answer: Schema = {"type": "string", "minLength": 1, "maxLength": settings.MESSAGE_LIMIT}
        if choices:
            answer = {"type": "string", "enum": choices}
        schema = {"type": "object", "properties": {"answer": answer}, "required": ["answer"]}
        return Question(self.typed("prompt"), {**schema, "additionalProperties": False})

    def _decline(self) -> Update:
        if self.is_missing("reason"):
            self.add_error("reason", "Say why: who asked reads it.")
        return Rejection(self.typed("reason"))


ACTS: Final[dict[str, Any]] = {
    "answer": DeskForm._answer,
    "progress": DeskForm._progress,
    "ask": DeskForm._ask,
    "decline": DeskForm._decline,
}
FIELDS: Final = {"progress": ("said", "percent"), "ask": ("prompt", "choices"), "decline": ("reason",)}


def _output_of(delegation: Delegation) -> Schema:
    skills = delegation.expert.offers if delegation.expert else ()
    return next((skill.output for skill in skills if skill.name == delegation.skill), {})
