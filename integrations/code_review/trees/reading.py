"""The process in which a piece of code is parsed and our rules look at it: `reading.main()`, code on standard input.

It knows no Django, no settings and no database, and ends with its piece. A parser that can be crashed crashes alone.
"""

import json
import sys
from importlib import import_module
from itertools import islice
from typing import Final

MOST: Final = 1000
HERE: Final = "integrations.code_review.trees"
LANGUAGES: Final = {  # a module is loaded for its language alone: not all of what they need may be installed
    "javascript": ("javascript", "spots"),
    "go": ("go", "spots"),
    "json": ("notations", "of_json"),
    "yaml": ("notations", "of_yaml"),
    "toml": ("notations", "of_toml"),
}


def main() -> None:
    """Write a line of JSON for each spot, and one that says that this is all."""
    module, name = LANGUAGES[sys.argv[1]]
    spots = getattr(import_module(f"{HERE}.{module}"), name)
    for spot in islice(spots(sys.stdin.buffer.read()), MOST):
        print(json.dumps(spot.as_json()))  # noqa: T201 - its output is its answer
    print(json.dumps({"whole": True}))  # noqa: T201
