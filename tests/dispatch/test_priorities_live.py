"""Two processes that carry one run each: what waits is served high before normal before low."""

from collections.abc import Iterator

import pytest

from tests.dispatch.control import said
from tests.dispatch.held import Pair, pair


@pytest.fixture(scope="module")
def narrow() -> Iterator[Pair]:
    with pair("priorities", RUN_CONCURRENCY="1") as made:
        yield made


@pytest.mark.parametrize("kind", ["test.held", "test.held_sync"])
def test_high_ones_are_served_before_normal_and_low_ones_that_came_earlier(narrow: Pair, kind: str) -> None:
    ada = narrow.servers[0].person("ada")
    busy, *waiting = (narrow.held(f"{kind}-{name}") for name in ("busy", "high", "normal", "low"))
    for number in range(2):
        said(ada, ada.conversation(), kind, f"{busy.group} {number}")
    busy.await_begun(2)
    for group in reversed(waiting):
        for number in range(2):
            priority = group.group.rpartition("-")[2]
            answer = ada.say(ada.conversation(), f"{group.group} {number}", kind=kind, metadata={"priority": priority})
            assert answer.status_code == 202

    before = busy
    for place, group in enumerate(waiting):
        before.let_go()
        group.await_begun(2)
        assert [later.begun() for later in waiting[place + 1 :]] == [[]] * (len(waiting) - place - 1)
        before = group
    before.let_go()
