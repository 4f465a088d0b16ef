"""The table of states is DESIGN.md section 8; every other change is refused."""

from itertools import product

import pytest

from contexts.models import Conversation
from dispatch import runs, states
from dispatch.intake import receive
from dispatch.models import Run, RunState
from dispatch.states import IllegalTransition
from dispatch.submissions import parse
from tests.people import Person

ALLOWED = {
    ("queued", "running"),
    ("queued", "canceled"),
    ("queued", "superseded"),
    *(("running", state) for state in RunState.values if state != "running"),
    *(
        (parked, state)
        for parked in ("input_required", "waiting")
        for state in ("queued", "failed", "canceled", "superseded")
    ),
}


@pytest.mark.parametrize(("before", "after"), list(product(RunState.values, RunState.values)))
def test_only_the_changes_of_the_table_are_taken(before: str, after: str) -> None:
    if (before, after) in ALLOWED:
        states.check(before, after)
    else:
        with pytest.raises(IllegalTransition):
            states.check(before, after)


def test_final_states_are_those_without_a_way_out() -> None:
    assert {"completed", "failed", "dead", "canceled", "superseded"} == states.FINAL


@pytest.mark.parametrize("state", [state for state in RunState.values if state != "running"])
def test_run_that_is_not_running_takes_no_result(ada: Person, conversation: Conversation, state: str) -> None:
    run = Run.objects.get(id=receive(parse({"text": "hi"}, None), ada.identity, conversation.id).run)
    Run.objects.filter(id=run.id).update(state=state)
    run.state = "running"

    assert runs.move(run, "completed", {}, {}) is False
    assert Run.objects.get(id=run.id).state == state
