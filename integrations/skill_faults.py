"""What is wrong with a list of skills, whoever wrote it: people, or an expert that describes itself."""

import re
from collections.abc import Iterator
from typing import Any, Final

import orjson

from project import schemas, strictjson
from project.faults import Fault
from project.schemas import BadSchema
from project.strictjson import MalformedJSON

MOST: Final = 50
LARGEST: Final = 200_000  # bytes of all of them, as JSON
LARGEST_SCHEMA: Final = 32_768
LONGEST_DESCRIPTION: Final = 1000
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
FIELDS: Final = ("name", "description", "input", "output")


def faults(skills: Any) -> list[Fault]:
    if not isinstance(skills, list) or len(skills) > MOST:
        return [Fault("/skills", f"This is a list of at most {MOST} skills.")]
    try:
        size = len(orjson.dumps(skills))
        strictjson.check(skills)
    except TypeError:
        return [Fault("/skills", "This is no JSON.")]
    except MalformedJSON as error:
        return [Fault("/skills", error.detail)]
    if size > LARGEST:
        return [Fault("/skills", f"All skills together have at most {LARGEST} bytes.")]
    found: list[Fault] = []
    for place, skill in enumerate(skills):
        found += _skill(skill, f"/skills/{place}")
    return found or list(_twice(skills))


def _skill(skill: Any, pointer: str) -> Iterator[Fault]:
    if not isinstance(skill, dict) or not set(skill) <= set(FIELDS):
        yield Fault(pointer, f"A skill is an object with {', '.join(FIELDS)}, and nothing else.")
        return
    name, about = skill.get("name"), skill.get("description", "")
    if not isinstance(name, str) or NAME.fullmatch(name) is None:
        yield Fault(f"{pointer}/name", "A skill has a name of 1 to 100 letters, digits and . : _ -.")
    if not isinstance(about, str) or len(about) > LONGEST_DESCRIPTION:
        yield Fault(f"{pointer}/description", f"This is a text of at most {LONGEST_DESCRIPTION} characters.")
    for side in ("input", "output"):
        yield from _schema(skill.get(side, {}), f"{pointer}/{side}")


def _schema(schema: Any, pointer: str) -> Iterator[Fault]:
    if not isinstance(schema, dict):
        yield Fault(pointer, "This is a JSON Schema, an object; {} takes or gives anything.")
    elif len(orjson.dumps(schema)) > LARGEST_SCHEMA:
        yield Fault(pointer, f"A schema has at most {LARGEST_SCHEMA} bytes.")
    else:
        try:
            schemas.read(schema)
        except BadSchema as error:
            yield Fault(pointer, f"The schema cannot be used: {error}.")


def _twice(skills: list[dict[str, Any]]) -> Iterator[Fault]:
    names = [skill["name"] for skill in skills]
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Fault(f"/skills/{place}/name", f"{name} is named twice.")
