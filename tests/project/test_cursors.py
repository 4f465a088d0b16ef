"""Cursors in text."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project import cursors
from project.cursors import Cursor, MalformedCursor, Place

MESSAGE = "0197a6c4-0000-7000-8000-000000000001"

seqs = st.integers(0, 10**18 - 1)
places = st.builds(Place, st.uuids(), st.integers(0, 10**9 - 1), st.integers(0, 10**9 - 1))


def test_a_cursor_names_epoch_and_seq():
    assert cursors.parse("7-1042") == Cursor(7, 1042)


def test_a_cursor_in_mid_answer_names_how_much_is_there():
    assert cursors.parse(f"7-1042~{MESSAGE}.2.31") == Cursor(7, 1042, Place(UUID(MESSAGE), 2, 31))


@given(st.builds(Cursor, seqs, seqs, st.none() | places))
def test_what_was_written_is_read_back(cursor):
    assert cursors.parse(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "7-",
        "-7",
        "7-x",
        "7--1",
        "7-1042 ",
        " 7-1042",
        "7-1042\n",
        "+7-1042",
        "7_0-1042",
        "\u0667-\u0661",
        "1" * 19 + "-1",
        "1-" + "1" * 19,
        "1-" * 10_000,
        "7-1042~",
        f"7-1042~{MESSAGE}",
        f"7-1042~{MESSAGE}.2",
        f"7-1042~{MESSAGE}.2.-1",
        f"7-1042~{MESSAGE}.2.1234567890",
        f"7-1042~{'-' * 36}.2.31",
        f"7-1042~{'a' * 36}.2.31",
        f"7-1042~{MESSAGE}.2.31.9",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(MalformedCursor):
        cursors.parse(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        cursor = cursors.parse(text)
    except MalformedCursor:
        return
    assert cursors.parse(str(cursor)) == cursor
