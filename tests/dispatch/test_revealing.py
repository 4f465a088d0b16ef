"""An answer that grows letter by letter shows no part of a secret, and hardly waits otherwise."""

import re
import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest
import regex
from django.test import override_settings
from hypothesis import example, given, settings

from dispatch import holding
from dispatch.revealing import Revealed
from security import screening
from security.material import Material, Stage
from security.screening import Finding
from tests.dispatch.texts import FAMILY, texts
from tests.modes import once
from tests.security import secret_forms

pytestmark = [once, pytest.mark.django_db]

TEXTS = list(secret_forms.texts())
DRAWN = "vbqzkdmwjXt4Lr9sPq0Zc8Nf2Hy6Gd1Bw3Vk5Mj7TxQzRa"
PART = 9  # as many characters of a secret are its mark, as `github_pat`, and nothing of it that was drawn
WORDS = "the cat sat on a mat, said nothing; and (later) it went home. In 2024 I paid 12 for 3 of them: fine! "


begun, slow = threading.Event(), threading.Event()


@screening.register("test_slow", stages=[Stage.DELTA], deadline=10)
def slowly(material: Material) -> list[Finding]:
    if material.whole == "My password":
        begun.set()
        slow.wait(10)
    return []


@pytest.fixture
def slow_filter() -> Iterator[None]:
    with override_settings(FILTERS=["test_slow"], SCREENING_SECONDS=10):
        yield


def grown(text: str, step: int = 1) -> list[str]:
    """What is shown after each step."""
    revealed, shown = Revealed(uuid4()), []
    for end in range(step, len(text), step):
        revealed.grow(text[:end])
        shown.append(revealed.text)
    revealed.grow(text, whole=True)
    return [*shown, revealed.text]


def secrets_in(text: str) -> list[str]:
    verdict = screening.screen(Material(text, stage=Stage.DELTA))
    return [text[slice(*finding.span)] for finding in verdict.enforced]


@pytest.mark.parametrize(("name", "key", "text"), TEXTS, ids=[name for name, _, _ in TEXTS])
def test_no_part_of_a_secret_is_shown_wherever_it_is_cut(name: str, key: str, text: str) -> None:
    said = f"Here it is. {text} And that is all."
    found = secrets_in(said)

    shown = grown(said, 1 if len(said) < 200 else 11)

    assert found
    parts = {secret[at : at + PART] for secret in found for at in range(8, len(secret) - PART)}
    assert not [part for part in parts for so_far in shown if part in so_far]
    assert shown[-1].endswith("And that is all.")


@pytest.mark.parametrize(
    "before",
    [
        *("xai-", "pplx-", "nvapi-", "tskey-", "figd", "npm_", "dapi"),
        *("Authorization: Token ", "Authorization: Basic ", "Bearer ", "bearer" + " " * 130),
        *("password =" + " " * 130, "password" + "\n" * 130 + "= ", "token:" + "\n" * 1000),
    ],
    ids=lambda before: re.sub(r"\s{9,}", "...", before),
)
def test_not_even_the_first_letters_of_a_secret_are_shown(before: str) -> None:
    said = f"Here it is. {before}{DRAWN} And that is all."

    shown = grown(said)

    assert secrets_in(said)
    assert not [so_far for so_far in shown if DRAWN[:3] in so_far]
    assert shown[-1].endswith("And that is all.")


def test_ordinary_prose_waits_for_a_word_at_most() -> None:
    shown = grown(WORDS)

    assert all(len(WORDS[: end + 1]) - len(so_far) <= 8 for end, so_far in enumerate(shown))
    assert shown[-1] == WORDS


@given(texts.map(lambda text: text * 5))
@example(FAMILY * 40)
@example(" \u0301" + "a" * 20)
@settings(max_examples=60, deadline=None)
def test_what_is_shown_ends_with_a_whole_grapheme(text: str) -> None:
    ends = {0, *(match.end() for match in regex.finditer(r"\X", text))}

    assert holding.held_from(text) in ends


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("text", ["a" * 999, "<" + "b " * 50, "123 " * 200, "key = " + "k" * 500, f"x{FAMILY}" * 99])
def test_no_more_than_128_characters_wait(text: str, words: bool) -> None:
    assert 12 <= len(text) - holding.held_from(text, words) <= 128


def test_nothing_is_shown_after_the_last_stretch_though_one_is_read_late(slow_filter: None) -> None:
    revealed, told = Revealed(uuid4()), list[str]()

    def end() -> None:
        revealed.grow("My password = ")
        told.append(revealed.text)

    late, last = threading.Thread(target=revealed.grow, args=["My password"]), threading.Thread(target=end)
    late.start()
    assert begun.wait(10)
    last.start()
    last.join(0.1)
    slow.set()
    late.join()
    last.join()

    assert told == [revealed.text]


def test_what_is_older_than_what_was_heard_shows_nothing() -> None:
    revealed = Revealed(uuid4())
    revealed.grow("My password = ")
    revealed.grow("My password")

    assert revealed.text == "My "


def test_each_stretch_is_read_a_bounded_number_of_times() -> None:
    revealed, text = Revealed(uuid4()), ""
    read = list[int]()

    class Counted(str):
        def __getitem__(self, at: object) -> str:
            found = super().__getitem__(at)  # type: ignore[index]
            if isinstance(at, slice) and at.stop is None:
                read.append(len(found))
            return found

    for _ in range(100):
        text += WORDS
        revealed.grow(Counted(text))

    assert max(read) < 600
