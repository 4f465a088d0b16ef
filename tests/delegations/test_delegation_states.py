"""The table of a delegation's states; every other change is refused."""

import ast
from itertools import product
from pathlib import Path

import pytest

from contexts.models import Conversation
from dispatch import delegation_states, delegations
from dispatch.delegation_models import Delegation, DelegationState
from dispatch.states import IllegalTransition
from tests.delegations.consulted import carry, expert, post, the, told
from tests.people import Person

ROOT = Path(__file__).resolve().parent.parent.parent
PAIRS = list(product(DelegationState.values, DelegationState.values))
ENDS = ("completed", "failed", "canceled", "rejected")
ASKING = ("input_required", "auth_required")
ALLOWED = {
    *product(("submitted", "working"), ("working", *ASKING, *ENDS)),
    *product(ASKING, ("working", "failed", "canceled")),
}


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_only_the_changes_of_the_table_are_taken(before: str, after: str) -> None:
    if (before, after) in ALLOWED:
        delegation_states.check(before, after)
    else:
        with pytest.raises(IllegalTransition):
            delegation_states.check(before, after)


def test_every_state_is_an_end_or_has_a_way_out() -> None:
    assert set(ENDS) == delegation_states.ENDS
    assert set(delegation_states.OPEN) | delegation_states.ENDS == set(DelegationState.values)


@pytest.mark.django_db(transaction=True)
def test_row_in_any_state_refuses_every_change_that_the_table_does_not_know(
    ada: Person, conversation: Conversation
) -> None:
    delegation = submitted(ada, conversation)

    for before, after in PAIRS:
        Delegation.objects.filter(id=delegation.id).update(state=before)
        delegation.state = before
        if (before, after) not in ALLOWED:
            with pytest.raises(IllegalTransition):
                delegations.move(delegation, after, {}, {})
            assert Delegation.objects.get(id=delegation.id).state == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("changed", [{"state": "canceled"}, {"attempt": 7}])
def test_row_that_has_moved_on_takes_no_change_and_tells_none(
    ada: Person, conversation: Conversation, changed: dict[str, object]
) -> None:
    delegation = submitted(ada, conversation)
    Delegation.objects.filter(id=delegation.id).update(**changed)

    assert delegations.move(delegation, "completed", {}, {}) is False

    assert Delegation.objects.get(id=delegation.id).state == changed.get("state", "submitted")
    assert "delegation.completed" not in told(conversation)


def test_a_state_is_written_in_one_place_and_by_progress_alone() -> None:
    written = [place for path in sorted((ROOT / "dispatch").glob("*.py")) for place in states_written(path)]

    assert written == ["delegation_progress.py", "delegations.py"]


def submitted(person: Person, conversation: Conversation) -> Delegation:
    expert("counter")
    run = post(person, conversation, expert="counter")
    carry(run)
    return the(run)


def states_written(path: Path) -> list[str]:
    """Files that make the fields of an UPDATE with a state in them, of delegations."""
    if "delegation" not in path.name:
        return []
    return [
        path.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Dict)
        and any(isinstance(key, ast.Constant) and key.value == "state" for key in node.keys)
    ]
