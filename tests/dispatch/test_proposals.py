"""Facts that handlers propose are kept with an answer that everybody may read, and with no other."""

from typing import Any, Final
from uuid import uuid4

import pytest
from django.utils import timezone

from contexts.facts import BadProposal, EntityFact, MetadataFact, PinFact
from dispatch.turns import MOST_PROPOSED, TooManyProposals, Turn, TurnOver
from tests.contexts.probing import API, answered, changed, context_of
from tests.deployment import Deployment, Server
from tests.live import LivePerson

FACTS: Final[list[dict[str, Any]]] = [
    {"entity": ["ship", "Zephyr"], "metadata": ["topic", {"of": "the day"}]},
    {"pin": ["She sails on Monday"]},
]


@pytest.fixture(scope="module")
def server(deployment: Deployment) -> Server:
    apps = "tests.probing_app,tests.marked_app"
    return deployment.serve(EXTRA_APPS=apps, FILTERS="shape,secrets,marked")


@pytest.fixture
def lab(live_ada: LivePerson) -> str:
    return live_ada.conversation(title="Plans", metadata={"kept": True})


def proposed(person: LivePerson, conversation: str, *facts: dict[str, Any], text: str = "Noted", **fields: Any) -> Any:
    """The run of a message whose handler proposes them."""
    parts = [{"type": "data", "data": fact} for fact in facts]
    return answered(person, conversation, text, kind="test.propose", parts=parts, **fields)


def learned(person: LivePerson, conversation: str) -> tuple[list[str], dict[str, Any], list[str]]:
    """Notes, metadata, entities."""
    known = context_of(person, conversation)
    pins = [pin["message"]["text"] if pin["message"] else pin["text"] for pin in known["pinned"]]
    return pins, known["metadata"], [entity["value"] for entity in known["entities"] if entity["source"] == "handler"]


NOTHING: Final[tuple[Any, ...]] = ([], {"kept": True}, [])


def test_what_is_proposed_is_known_once_the_answer_is_there(live_ada: LivePerson, lab: str) -> None:
    proposed(live_ada, lab, *FACTS)

    metadata = {"kept": True, "topic": {"of": "the day"}}
    assert learned(live_ada, lab) == (["She sails on Monday"], metadata, ["Zephyr"])
    assert live_ada.http.get(f"{API}/conversations/{lab}/").json()["metadata"] == metadata


def test_it_is_told_in_counts(live_ada: LivePerson, lab: str) -> None:
    proposed(live_ada, lab, FACTS[1], {"metadata": ["topic", "tides"]})

    told = [event["data"] for event in live_ada.events(lab) if event["type"] == "context.updated"]
    changes = [data["changed"] for data in told if {"pins", "metadata"} <= set(data["changed"])]
    assert changes == [{"pins": 1, "metadata": 1}]
    assert "tides" not in str(told)
    assert told[-1]["version"] == context_of(live_ada, lab)["version"]


def test_what_is_proposed_again_is_kept_once(live_ada: LivePerson, lab: str) -> None:
    for _ in range(2):
        proposed(live_ada, lab, *FACTS)

    pins, _, entities = learned(live_ada, lab)
    assert (pins, entities) == (["She sails on Monday"], ["Zephyr"])


def test_a_handler_can_pin_its_own_reply(live_ada: LivePerson, lab: str) -> None:
    proposed(live_ada, lab, {"pin": []}, text="Remember this")

    [pin] = context_of(live_ada, lab, explain="1")["pinned"]
    assert (pin["message"]["text"], pin["message"]["role"]) == ("Remember this", "assistant")


def test_a_handler_that_breaks_or_says_nothing_teaches_nothing(live_ada: LivePerson, lab: str) -> None:
    broken = proposed(live_ada, lab, *FACTS, text="break")
    silent = proposed(live_ada, lab, *FACTS, text="pass")

    assert [broken["state"], silent["state"]] == ["failed", "completed"]
    assert learned(live_ada, lab) == NOTHING


def test_an_answer_that_not_all_may_read_teaches_nothing(live_ada: LivePerson, lab: str) -> None:
    proposed(live_ada, lab, *FACTS, metadata={"audience": "sender"})

    assert learned(live_ada, lab) == NOTHING


def test_an_answer_that_filters_refuse_teaches_nothing(live_ada: LivePerson, lab: str) -> None:
    answered(live_ada, lab, "Noted", kind="test.withheld", parts=[{"type": "data", "data": FACTS[0]}])

    assert learned(live_ada, lab) == NOTHING


@pytest.mark.parametrize("mark", ["BLOCK", "HOLD"])
def test_a_refused_fact_is_dropped_with_a_finding_and_the_answer_stands(
    live_ada: LivePerson, lab: str, mark: str
) -> None:
    marked = [mark, "ME"]

    run = proposed(live_ada, lab, {"joined": ["pin", *marked]}, {"pin": ["Harmless"]})

    assert (run["state"], learned(live_ada, lab)[0]) == ("completed", ["Harmless"])
    assert live_ada.messages(lab)[-1]["text"] == "Noted"
    found = live_ada.http.get(f"{API}/findings/").json()["results"]
    assert [one["action"] for one in found if one["run"] == run["id"]] == ["block" if mark == "BLOCK" else "quarantine"]


def test_what_filters_mask_in_a_fact_is_kept_masked(live_ada: LivePerson, lab: str) -> None:
    proposed(
        live_ada,
        lab,
        {"joined": ["pin", "Please MASK", "ME"]},
        {"joined": ["entity", "ship", "MASK", "ME"]},
    )

    pins, _, entities = learned(live_ada, lab)
    assert (pins, entities) == (["Please [masked]"], ["[masked]"])


def test_no_proposal_takes_the_place_of_a_pin(live_ada: LivePerson, lab: str) -> None:
    for number in range(0, 20, 10):
        changed(live_ada, lab, pin=[{"text": f"Note {number + one}"} for one in range(10)])

    run = proposed(live_ada, lab, {"pin": ["One too many"]})

    assert run["state"] == "completed"
    assert "One too many" not in learned(live_ada, lab)[0]


def turn() -> Turn:
    return Turn(uuid4(), 1, timezone.now(), 5)


@pytest.mark.parametrize(
    "fact",
    [
        EntityFact("Ship", "Zephyr"),
        EntityFact("ship", ""),
        EntityFact("ship", "x" * 301),
        EntityFact("ship", "half \ud83d"),
        MetadataFact("", 1),
        MetadataFact("x" * 101, 1),
        MetadataFact("x", "y" * 5000),
        MetadataFact("x", timezone.now()),
        MetadataFact("x", {1: 2}),
        MetadataFact("x", object()),
        PinFact("x" * 2001),
        PinFact("nul \x00"),
        PinFact(7),  # type: ignore[arg-type]
        "no fact",
    ],
)
def test_what_could_not_be_kept_is_refused_to_the_handler(fact: Any) -> None:
    with pytest.raises(BadProposal):
        turn().propose(fact)


def test_a_turn_takes_so_many_proposals_and_none_once_it_is_over() -> None:
    whole = turn()
    for number in range(MOST_PROPOSED):
        whole.propose(PinFact(f"{number}"))

    with pytest.raises(TooManyProposals):
        whole.propose(PinFact("One more"))
    whole.end()
    with pytest.raises(TurnOver):
        whole.propose(PinFact("Too late"))
    assert len(whole.proposed) == MOST_PROPOSED


def test_what_a_handler_changes_after_it_proposed_is_not_proposed() -> None:
    value = {"of": ["the day"]}
    own = turn()

    own.propose(MetadataFact("topic", value))
    value["of"].append("night")

    assert own.proposed == (MetadataFact("topic", {"of": ["the day"]}),)
