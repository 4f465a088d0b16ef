"""Which sentences are chosen: the same for the same messages, bounded, of any text."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts import sentences
from tests.modes import once

pytestmark = once

SAID = st.lists(st.tuples(st.sampled_from(["user", "assistant", "expert"]), st.text(max_size=300)), max_size=20)


def chosen(said):
    lines = (line for seq, (role, text) in enumerate(said) for line in sentences.of_message(seq, "ada", role, text))
    return sentences.best(lines)


@settings(max_examples=60)
@given(SAID)
def test_any_text_makes_few_short_lines_in_order(said):
    lines = chosen(said)

    assert len(lines) <= sentences.MOST
    assert [line.seq for line in lines] == sorted({line.seq for line in lines})
    assert all(0 < len(line.text) <= sentences.LONGEST and "\n" not in line.text for line in lines)
    assert all(sentences.LEAST <= line.weight <= 1 for line in lines)
    assert not lines or max(line.weight for line in lines) == 1
    assert lines == chosen(said)


@settings(max_examples=30)
@given(SAID)
def test_what_was_chosen_is_chosen_again(said):
    """Parts of a further level are made from lines of those below."""
    lines = chosen(said)

    assert {line.seq for line in sentences.best(lines)} <= {line.seq for line in lines}


def test_statements_come_before_questions_and_answers():
    text = "The hydraulic press stands in hall 4"
    lines = chosen([("user", f"{text}?"), ("assistant", f"{text}."), ("user", f"{text}.")])

    assert max(lines, key=lambda line: line.weight).seq == 2


def test_what_was_told_makes_room_for_something_else():
    said = [("user", f"The hydraulic press of hall {number} is loud.") for number in range(20)]
    lines = chosen([*said, ("user", "The auditors arrive from Bergen on Monday.")])

    assert "auditors" in " ".join(line.text for line in lines)


def test_a_long_sentence_is_cut_visibly():
    [line] = chosen([("user", "press " * 100 + "hall lathe")])

    assert line.text.endswith("press…")


@pytest.mark.parametrize(
    "text", ["1. " * 100_000, "a" * 300_000, "." * 300_000, "\U0001f600" * 100_000, "x.\n" * 100_000]
)
def test_a_huge_text_takes_no_longer_than_its_beginning(text):
    began = time.perf_counter()
    chosen([("user", text)] * 10)

    assert time.perf_counter() - began < 5
