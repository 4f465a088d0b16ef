"""The states of a run and the only changes between them (DESIGN.md section 8)."""

from typing import Final

from dispatch.models import RunState as S

TRANSITIONS: Final[dict[str, frozenset[str]]] = {
    S.QUEUED: frozenset({S.RUNNING, S.CANCELED, S.SUPERSEDED}),
    S.RUNNING: frozenset(
        {S.QUEUED, S.INPUT_REQUIRED, S.WAITING, S.COMPLETED, S.FAILED, S.DEAD, S.CANCELED, S.SUPERSEDED}
    ),
    S.INPUT_REQUIRED: frozenset({S.QUEUED, S.FAILED, S.CANCELED, S.SUPERSEDED}),
    S.WAITING: frozenset({S.QUEUED, S.FAILED, S.CANCELED, S.SUPERSEDED}),
}
FINAL: Final = frozenset(S.values) - frozenset(TRANSITIONS)

EVENT: Final[dict[str, str]] = {S.RUNNING: "run.started"} | {
    state: f"run.{state}" for state in S.values if state != S.RUNNING
}


class IllegalTransition(Exception):
    """A change that the table does not know: a mistake in our code."""


def check(before: str, after: str, stop: str = "") -> None:
    """:raises IllegalTransition: unless the table allows it. A run that was asked to stop has one way only: `stop`."""
    if after not in TRANSITIONS.get(before, frozenset()) or stop not in ("", after):
        raise IllegalTransition(f"{before} -> {after}")
