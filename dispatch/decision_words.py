"""A decision and what came of it, as sentences for people who have never seen the code. Plain text, no markup."""

from collections.abc import Mapping
from typing import Any, Final

POLICIES: Final = {
    "first": "one after another, until one replies",
    "all": "all at the same time; each reply becomes a message",
    "chain": "one after another, each with the reply of the one before; the last reply is shown",
}
AUDIENCES: Final = {
    "workspace": "everyone in the conversation; the workspace is told that there is something new",
    "conversation": "everyone in the conversation",
    "sender": "the author of the message, and staff",
    "none": "staff alone",
}
RESULTS: Final = {
    "replied": "replied",
    "passed": "passed the message on",
    "timeout": "gave no answer in time",
    "handler_error": "broke",
    "answer_refused": "replied what filters refuse",
    "answer_unscreened": "replied what could not be screened",
    "stopped": "was stopped",
    "expert_failed": "was told by an expert that nothing comes of it",
    "expert_canceled": "was told that the task of an expert was stopped",
    "waiting": "waits for an expert",
    "replay_mismatch": "asked experts otherwise than before",
    "abandoned": "did not end in time, and was left behind",
}
SUBJECTS: Final = {
    "kind": "The kind of the message",
    "role": "The sender's role in the workspace",
    "workspace": "The workspace",
    "sender": "The sender",
    "text": "The text of the message",
    "attachment": "An attached file",
}
COMPARISONS: Final = {
    "equals": "equals {value}",
    "in": "is one of {value}",
    "exists": "is there",
    "lt": "is less than {value}",
    "lte": "is at most {value}",
    "gt": "is more than {value}",
    "gte": "is at least {value}",
}


def condition(condition: Mapping[str, Any]) -> str:
    """One condition of a candidate: `{"on", "expected", "found", "met"}`, as `Decision.as_json()` has it."""
    on = str(condition.get("on", ""))
    return f"{wanted(on, condition.get('expected'))}; {_found(on, condition.get('found'))}."


def wanted(on: str, expected: Any) -> str:
    """One condition, without what it found."""
    if isinstance(expected, Mapping) and "op" in expected:
        key = expected.get("key", on.removeprefix("metadata."))
        if expected["op"] == "exists" and expected.get("value") is False:
            return f"The metadata {key} is not there"
        return f"The metadata {key} {COMPARISONS.get(expected['op'], '{value}').format(value=_value(expected))}"
    subject = SUBJECTS.get(on, on)
    if on == "text":
        return f"{subject} matches the pattern {listed(expected)}"
    is_one = isinstance(expected, list) and len(expected) > 1
    return f"{subject} {'is one of' if is_one else 'is'} {listed(expected)}"


def handler(asked: Mapping[str, Any]) -> str:
    """One handler asked: `{"name", "result", "ms"}`."""
    result = str(asked.get("result", ""))
    words = RESULTS.get(result, result.replace("_", " ") or "was asked")
    return f"{words} after {duration(asked['ms'])}" if isinstance(asked.get("ms"), int | float) else words


def duration(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def listed(values: Any) -> str:
    """What a condition expects or found, as words."""
    if isinstance(values, list | tuple):
        return ", ".join(map(listed, values)) or "nothing"
    if isinstance(values, bool):
        return "yes" if values else "no"
    return "nothing" if values in (None, "", {}) else str(values)


def _value(expected: Mapping[str, Any]) -> str:
    return listed(expected.get("value"))


def _found(on: str, found: Any) -> str:
    if on == "text" and isinstance(found, bool):  # of a pattern only whether it is there is kept, not what people wrote
        return "it does" if found else "it does not"
    return f"found {listed(found)}"
