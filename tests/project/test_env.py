"""Settings from the environment, and secrets made on the first start."""

import subprocess
import sys
from datetime import timedelta
from functools import partial

import pytest
from django.core.exceptions import ImproperlyConfigured

from project import env
from tests.databases import ROOT
from tests.live import PATIENCE, in_parallel


def test_a_secret_is_made_once_and_kept(tmp_path):
    first = env.secret("TEST_SECRET", tmp_path)

    assert len(first) >= 64
    assert env.secret("TEST_SECRET", tmp_path) == first


def test_two_secrets_are_two(tmp_path):
    assert env.secret("TEST_SECRET", tmp_path) != env.secret("OTHER_SECRET", tmp_path)


def test_a_kept_secret_is_for_its_owner_only(tmp_path):
    folder = tmp_path / "var"

    env.secret("TEST_SECRET", folder)

    kept = list(folder.iterdir())
    assert [path.name for path in kept] == ["test_secret"]
    assert kept[0].stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_given_secret_is_taken_and_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_SECRET", "  given  ")

    assert env.secret("TEST_SECRET", tmp_path) == "given"
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_a_missing_secret_is_too_short_to_start_with():
    first, second = env.secret("TEST_SECRET", None), env.secret("TEST_SECRET", None)

    assert first != second
    assert len(first) < 32


FIRST_START = """
import sys
from pathlib import Path
from project import env
print("ready", flush=True)
sys.stdin.readline()
print([env.secret(f"SECRET_{number}", Path(sys.argv[1])) for number in range(300)])
"""


def first_start(folder):
    command = [sys.executable, "-c", FIRST_START, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_first_starts_at_once_agree_on_each_secret(tmp_path):
    starts = [first_start(tmp_path) for _ in range(4)]
    assert [start.stdout.readline() for start in starts] == ["ready\n"] * 4

    made = in_parallel([partial(start.communicate, "go\n", timeout=PATIENCE) for start in starts])

    assert len({secrets for secrets, _ in made}) == 1
    assert len(list(tmp_path.iterdir())) == 300


@pytest.mark.parametrize(
    ("given", "words"), [(None, ["a", "b"]), ("", []), ("x", ["x"]), (" x , y ,, z", ["x", "y", "z"])]
)
def test_lists_are_words_between_commas(monkeypatch, given, words):
    if given is not None:
        monkeypatch.setenv("TEST_WORDS", given)

    assert env.words("TEST_WORDS", "a,b") == words


@pytest.mark.parametrize(("given", "meant"), [(None, True), ("0", False), ("false", False), ("1", True), ("on", True)])
def test_flags_are_read_from_the_usual_words(monkeypatch, given, meant):
    if given is not None:
        monkeypatch.setenv("TEST_FLAG", given)

    assert env.flag("TEST_FLAG", True) is meant


@pytest.mark.parametrize(("given", "meant"), [(None, 7), ("12", 12), ("-1", -1)])
def test_numbers_are_numbers(monkeypatch, given, meant):
    if given is not None:
        monkeypatch.setenv("TEST_NUMBER", given)

    assert env.number("TEST_NUMBER", 7) == meant


@pytest.mark.parametrize(("given", "meant"), [(None, (10, 900)), ("3/60", (3, 60)), (" 1/1 ", (1, 1))])
def test_rates_are_how_often_in_how_many_seconds(monkeypatch, given, meant):
    if given is not None:
        monkeypatch.setenv("LIMIT_TEST", given)

    assert env.rates(test="10/900") == {"test": (meant[0], timedelta(seconds=meant[1]))}


@pytest.mark.parametrize("given", ["10", "10/", "/900", "0/900", "10/0", "-1/900", "10/15m", "1/2/3"])
def test_what_is_no_rate_is_refused_and_named(monkeypatch, given):
    monkeypatch.setenv("LIMIT_TEST", given)

    with pytest.raises(ImproperlyConfigured, match=f"LIMIT_TEST is '{given}'.*like 10/900"):
        env.rates(test="10/900")
