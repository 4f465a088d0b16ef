"""What rules are found with: lists of phrases, and how many of them are kept."""

from uuid import uuid4

import pytest

from security import matchers
from security.matchers import Kept
from tests.modes import once

pytestmark = once


@pytest.mark.parametrize(
    ("phrases", "text", "found"),
    [
        ("a|a b|a b c d", "a b c e", ["a b"]),
        ("a|a b|a b c d", "A b c D a", ["A b c D", "a"]),
        ("a|a b|a b c d|a b c e f", "a b c e", ["a b"]),
        ("a b|a bc", "a bc a b", ["a bc", "a b"]),
        ("a b|a bc", "a", []),
        ("b|a c", "a b c", ["b"]),
        ("ab", "a b abb", []),
        ("a!|a", "a! a", ["a!", "a"]),
    ],
)
def test_the_longest_phrase_is_found_at_each_place(phrases, text, found):
    match = matchers.matcher("words", phrases.replace("|", "\n"))

    assert [text[start:end] for start, end in match(text)] == found


def test_a_phrase_is_found_as_texts_are_folded():
    match = matchers.matcher("words", "caf\u00e9 noir\n\u0440\u043ep")

    assert list(match("cafe noir")) == [(0, 9)]
    assert list(match("pop")) == [(0, 3)]


def test_those_that_nobody_asked_for_longest_go_first():
    kept, keys = Kept(most=10), [(uuid4(), 1) for _ in range(4)]
    for key in keys[:3]:
        kept.keep(key, None, 3)

    kept.known([keys[0], (uuid4(), 1)])
    kept.keep(keys[3], None, 4)
    kept.keep(keys[3], None, 4)

    assert list(kept.known(keys)) == [keys[0], keys[2], keys[3]]
    assert kept.weight == 10
