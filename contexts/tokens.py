"""Tokens, as a provider counts them. The vocabulary comes with the package: nothing is fetched.

`TOKENIZER` chooses one by name; an app adds its own with `register` in its `tokenizers.py`. What a provider adds for
each message is in `MESSAGE_OVERHEAD` (three for its role and separators, and what goes before the answer, by OpenAI's
own description).
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Final

import orjson
from django.conf import settings

from project.registry import Registry, written

Count = Callable[[str], int]

MESSAGE_OVERHEAD: Final = 4
CHARACTERS_PER_TOKEN: Final = 3  # of most languages a token holds more, so that an estimate errs on the safe side
ESTIMATE: Final = "estimate"

REGISTRY: Final[Registry[Count]] = Registry("tokenizer", written)


def register(name: str) -> Callable[[Count], Count]:
    """Make a function count tokens under `name`. It is called from several threads at once.

    :raises ValueError: when there is one of that name.
    """

    def add(counter: Count) -> Count:
        REGISTRY.add(name, counter)
        return counter

    return add


def count(text: str) -> int:
    """By the tokenizer of `settings.TOKENIZER`."""
    return chosen()(text)


def count_json(value: object) -> int:
    """What a value costs as providers are sent it; nothing where there is none."""
    return count(orjson.dumps(value).decode()) if value else 0


def chosen() -> Count:
    return REGISTRY[settings.TOKENIZER]


@register(ESTIMATE)
def estimate(text: str) -> int:
    """For installations without a vocabulary."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


@cache
def _vocabulary(name: str) -> Count:
    """Loaded by who counts first: it takes 70 MB and 50 ms, and many processes never count."""
    counter: Count = getattr(import_module("rs_bpe.bpe").openai, name)().count
    return counter


if find_spec("rs_bpe"):

    @register("o200k_base")
    def o200k_base(text: str) -> int:
        """Of OpenAI's present models; other providers' counts are near it."""
        return _vocabulary("o200k_base")(text)

    @register("cl100k_base")
    def cl100k_base(text: str) -> int:
        """Of OpenAI's models until 2024."""
        return _vocabulary("cl100k_base")(text)
