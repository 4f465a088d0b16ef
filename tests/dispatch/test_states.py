"""The table of states is DESIGN.md section 8; every other change is refused."""

import ast
import re
from itertools import product
from pathlib import Path

import pytest

from contexts.models import Conversation
from dispatch import diagram, runs, states
from dispatch.intake import receive
from dispatch.models import Run, RunState
from dispatch.states import IllegalTransition
from dispatch.submissions import parse
from tests.people import Person

ROOT = Path(__file__).resolve().parent.parent.parent
PAIRS = list(product(RunState.values, RunState.values))
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


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_only_the_changes_of_the_table_are_taken(before: str, after: str) -> None:
    if (before, after) in ALLOWED:
        states.check(before, after)
    else:
        with pytest.raises(IllegalTransition):
            states.check(before, after)


def test_table_knows_no_state_that_a_run_cannot_have() -> None:
    assert {state for pair in ALLOWED for state in pair} == set(RunState.values)
    assert set(states.TRANSITIONS) | states.FINAL == set(RunState.values)


def test_final_states_are_those_without_a_way_out() -> None:
    assert {"completed", "failed", "dead", "canceled", "superseded"} == states.FINAL


@pytest.mark.parametrize("state", [state for state in RunState.values if state != "running"])
def test_run_that_is_not_running_takes_no_result(ada: Person, conversation: Conversation, state: str) -> None:
    run = Run.objects.get(id=receive(parse({"text": "hi"}, None), ada.identity, conversation.id).run)
    Run.objects.filter(id=run.id).update(state=state)
    run.state = "running"

    assert runs.move(run, "completed", {}, {}) is False
    assert Run.objects.get(id=run.id).state == state


def test_row_in_any_state_refuses_every_change_that_the_table_does_not_know(
    ada: Person, conversation: Conversation
) -> None:
    run = Run.objects.get(id=receive(parse({"text": "hi"}, None), ada.identity, conversation.id).run)
    refused = []

    for before, after in PAIRS:
        Run.objects.filter(id=run.id).update(state=before)
        run.state = before
        if (before, after) not in ALLOWED:
            with pytest.raises(IllegalTransition):
                runs.move(run, after, {}, {})
            refused.append((before, Run.objects.get(id=run.id).state))

    assert len(refused) == len(PAIRS) - len(ALLOWED)
    assert [pair for pair in refused if pair[0] != pair[1]] == []


def test_a_state_is_written_in_one_place() -> None:
    written = [place for path in sorted((ROOT / "dispatch").glob("*.py")) for place in states_written(path)]

    assert written == ["runs.py move"]


def test_page_shows_the_table_as_a_diagram() -> None:
    page = (ROOT / "docs/dispatch.md").read_text()

    shown = re.findall(r"```mermaid\n(stateDiagram.*?)```", page, re.DOTALL)

    assert shown == [diagram.mermaid(RunState.QUEUED, states.TRANSITIONS, RunState.values)]


def states_written(path: Path) -> list[str]:
    """Functions that call `update(state=...)`; a row's own `save()` would be one more way, and is not used for runs."""
    return [
        f"{path.name} {function.name}"
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and getattr(call.func, "attr", "") in {"update", "bulk_update"}
        and any(word.arg == "state" for word in call.keywords)
    ]
