"""The normal form of a value that somebody gives, and whether it is one that is kept at all."""

import re
from typing import Final

from contexts import references
from contexts.finds import Find, Scene, plain
from contexts.recognising import recognise
from project.errors import Unprocessable
from security.filters import visible

NAMES: Final = ("person", "organisation", "place")  # whose form is any
TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")  # it would scramble what is shown around it


class SecretValue(Unprocessable):
    code = "secret_value"
    title = "Numbers of cards, accounts and the like are not kept as entities"


class UnreadableValue(Unprocessable):
    code = "unreadable_value"
    title = "A value has a visible character, and does not turn the direction of writing"


def of(type: str, value: str, scene: Scene) -> str:
    """As recognition would give it if the value is all of a text; else its words."""
    found = _found(type, value, scene)
    return found.normal if found else plain(value)


def fits(type: str, value: str, scene: Scene) -> bool:
    """Whether a value is of the form that its type has."""
    return type in NAMES or _found(type, value, scene) is not None


def check(value: str) -> None:
    """:raises UnreadableValue: and SecretValue, for what holds a number that is nobody else's business."""
    if not visible(value) or TURNING.search(value):
        raise UnreadableValue()
    if any(references.secrets(value)):
        raise SecretValue()


def _found(type: str, value: str, scene: Scene) -> Find | None:
    return next((one for one in recognise(value, scene) if _is_whole(one, value) and one.type == type), None)


def _is_whole(one: Find, value: str) -> bool:
    return one.start == 0 and one.end == len(value)
