"""The table of states as a Mermaid state diagram, for the documentation: the page holds exactly what this gives."""

from collections.abc import Mapping, Set


def mermaid(first: str, transitions: Mapping[str, Set[str]], order: list[str]) -> str:
    """The text of a ```mermaid block. States stand in `order`; those without a way out lead to the end."""
    lines = ["stateDiagram-v2", f"    [*] --> {first}"]
    for state in order:
        after = transitions.get(state, frozenset())
        lines += [f"    {state} --> {next}" for next in order if next in after]
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in order if state not in transitions)]) + "\n"
