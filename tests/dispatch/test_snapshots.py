"""A snapshot with the events that came after it is a fresh snapshot, for every type of event and for whoever reads."""

from copy import deepcopy
from dataclasses import dataclass
from itertools import chain, combinations, pairwise
from pathlib import Path
from typing import Any

import pytest

from project import eventtypes
from tests.deployment import Deployment
from tests.dispatch import reducer, snapshots
from tests.dispatch.held import Held
from tests.dispatch.reducer import APPLY, UNCHANGING, Copy
from tests.dispatch.snapshots import Snapshot
from tests.dispatch.story import Story
from tests.live import LivePerson

READERS = ("ada", "bob")  # a reply for ada alone is among what happens; she is staff, too


@dataclass
class Seen:
    """What one person was shown: a snapshot after each step, and all events by log."""

    steps: dict[str, Snapshot]
    logs: dict[str, list[dict[str, Any]]]

    def look(self, person: LivePerson, step: str) -> None:
        self.steps[step] = snapshots.taken(person)
        for stream in self.steps[step].heads:
            self.logs[stream] = snapshots.events(person, stream)

    def carried(self, before: str, after: str, without: str = "") -> Copy:
        """The snapshot from `before`, with the events until `after`: first those of the workspace."""
        copy, old, new = deepcopy(self.steps[before].rows), self.steps[before].heads, self.steps[after].heads
        for stream in sorted(new, reverse=True):
            for event in self.logs[stream]:
                if old.get(stream, 0) < event["seq"] <= new[stream] and event["type"] != without:
                    reducer.apply(copy, event)
        return copy

    def goes_wrong(self, without: str) -> bool:
        """Whether between two steps the copy does."""
        return any(self._is_wrong(before, after, without) for before, after in pairwise(self.steps))

    def _is_wrong(self, before: str, after: str, without: str) -> bool:
        try:
            carried = self.carried(before, after, without)
        except KeyError:  # an event about what the copy does not have
            return True
        return snapshots.shown(carried) != snapshots.shown(self.steps[after].rows)


@pytest.fixture(scope="module")
def seen(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    folder = tmp_path_factory.mktemp("held")
    apps = "tests.control_app,tests.held_app,tests.marked_app"
    server = deployment.serve(EXTRA_APPS=apps, FILTERS="shape,marked", HELD_FOLDER=str(folder))
    people = {name: server.person(name) for name in READERS}
    story = Story(people["ada"], people["bob"], Held(Path(folder), "story"))
    found = {name: Seen({}, {}) for name in READERS}
    for step in chain(["nothing"], story.steps()):
        for name, person in people.items():
            found[name].look(person, step)
    return found


@pytest.mark.parametrize("reader", READERS)
def test_a_snapshot_with_the_events_after_it_is_a_fresh_one(seen: dict[str, Seen], reader: str) -> None:
    for before, after in combinations(seen[reader].steps, 2):
        carried, fresh = seen[reader].carried(before, after), seen[reader].steps[after].rows
        assert snapshots.shown(carried) == snapshots.shown(fresh), f"{before} -> {after}"


@pytest.mark.parametrize("type", APPLY)
def test_without_the_events_of_a_type_the_copy_goes_wrong(seen: dict[str, Seen], type: str) -> None:
    """With all of them it does not: above."""
    assert seen["bob"].goes_wrong(without=type)


def test_the_story_tells_every_type_that_a_client_applies(seen: dict[str, Seen]) -> None:
    told = {event["type"] for log in seen["ada"].logs.values() for event in log}

    assert told - set(UNCHANGING) == set(APPLY)


def test_a_client_has_a_row_for_every_type_or_a_reason_for_none() -> None:
    assert sorted([*APPLY, *UNCHANGING]) == sorted(eventtypes.stored())
    assert all(UNCHANGING.values())


def test_who_may_not_see_a_reply_has_no_event_of_it(seen: dict[str, Seen]) -> None:
    counts = {name: len(seen[name].steps["answered in private"].rows.messages) for name in READERS}

    assert counts["ada"] == counts["bob"] + 1
