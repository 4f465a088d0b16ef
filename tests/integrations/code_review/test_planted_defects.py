"""What was planted is found, at its line and by its rule; in clean code nothing is found."""

import re

import pytest

from tests.integrations.code_review.planted import CLEAN, FILES, NOTATIONS
from tests.integrations.code_review.reviewed import found
from tests.modes import once

pytestmark = once

PLANTED = re.compile(r"(?:#|//) ([A-Z]+\d+|(?:js|go)/[a-z-]+)$")


def planted(text: str) -> set[tuple[int, str]]:
    lines = enumerate(text.split("\n"), start=1)
    return {(number, mark[1]) for number, line in lines if (mark := PLANTED.search(line))}


def test_there_are_twenty_planted_defects():
    assert {name: len(planted(text)) for name, text in FILES.items()} == {
        "defects.py": 10,
        "defects.sh": 4,
        "defects.js": 4,
        "defects.go": 2,
    }


@pytest.mark.parametrize("name", FILES)
def test_every_planted_defect_is_found_at_its_line(name):
    assert planted(FILES[name]) - found(FILES[name], name) == set()


@pytest.mark.parametrize("name", CLEAN)
def test_nothing_is_found_in_clean_code(name):
    assert found(CLEAN[name], name) == set()


@pytest.mark.parametrize("name", NOTATIONS)
def test_nothing_is_found_in_data_that_can_be_read(name):
    assert found(NOTATIONS[name], name) == set()
