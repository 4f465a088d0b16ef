"""What experts say, in the forms in which it is kept and told."""

from typing import Any, Final

import orjson

from dispatch.delegation_models import Delegation
from integrations.contract import Result
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
    text = result.text or _written(result.output)
    first = [{"type": "data", "data": {"output": result.output}}]
    parts = (*first, *({"type": "data", "data": {"artifact": artifact}} for artifact in result.artifacts))
    marks = {"expert": delegation.slug, "expert_name": delegation.name, "skill": delegation.skill}
    return Body(text, tuple(parts), {**marks, "delegation": str(delegation.id)})


def unpacked(shown: Body) -> tuple[Any, str]:
    """Output and text as filters let them through."""
    return shown.parts[0]["data"]["output"], shown.text


def _written(output: Any) -> str:
    if isinstance(output, str):
        return output
    return "" if output is None else orjson.dumps(output, option=orjson.OPT_INDENT_2).decode()
