"""The conditions of a route in words, for people who have never seen the JSON."""

from typing import Any

from dispatch.decision_words import wanted


def in_words(conditions: dict[str, Any]) -> str:
    """A sentence for each."""
    said = [wanted(on, one) for on, expected in conditions.items() for one in _each(on, expected)]
    return " ".join(f"{sentence}." for sentence in said) or "Every message."


def _each(on: str, expected: Any) -> list[Any]:
    return expected if on == "metadata" and isinstance(expected, list) else [expected]
