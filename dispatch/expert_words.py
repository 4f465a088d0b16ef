"""What experts say, in the forms in which it is kept and told."""

from typing import Any, Final

import orjson

from dispatch.delegation_models import Delegation
from integrations.contract import Handover, Question, Result
from security.material import Body

WITHHELD: Final = "What the expert answered was withheld by a content filter."
REFUSED: Final = "What it was given was refused by a content filter."
KNOWN: Final = "The conversation knows the answer already."
LONGEST_LINE: Final = 2000


def progress(fraction: float | None, text: str) -> dict[str, Any]:
    """Data of `delegation.working`."""
    return {"progress": fraction, "text": text}


def body(delegation: Delegation, result: Result) -> Body:
    """The message that a result becomes: its text, its output as the first part, and the artifacts."""
    first = [{"type": "data", "data": {"output": result.output}}]
    parts = (*first, *({"type": "data", "data": {"artifact": artifact}} for artifact in result.artifacts))
    marks = {"expert": delegation.slug, "expert_name": delegation.name, "skill": delegation.skill}
    return Body(text(result), tuple(parts), {**marks, "delegation": str(delegation.id)})


def text(result: Result) -> str:
    """What people read."""
    return result.text or _written(result.output)


def asked(question: Question) -> Body:
    """A question as filters read it: its schema, too, is shown to who answers."""
    return Body(question.prompt[:LONGEST_LINE], ({"type": "data", "data": {"schema": question.schema}},))


def given(handover: Handover) -> Body:
    """What one expert gives to another, as filters read it."""
    said = {"expert": handover.expert, "skill": handover.skill, "input": handover.input}
    return Body("", ({"type": "data", "data": said},))


def handover(shown: Body) -> Handover:
    """As filters let it through."""
    return Handover(**shown.parts[0]["data"])


def question(shown: Body) -> dict[str, Any]:
    """As filters let it through."""
    return {"prompt": shown.text, "schema": shown.parts[0]["data"]["schema"]}


def unpacked(shown: Body) -> tuple[Any, str]:
    """Output and text as filters let them through."""
    return shown.parts[0]["data"]["output"], shown.text


def _written(output: Any) -> str:
    if isinstance(output, str):
        return output
    return "" if output is None else orjson.dumps(output, option=orjson.OPT_INDENT_2).decode()
