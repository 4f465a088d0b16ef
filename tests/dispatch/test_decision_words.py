"""Conditions and handlers as sentences."""

import pytest

from dispatch import decision_words as words


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (
            {"on": "kind", "expected": ["invoice", "quote"], "found": "text"},
            "The kind of the message is one of invoice, quote; found text.",
        ),
        (
            {"on": "role", "expected": ["owner"], "found": ""},
            "The sender's role in the workspace is owner; found nothing.",
        ),
        (
            {"on": "text", "expected": "refund|money back", "found": False},
            "The text of the message matches the pattern refund|money back; it does not.",
        ),
        (
            {"on": "attachment", "expected": ["image/*"], "found": ["text/csv", "image/png"]},
            "An attached file is image/*; found text/csv, image/png.",
        ),
        (
            {"on": "metadata", "expected": {"key": "order.total", "op": "gte", "value": 500}, "found": 20},
            "The metadata order.total is at least 500; found 20.",
        ),
        (
            {"on": "metadata.tier", "expected": {"op": "in", "value": ["gold", "silver"]}, "found": None},
            "The metadata tier is one of gold, silver; found nothing.",
        ),
        (
            {"on": "metadata", "expected": {"key": "urgent", "op": "exists", "value": True}, "found": False},
            "The metadata urgent is there; found no.",
        ),
        (
            {"on": "metadata", "expected": {"key": "a", "op": "equals", "value": 0}, "found": 1},
            "The metadata a equals 0; found 1.",
        ),
        ({"on": "moon", "expected": "full", "found": "new"}, "moon is full; found new."),
    ],
)
def test_a_condition_says_what_was_expected_and_what_was_found(condition, sentence):
    assert words.condition(condition) == sentence


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"result": "replied", "ms": 12}, "replied after 12 ms"),
        ({"result": "timeout", "ms": 30_041}, "gave no answer in time after 30.0 s"),
        ({"result": "abandoned", "ms": 250}, "did not end in time, and was left behind after 250 ms"),
        ({"result": "passed"}, "passed the message on"),
        ({"result": "gone_fishing", "ms": 0}, "gone fishing after 0 ms"),
    ],
)
def test_a_handler_says_what_came_of_asking_it(asked, sentence):
    assert words.handler(asked) == sentence
