"""The states of a delegation and the only changes between them (DESIGN.md sections 7 and 9)."""

from typing import Final

from dispatch.delegation_models import DelegationState as S
from dispatch.states import IllegalTransition

ENDS: Final = frozenset({S.COMPLETED, S.FAILED, S.CANCELED, S.REJECTED})
TRANSITIONS: Final[dict[str, frozenset[str]]] = {
    S.SUBMITTED: frozenset({S.WORKING, S.INPUT_REQUIRED, S.AUTH_REQUIRED, *ENDS}),
    S.WORKING: frozenset({S.WORKING, S.INPUT_REQUIRED, S.AUTH_REQUIRED, *ENDS}),
    S.INPUT_REQUIRED: frozenset({S.WORKING, S.FAILED, S.CANCELED}),
    S.AUTH_REQUIRED: frozenset({S.WORKING, S.FAILED, S.CANCELED}),
}
OPEN: Final = tuple(str(state) for state in TRANSITIONS)
AT_WORK: Final = (str(S.SUBMITTED), str(S.WORKING))
ASKING: Final = (str(S.INPUT_REQUIRED), str(S.AUTH_REQUIRED))


def check(before: str, after: str) -> None:
    """:raises IllegalTransition: unless the table allows it."""
    if after not in TRANSITIONS.get(before, frozenset()):
        raise IllegalTransition(f"a delegation goes from {before} never to {after}")
