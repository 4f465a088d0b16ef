"""Sums: what is one, what it comes to, and what is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import arithmetic

WORDS = (
    "0 1 2 0.5 1e9 999999999999 two sqrt abs factorial + - * / % ** ( ) ! ^ of percent times squared and or not in is"
    " if else lambda for n0 = , . : ; [ ] { } ' await None True"
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("what is 12 * (3 + 4)?", "12 * (3 + 4) = 84"),
        ("What's 7-3?", "7-3 = 4"),
        ("0.1 + 0.2", "0.1 + 0.2 = 0.3"),
        ("17 % of 80", "17 % of 80 is 13.6"),
        ("Calculate 25 percent of 200", "25 percent of 200 is 50"),
        ("2 to the power of 10", "2 to the power of 10 is 1024"),
        ("2^10", "2^10 = 1024"),
        ("2 ** -1", "2 ** -1 = 0.5"),
        ("sqrt(16)?", "sqrt(16) is 4"),
        ("what is the square root of 144?", "the square root of 144 is 12"),
        ("sqrt(2)?", "sqrt(2) is about 1.4142135623731"),
        ("what is 1/3?", "1/3 is about 0.333333333333333"),
        ("two plus two", "two plus two is 4"),
        ("3 x 4", "3 x 4 is 12"),
        ("6 \u00f7 4", "6 \u00f7 4 = 1.5"),
        ("1,200 * 3", "1,200 * 3 = 3600"),
        ("what is -7 % 3", "-7 % 3 = 2"),
        ("5!", "5! = 120"),
        ("what is abs(-3)?", "abs(-3) is 3"),
        ("1 + 1 =", "1 + 1 = 2"),
        ("5 - 5", "5 - 5 = 0"),
        ("2 ** 200", "2 ** 200 is about 1.60693804425899 * 10^60"),
        ("2 ** 100", "2 ** 100 = 1267650600228229401496703205376"),
    ],
)
def test_a_sum_is_worked_out_in_decimals(text, answer):
    assert arithmetic.answer(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22",
        "what is 2026-11-22?",
        "10/11/2026",
        "555-1234",
        "(555) 123-4567",
        "what is 555-123-4567?",
        "+49 30 123456",
        "version 1.2",
        "what is version 1.2?",
        "192.168.1.1",
        "24/7",
        "3-4",
        "12:30 - 11:00",
        "5",
        "what is 5?",
        "-5",
        "50%",
        "C++",
        "a + b",
        "what is one?",
        "what is sqrt?",
        "what is n0 + 1?",
        "what is 2 + 2 and 3 + 3?",
        "what is 1 + 1 is 2?",
        "what is 1 + sqrt?",
        "what is sqrt(2)(3)?",
        "what is 3 + 4 *",
        "1 + 1 = 2",
        "1 + 1\n2 + 2",
        "I have 2 + 2 cats",
        "what is 1,23 + 1?",
        "what is __import__('os') + 1?",
        "what is 'a' * 3?",
        "\u0130 + 1",
        "",
        "?",
        "*",
        "((((",
    ],
)
def test_what_is_no_sum_is_left_to_others(text):
    assert arithmetic.answer(text) is None


@pytest.mark.parametrize("text", ["9**9**9", "what is 9^9^9^9?", "1000000!", "factorial(99999)", "10 ** 1000 * 1"])
def test_a_number_past_reading_is_refused(text):
    assert arithmetic.answer(text) == arithmetic.TOO_BIG


@pytest.mark.parametrize("text", ["1+" * 50_000 + "1", "9*" * 200 + "9", "what is " + "1+" * 100 + "1?"])
def test_a_sum_past_reading_is_refused(text):
    assert arithmetic.answer(text) == arithmetic.TOO_LONG


@pytest.mark.parametrize("text", ["what is 5 / 0?", "5 % 0", "0 ** -1", "1 / (2 - 2)"])
def test_division_by_zero_is_said_plainly(text):
    assert arithmetic.answer(text) == arithmetic.BY_ZERO


@pytest.mark.parametrize("text", ["sqrt(-1)", "0 ** 0", "(-8) ** 0.5", "factorial(1.5)"])
def test_what_has_no_real_answer_is_said_plainly(text):
    assert arithmetic.answer(text) == arithmetic.NO_ANSWER


@settings(deadline=None)
@given(st.text(alphabet="0123456789.,+-*/%^()!x= sqrtabfoil?", max_size=80))
def test_no_mixture_of_figures_and_signs_raises(text):
    answer = arithmetic.answer(f"what is {text}")

    assert answer is None or answer


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS.split()), max_size=12))
def test_no_mixture_of_words_raises(words):
    answer = arithmetic.answer(f"what is {' '.join(words)}?")

    assert answer is None or answer


@settings(deadline=None)
@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_sums_of_whole_numbers_are_exact(left, right):
    assert arithmetic.answer(f"what is ({left}) * ({right})?") == f"({left}) * ({right}) = {left * right}"
