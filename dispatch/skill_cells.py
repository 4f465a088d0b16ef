"""Skills as people read them. Names and schemas may come from afar: everything is escaped."""

import json
from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from integrations.contract import Skill
from integrations.models import Expert
from project.admin_cells import NOTHING

ANYTHING = "anything"


def listed(skills: Iterable[Skill]) -> str:
    """Each with what it takes and gives in words, and the schemas to unfold."""
    rows = format_html_join("", "<li>{}</li>", ((_skill(skill),) for skill in skills))
    return format_html('<ul class="skills">{}</ul>', rows) if rows else NOTHING


def described(expert: Expert) -> str:
    """What an expert says of itself that nobody has agreed to yet: its words, and its skills beside those it has."""
    told = expert.described or {"name": "", "description": "", "skills": []}
    skills = compared(expert.offers, map(Skill.read, told["skills"]))
    return format_html(
        '<p><strong>{}</strong> <span class="said">{}</span></p>{}', told["name"], told["description"], skills
    )


def compared(before: Iterable[Skill], after: Iterable[Skill]) -> str:
    """What another definition adds, takes away and changes."""
    old, new = ({skill.name: skill for skill in skills} for skills in (before, after))
    said = [
        *(("new", new[name]) for name in new if name not in old),
        *(("changed", new[name]) for name in new if name in old and new[name] != old[name]),
        *(("gone", old[name]) for name in old if name not in new),
    ]
    rows = format_html_join("", "<li><em>{}</em> {}</li>", ((mark, _skill(skill)) for mark, skill in said))
    return format_html('<ul class="skills">{}</ul>', rows) if rows else "The skills are the same; its words are others."


def _skill(skill: Skill) -> SafeString:
    schemas = json.dumps({"input": skill.input, "output": skill.output}, indent=2, ensure_ascii=False)
    return format_html(
        '<strong>{}</strong> <span class="said">{}</span><div>takes {}; gives {}</div>'
        '<details><summary>Schemas</summary><pre class="pretty">{}</pre></details>',
        skill.name,
        skill.description,
        in_words(skill.input),
        in_words(skill.output),
        schemas,
    )


def in_words(schema: dict[str, Any]) -> str:
    """The fields of an object and their types, those that must be there first; of other schemas the type.

    PostgreSQL keeps no order of names, so they stand in an order of their own.
    """
    fields = schema.get("properties")
    if not isinstance(fields, dict) or not fields:
        return _type(schema) if schema else ANYTHING
    required = schema.get("required", [])
    order = sorted(fields, key=lambda name: (name not in required, name))
    return ", ".join(f"{name} ({_type(fields[name])}{'' if name in required else ', optional'})" for name in order)


def _type(schema: Any) -> str:
    found = schema.get("type", "any") if isinstance(schema, dict) else "any"
    return " or ".join(map(str, found)) if isinstance(found, list) else str(found)
