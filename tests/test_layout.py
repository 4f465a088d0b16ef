"""How the tests themselves are built."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PATCH = re.compile(r"\bmonkeypatch\.setattr\b|\bmock\.patch\b|\bmocker\.")
TEST = re.compile(r"^\s*(?:async )?def test_", re.MULTILINE)
MOST_PATCHES_PER_TEST = 0.1


def test_tests_drive_the_code_rather_than_patch_it():
    texts = {path: path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py") if path != Path(__file__).resolve()}
    patches = {path.relative_to(TESTS).as_posix(): len(PATCH.findall(text)) for path, text in texts.items()}
    tests = sum(len(TEST.findall(text)) for text in texts.values())

    offenders = {path: count for path, count in patches.items() if count}
    assert sum(patches.values()) <= MOST_PATCHES_PER_TEST * tests, offenders
