"""Which code a text and its files hold, and what is said where there is none."""

import pytest

from tests.integrations.code_review.reviewed import file, review
from tests.modes import once

pytestmark = once

EVAL = "eval(input())"


def test_blocks_are_found_with_their_language_and_the_line_at_which_they_begin():
    text = f"See this:\n\n```python\nx = 1\n{EVAL}\n```\nand\n~~~~ js title=a.js\neval(a)\n// ```\n~~~~\n"

    output = review({"text": text}).output

    assert [(one["file"], one["language"], one["begins"], one["lines"]) for one in output["files"]] == [
        ("block 1", "python", 4, 2),
        ("block 2", "javascript", 9, 2),
    ]
    found = {(one["file"], one["line"], one["rule"]) for one in output["findings"]}
    assert {("block 1", 2, "B307"), ("block 2", 1, "js/eval")} <= found


def test_block_in_a_list_is_read_without_its_indent():
    output = review({"text": f"1. First:\n   ```py\n   if True:\n       {EVAL}\n   ```\n"}).output

    assert [(one["line"], one["column"], one["rule"]) for one in output["findings"]] == [(2, 5, "B307")]


def test_block_that_is_never_closed_goes_on_to_the_end():
    assert review({"text": f"```python\n{EVAL}"}).output["counts"]["warning"] == 1


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("def f(x):\n    return eval(x)\n", "python"),
        ("#!/usr/bin/env python3\nx = 1\n", "python"),
        ("#!/bin/sh\nls\n", "shell"),
        ('set -e\nif [ -f "$1" ]; then\n  echo "$1"\nfi\n', "shell"),
        ("const x = 1;\nfunction f() {\n  return x;\n}\n", "javascript"),
        ("package main\n\nfunc main() {\n\tx := 1\n\t_ = x\n}\n", "go"),
        ('{"a": [1, 2]}', "json"),
    ],
)
def test_code_without_a_fence_is_recognised_by_its_look(text, language):
    assert [one["language"] for one in review({"text": text}).output["files"]] == [language]


def test_language_that_is_given_is_that_of_a_text_without_a_fence():
    output = review({"text": EVAL, "language": "Python"}).output

    assert [(one["file"], one["rule"]) for one in output["findings"]] == [("text", "B307")]


@pytest.mark.parametrize("text", ["Please review my code, thank you.", "", "```text\nnothing\n```", "a: b; c = d?"])
def test_where_there_is_no_code_it_is_said_and_what_would_work(text):
    result = review({"text": text})

    assert result.output["files"] == []
    assert "no code" in result.text
    assert "fenced" in result.text
    assert "python, shell, javascript, go" in result.text


def test_language_that_nobody_analyses_is_told_and_the_rest_is_reviewed():
    output = review({"text": f"```rust\nfn main() {{}}\n```\n```python\n{EVAL}\n```"}).output

    assert output["notes"] == [
        "block 1 was not reviewed: there is no analyser of rust. "
        "There are: python, shell, javascript, go, json, yaml, toml."
    ]
    assert [one["file"] for one in output["files"]] == ["block 2"]


def test_artifacts_are_reviewed_as_files_are():
    output = review({"text": "See there."}, artifacts=({"name": "a.py", "text": EVAL},)).output

    assert [(one["file"], one["rule"]) for one in output["findings"]] == [("a.py", "B307")]


def test_name_of_a_file_is_no_path_and_no_other_files():
    names = ["../../etc/a.py", "C:\\x\\a.py", "`b`\n# c.py", "", "/"]
    files = [{"name": name, "text": EVAL, "language": "none that is known"} for name in names]

    notes = review({"files": files}).output["notes"]

    assert [note.partition(" was")[0] for note in notes] == ["a.py", "a.py (2)", "b # c.py", "file 4", "file 5"]


@pytest.mark.parametrize("name", ["binary.py", "binary.sh"])
def test_what_is_no_text_is_not_reviewed(name):
    result = review(file("\x7fELF\x00\x01\x02 eval(x)", name))

    assert result.output["notes"] == [f"{name} was not reviewed: it is no text."]


@pytest.mark.parametrize("text", [f"\ufeffx = 1\r\n{EVAL}\r\n", f"x = 1\r{EVAL}", f"x = '\u2028 \x0c'\n{EVAL}"])
def test_lines_are_counted_alike_whatever_ends_them(text):
    found = [(one["line"], one["rule"]) for one in review(file(text, "a.py")).output["findings"]]

    assert (2, "B307") in found


def test_columns_count_characters():
    found = review({"files": [{"name": "a.js", "text": "/* \u00e9\u00e9\U0001d54f */ eval(x)"}]}).output["findings"]

    assert [one["column"] for one in found] == [11]


def test_no_more_than_twenty_pieces_are_reviewed_and_that_is_said():
    notes = review({"text": "```rust\n1\n```\n" * 21}).output["notes"]

    assert len(notes) == 21
    assert notes[-1] == "Only the first 20 of 21 blocks and files were looked at."
