"""The normal form of a value that somebody gives, and whether it is one that is kept at all."""

from contexts import references
from contexts.finds import Find, Scene, plain
from contexts.recognising import recognise
from project.errors import Unprocessable


class SecretValue(Unprocessable):
    code = "secret_value"
    title = "Numbers of cards, accounts and the like are not kept as entities"


def of(type: str, value: str, scene: Scene) -> str:
    """As recognition would give it if the value is all of a text; else its words."""
    found = next((one for one in recognise(value, scene) if _is_whole(one, value) and one.type == type), None)
    return found.normal if found else plain(value)


def check(value: str) -> None:
    """:raises SecretValue: for what holds a number that is nobody else's business."""
    if any(references.secrets(value)):
        raise SecretValue()


def _is_whole(one: Find, value: str) -> bool:
    return one.start == 0 and one.end == len(value)
