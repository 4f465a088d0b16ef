"""Tokens, as a provider counts them. The vocabulary comes with the package: nothing is fetched.

`TOKENIZER` chooses one by name; an app adds its own with `register` in its `tokenizers.py`. What a provider adds for
each message is in `MESSAGE_OVERHEAD` (three for its role and separators, and what goes before the answer, by OpenAI's
own description).
"""

import re
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
BYTES_PER_TOKEN: Final = 3  # of most languages a token holds more, so that an estimate errs on the safe side
DENSE: Final = re.compile(r"[^A-Za-z \x80-\U0010ffff]")  # digits and signs, of which a token holds fewer
HELD: Final = 80  # of a run: of a line of dashes, all
UNIT: Final = 64  # the rest of a run is counted by so many: few tokens hold more of one character
SPARE: Final = 4  # for each run: pieces are merged otherwise than the whole
RUN: Final = re.compile(rf"([\W_])\1{{{HELD},}}")  # letters and digits are counted fast
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
    """By the tokenizer of `settings.TOKENIZER`.

    Long runs of a sign or a blank cost it a hundred times what other text does: it is given their beginning, and the
    rest of each is counted by what a piece of it costs. That is not less than the whole, and exact where no
    run is long.
    """
    counter = chosen()
    runs = [(run[1], len(run[0]) - HELD) for run in RUN.finditer(text)]
    if not runs:
        return counter(text)
    units = {character: counter(character * UNIT) for character, _ in runs}
    beyond = sum(-(-more // UNIT) * units[character] + SPARE for character, more in runs)
    return counter(RUN.sub(lambda run: run[1] * HELD, text)) + beyond


def count_json(value: object) -> int:
    """What a value costs as providers are sent it; nothing where there is none."""
    return count(orjson.dumps(value).decode()) if value else 0


def chosen() -> Count:
    return REGISTRY[settings.TOKENIZER]


@register(ESTIMATE)
def estimate(text: str) -> int:
    """For installations without a vocabulary."""
    return -(-(len(text.encode(errors="surrogatepass")) + len(DENSE.findall(text))) // BYTES_PER_TOKEN)


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
