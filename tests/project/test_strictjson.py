"""What no peer and neither database would read alike is refused: by the function, and by a real endpoint."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project import strictjson
from project.strictjson import MalformedJSON
from tests.problem import problem


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def within(value: bytes) -> bytes:
    return b'{"name": "Attic", "extra": ' + value + b"}"


VALUES = {
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "negative Infinity": b"-Infinity",
    "too large a float": b"1e400",
    "too small a float": b"-1e400",
    "float beyond 64 bits": b"1e300",
    "integer beyond 64 bits": b"9223372036854775808",
    "negative integer beyond 64 bits": b"-9223372036854775809",
    "integer of 5,000 digits": b"9" * 5000,
    "float of 5,000 digits": b"9" * 5000 + b".5",
    "same key twice": b'{"a": 1, "a": 1}',
    "same key twice, once escaped": b'{"a": 1, "\\u0061": 2}',
    "same key twice, deep within": b'[[{"b": {"a": 1, "a": 2}}]]',
    "escaped lone high surrogate": b'"\\ud800"',
    "escaped lone low surrogate": b'"x\\udfffx"',
    "surrogates in the wrong order": b'"\\udc00\\ud800"',
    "lone surrogate as a key": b'{"\\ud800": 1}',
    "raw lone surrogate": b'"\xed\xa0\x80"',
    "escaped NUL": b'"a\\u0000b"',
    "NUL as a key": b'{"\\u0000": 1}',
    "raw NUL": b'"a\x00b"',
    "raw line break in a string": b'"a\nb"',
    "invalid UTF-8": b'"\xff"',
    "overlong UTF-8": b'"\xc0\x80"',
    "cut UTF-8": b'"\xe2\x82"',
    "5,000 deep": nested(5000),
    "100,000 deep": nested(100_000),
    "5,000 deep and open": b"[" * 5000,
    "100,000 deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "comment": b"1 /* one */",
    "single quotes": b"'a'",
    "trailing comma": b"[1,]",
    "leading zero": b"01",
    "plus sign": b"+1",
    "hexadecimal": b"0x1",
    "unknown escape": b'"\\x41"',
}
BODIES = {
    "trailing data": b'{"name": "Attic"} {"name": "Barn"}',
    "trailing word": b'{"name": "Attic"}x',
    "trailing NUL": b'{"name": "Attic"}\x00',
    "byte order mark": b'\xef\xbb\xbf{"name": "Attic"}',
    "UTF-16": '{"name": "Attic"}'.encode("utf-16"),
    "UTF-32": '{"name": "Attic"}'.encode("utf-32-le"),
    "cut short": b'{"name": "Att',
    "white space only": b"  \n",
    "no JSON": b"name=Attic",
}


def post(person, body: bytes):
    return person.client.post("/api/v1/workspaces/", body, content_type="application/json")


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_what_is_read_differently_elsewhere_is_refused(ada, value):
    answer = post(ada, within(value))

    problem(answer, 400, "malformed_json")
    with pytest.raises(MalformedJSON):
        strictjson.loads(value)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_what_is_not_one_json_document_is_refused(ada, body):
    answer = post(ada, body)

    problem(answer, 400, "malformed_json")
    with pytest.raises(MalformedJSON):
        strictjson.loads(body)


def test_nothing_is_no_json():
    with pytest.raises(MalformedJSON):
        strictjson.loads(b"")


def test_a_request_without_a_body_is_told_what_is_missing(ada):
    body = problem(post(ada, b""), 422, "invalid")

    assert [error["pointer"] for error in body["errors"]] == ["/name"]


def test_32_levels_are_read_and_33_are_not():
    assert strictjson.loads(nested(32)) == json.loads(nested(32))
    with pytest.raises(MalformedJSON, match="32"):
        strictjson.loads(nested(33))


def test_an_endpoint_counts_the_levels_of_the_whole_body(ada):
    assert post(ada, within(nested(31))).status_code == 201
    problem(post(ada, within(nested(32))), 400, "malformed_json")


@pytest.mark.parametrize(
    "value",
    [
        b"9223372036854775807",
        b"-9223372036854775807",
        b"1.5e10",
        b"-0.0",
        b"1e-400",
        b'"\\ud83d\\ude00"',
        b'"\\u0001\\u007f"',
        b'""',
        b"null",
        b' [true, false, {"a": {"a": 1}, "A": 2}] ',
    ],
)
def test_what_everybody_reads_alike_is_read(value):
    assert strictjson.loads(value) == json.loads(value)


@pytest.mark.parametrize("scalar", [b"null", b"7", b'"Attic"', b"[]", b"[1]", b"true"])
def test_json_that_is_no_object_is_refused_where_fields_are_wanted(ada, scalar):
    problem(post(ada, scalar), 422, "invalid")


def test_a_body_in_text_is_read_like_one_in_bytes():
    assert strictjson.loads('{"a": "\u00e9"}') == strictjson.loads('{"a": "\u00e9"}'.encode()) == {"a": "\u00e9"}


texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(-(2.0**62), 2.0**62)
documents = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)


@given(documents)
def test_what_was_written_is_read_back(document):
    assert strictjson.loads(json.dumps(document)) == document


@given(st.binary(max_size=40) | st.text(max_size=40))
def test_any_bytes_are_read_or_refused(raw):
    try:
        value = strictjson.loads(raw)
    except MalformedJSON:
        return
    assert json.loads(json.dumps(value, allow_nan=False)) == value
