"""The optional model: a spaCy pipeline that `ENTITY_MODEL` names finds people, organisations and places by reading.

It is loaded when the first text needs it, and comes with the extra `nlp`. Without the setting nothing is loaded.
"""

import threading
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from django.conf import settings

from contexts.capitals import trimmed
from contexts.finds import Find, Scene, find, plain

TYPES: Final = {
    "PERSON": "person",
    "PER": "person",
    "ORG": "organisation",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
}
SURENESS: Final = 0.86  # above what only looks like a name, below what is introduced as one
LOADING: Final = threading.Lock()


class ModelMissing(Exception):
    """The pipeline cannot be loaded; the message says what would help."""


def names(text: str, scene: Scene) -> Iterator[Find]:
    if not settings.ENTITY_MODEL:
        return
    for one in loaded(settings.ENTITY_MODEL)(text).ents:
        start, end = trimmed(text, one.start_char, one.end_char)
        if one.label_ in TYPES and start < end:
            yield find(TYPES[one.label_], text, (start, end), plain(text[start:end]), SURENESS)


def loaded(name: str) -> Any:
    """:raises ModelMissing: when spaCy is not installed, or knows no such pipeline."""
    with LOADING:
        return _loaded(name)


@lru_cache(maxsize=2)
def _loaded(name: str) -> Any:
    try:
        return import_module("spacy").load(name)
    except ImportError as error:
        raise ModelMissing("Install the extra `nlp`: pip install 'switchboard[nlp]'.") from error
    except OSError as error:
        raise ModelMissing(f"Install the pipeline {name}, or name a folder that holds one.") from error
