"""Findings: each once, in order, bounded; and the text that people read."""

import asyncio
import re

import pytest

from integrations.code_review.expert import CodeReview
from integrations.code_review.tools import Tools
from integrations.contract import Unwell
from tests.integrations.code_review.planted import FILES, PYTHON
from tests.integrations.code_review.reviewed import file, found, review, updates
from tests.modes import once

pytestmark = once


def test_what_ruff_and_bandit_both_find_is_told_once():
    text = 'import subprocess\n\nsubprocess.run(\n    "ls " + input(),\n    shell=True,\n)\neval(input())\n'

    assert found(text, "a.py") == {(3, "B602"), (7, "B307")}


def test_text_counts_and_then_lists_by_file_and_says_how_it_was_found():
    text = review(file("import os\n\ntry:\n    x = y\nexcept:\n    print()\n", "a.py")).text

    assert text == (
        "2 warnings, 1 info in 1 file or block.\n"
        "\n"
        "**a.py** (python, 6 lines)\n"
        "\n"
        "- 1: `F401` info: `os` imported but unused. Suggestion: Remove unused import: `os`.\n"
        "- 4: `F821` warning: Undefined name `y`.\n"
        "- 5: `E722` warning: Do not use bare `except`.\n"
        "\n"
        "Static analysis by ruff, bandit. Nothing was run. "
        "It finds what its rules name: where nothing is found, nothing is proven."
    )


def test_the_same_code_gives_the_same_result():
    files = {"files": [{"name": name, "text": text} for name, text in FILES.items()]}

    assert review(files) == review(files)


def test_two_hundred_findings_are_shown_and_the_rest_is_counted():
    result = review(file("x = None == y\n" * 150, "a.py"))

    assert len(result.output["findings"]) == 200
    assert (result.output["more"], sum(result.output["counts"].values())) == (100, 300)
    assert "100 more findings are not shown." in result.text
    assert [one["line"] for one in result.output["findings"]] == sorted(list(range(1, 101)) * 2)


def test_text_is_no_longer_than_a_message_may_be(settings):
    settings.MESSAGE_LIMIT = 1000

    text = review(file("x = None == y\n" * 100, "a.py")).text

    assert len(text) <= 1000
    assert "and more, which the data holds" in text
    assert text.endswith("nothing is proven.")


def test_secrets_that_are_found_are_not_quoted():
    result = review(file('password = "hunter2"\nlogin(password="hunter2")\n', "a.py"))

    assert {one["rule"] for one in result.output["findings"]} >= {"B105", "B106"}
    assert "hunter2" not in repr(result)


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("a.py", "eval(x)  # noqa\n", "F821"),
        ("b.py", "# ruff: noqa\n# flake8: noqa\nimport os\n", "F401"),
        ("c.py", "import os  # ruff: ignore[F401]\n", "F401"),
        ("d.py", "# ruff: disable[F401]\nimport os\n# ruff: enable[F401]\n", "F401"),
        ("e.py", "eval(input())  # nosec\n", "B307"),
        ("f.sh", "# shellcheck disable=SC2164\ncd /tmp\n", "SC2164"),
        ("g.sh", "#!/bin/sh\n# shellcheck shell=bash disable=all\ncd /tmp\n", "SC2164"),
    ],
)
def test_comments_that_silence_an_analyser_silence_nothing(name, text, rule):
    assert rule in {rule for _, rule in found(text, name)}


def test_syntax_error_is_a_finding_and_who_could_not_read_on_is_told():
    output = review(file("def f(:\n    pass\n", "a.py")).output

    assert ("invalid-syntax", 1) in {(one["rule"], one["line"]) for one in output["findings"]}
    assert output["notes"] == ["a.py: bandit could not read it; what it would have found is not here."]


@pytest.mark.parametrize(
    ("name", "text", "rule", "line"),
    [
        ("a.json", '{\n "a": 1,\n b\n}', "json/syntax", 3),
        ("a.yaml", "a: 1\nb: [1\n", "yaml/syntax", 2),
        ("a.toml", "a = 1\nb = \n", "toml/syntax", 2),
        ("a.js", "f();\nconst = 1;\n", "js/syntax", 2),
        ("a.go", "package a\n\nfunc f( {\n}\n", "go/syntax", 3),
        ("a.sh", 'cd || exit\necho "a\n', "SC1073", 2),
    ],
)
def test_what_cannot_be_parsed_is_a_finding_at_its_line(name, text, rule, line):
    assert (line, rule) in found(text, name)


def test_analyser_that_is_not_installed_is_named_and_the_others_go_on():
    tools = Tools(ruff=Tools.installed().ruff)

    result = review({"files": [{"name": "a.py", "text": PYTHON}, {"name": "b.sh", "text": "ls"}]}, tools)

    assert result.output["notes"] == [
        "a.py: bandit is not installed here, and has not seen it.",
        "b.sh: shellcheck is not installed here, and has not seen it.",
    ]
    assert [one["analysers"] for one in result.output["files"]] == [["ruff"], []]
    assert "- not reviewed" in result.text
    assert "Static analysis by ruff. " in result.text


def test_expert_is_well_as_long_as_it_has_an_analyser():
    asyncio.run(CodeReview().health())
    asyncio.run(CodeReview(Tools(ruff=Tools.installed().ruff)).health())
    with pytest.raises(Unwell, match="None of its analysers"):
        asyncio.run(CodeReview(Tools()).health())


def test_progress_tells_who_reads_what():
    *progress, _ = updates({"files": [{"name": "a.py", "text": "x = 1"}, {"name": "b.json", "text": "1"}]})

    assert [(round(one.fraction, 2), one.text) for one in progress] == [
        (0.0, "ruff reads a.py."),
        (0.33, "bandit reads a.py."),
        (0.67, "parser reads b.json."),
    ]


def test_messages_hold_nothing_that_breaks_a_line_or_hides_text():
    result = review(file('"%(\u202ex\x0c)s" % {"a": 1}\n', "a.py"))

    assert result.output["findings"]
    assert not re.search("[\u202e\x0c]", result.text)
