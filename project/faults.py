"""What is wrong with what somebody wants to save: by the pointer of its field, over REST and in forms alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.forms import BaseForm

from project.problems import Invalid


@dataclass(frozen=True)
class Fault:
    """`pointer` (RFC 6901) begins at what is to be saved."""

    pointer: str
    detail: str


def invalid(found: Iterable[Fault]) -> Invalid:
    return Invalid(errors=[{"pointer": one.pointer, "code": "invalid", "detail": one.detail} for one in found])


def show(form: BaseForm, found: Iterable[Fault], beside: Mapping[str, str] | None = None) -> None:
    """At their fields, but for one that the form found fault with itself. `beside`: which field shows another's."""
    wrong = set(form.errors)
    for fault in found:
        name, _, below = fault.pointer.removeprefix("/").partition("/")
        field = (beside or {}).get(name, name)
        if field not in wrong:
            form.add_error(field or None, f"{below}: {fault.detail}" if below else fault.detail)
