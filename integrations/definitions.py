"""What remote experts say of themselves, and what was agreed to.

One that describes itself otherwise than was agreed to is asked nothing more until who manages it agrees: whoever took
it over, or what it has become, would get the users' texts. What it says first is taken for agreed, as far as filters
let it through: members read it, and nobody looks at it before.
"""

import logging
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from integrations import roster, skill_faults
from integrations.contract import Definition
from integrations.models import Expert, Health
from project import strictjson
from project.errors import Conflict, SwitchboardError
from project.strictjson import MalformedJSON
from security import screening
from security.material import Material, Stage
from security.screening import Action

logger = logging.getLogger(__name__)

LONGEST_TEXT: Final = 10_000
LONGEST_DETAIL: Final = 300


class NothingToAccept(Conflict):
    code = "nothing_to_accept"
    title = "Nothing that the expert says of itself waits to be accepted"


class DescribedAnew(Conflict):
    code = "described_anew"
    title = "The expert has changed once more since you looked"


def accept(expert: Expert, digest: str, by: UUID | None) -> Expert:
    """Agree to what it says of itself now: its skills are taken over. `digest`: of what was looked at.

    :raises NothingToAccept: :raises DescribedAnew: when it says something else meanwhile.
    """
    with transaction.atomic():
        row = Expert.objects.select_for_update(of=("self",), no_key=True).filter(id=expert.id).first()
        new = row and row.described
        if not new:
            raise NothingToAccept()
        if digest != new["digest"]:
            raise DescribedAnew("Look at what it says of itself now, and accept that.")
        unknown = {"health": Health.UNKNOWN, "health_detail": "", "health_at": None, "described": None}
        fields = {"skills": new["skills"], "pinned": new["digest"], "updated_at": timezone.now(), **unknown}
        Expert.objects.filter(id=expert.id).update(**fields)
        roster.tell(expert, "accepted", by)
    expert.refresh_from_db()
    return expert


def compared(expert: Expert, new: Definition | None) -> dict[str, Any]:
    """Fields of an expert that says `new` of itself; None: nothing, while which one that has changed stays so."""
    if new is None:
        return {"health": Health.CHANGED} if expert.health == Health.CHANGED else {}
    skills = [skill.as_json() for skill in new.skills]
    wrong = _fault(new) or _fault_of(skills)
    if wrong:
        return _unusable(expert, wrong)
    if new.digest == expert.pinned:
        return {"described": None}
    known = expert.described or {}
    told = known if known.get("digest") == new.digest else _shown(expert, new, skills)
    if told is None:
        return _unusable(expert, "Content filters refuse it.")
    if not expert.pinned:
        return {"pinned": new.digest, "skills": expert.skills or told["skills"], "described": None}
    return {"health": Health.CHANGED, "health_detail": "It describes itself otherwise.", "described": told}


def _unusable(expert: Expert, wrong: str) -> dict[str, Any]:
    detail = f"What it says of itself cannot be used. {wrong}"[:LONGEST_DETAIL]
    return {"health": Health.CHANGED if expert.pinned else Health.FAILING, "health_detail": detail}


def _shown(expert: Expert, new: Definition, skills: list[dict[str, Any]]) -> dict[str, Any] | None:
    """As filters let it through; None: not at all. What they would hold for a review is refused."""
    data = {"name": new.name, "description": new.description, "skills": skills}
    part = {"type": "data", "data": data}
    material = Material("", (part,), workspace=expert.workspace_id, stage=Stage.ANSWER)
    try:
        verdict = screening.screen(material)
    except SwitchboardError as error:
        logger.warning("what an expert says of itself was not let through", extra={"code": error.code})
        return None
    shown: dict[str, Any] = verdict.shown(material).parts[0]["data"]
    refused = verdict.action in (Action.BLOCK, Action.QUARANTINE) or _fault_of(shown["skills"])
    return None if refused else {**shown, "digest": new.digest}


def _fault_of(skills: list[dict[str, Any]]) -> str:
    return next((fault.detail for fault in skill_faults.faults(skills)), "")


def _fault(new: Definition) -> str:
    """Of name and description, which come from afar as skills do."""
    for text in (new.name, new.description):
        if not isinstance(text, str) or len(text) > LONGEST_TEXT:
            return f"Its name and its description are texts of at most {LONGEST_TEXT} characters."
    try:
        strictjson.check([new.name, new.description])
    except MalformedJSON as error:
        return error.detail
    return ""
