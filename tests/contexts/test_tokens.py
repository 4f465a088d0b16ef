"""Tokens are counted as the provider counts them, by a tokenizer that an installation may choose."""

import json
import os
import subprocess
import sys

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from contexts import store, tokens
from tests.contexts.said import say
from tests.counting_app.tokenizers import LETTERS
from tests.databases import ROOT
from tests.modes import once

pytestmark = once

# What OpenAI's own library counts in each text with `o200k_base`.
SAMPLES = json.loads((ROOT / "tests" / "contexts" / "token_samples.json").read_text())
TOLERANCE = 0.02


@pytest.mark.parametrize("name", SAMPLES)
def test_a_text_costs_what_the_provider_counts(name):
    count = SAMPLES[name]["tokens"]

    assert abs(tokens.count(SAMPLES[name]["text"]) - count) <= TOLERANCE * count


@pytest.mark.parametrize("name", SAMPLES)
def test_an_estimate_is_at_least_what_the_provider_counts(settings, name):
    settings.TOKENIZER = "estimate"

    assert tokens.count(SAMPLES[name]["text"]) >= SAMPLES[name]["tokens"]


@pytest.mark.parametrize("count", [80, 81, 150, 700, 5000])
def test_a_long_run_of_one_character_costs_no_less_than_it_does_whole(count):
    for character in "-=*%/# \t\n0xO\u00e9\u4f60\U0001f600":
        text = f"a{character * count}b"
        whole = tokens.chosen()(text)

        assert whole <= tokens.count(text) <= 2 * whole + tokens.count(character * tokens.UNIT) + tokens.SPARE, (
            character
        )
        assert tokens.count(text) == whole or count > tokens.HELD


def test_of_a_long_run_the_tokenizer_is_given_little(settings):
    settings.TOKENIZER = "letters"
    LETTERS.clear()

    assert tokens.count("-" * 100_000 + "=" * 100_000) >= 200_000
    assert sum(LETTERS) < 400


def test_a_tokenizer_of_an_app_is_used_when_it_is_named(ada, conversation, settings):
    say(conversation, "four words are here", ada)
    message = say(conversation, "now", ada)
    settings.TOKENIZER = "words"

    assert store.load(message).tokens == tokens.MESSAGE_OVERHEAD + 4


def test_two_tokenizers_of_one_name_are_refused():
    with pytest.raises((ValueError, ImproperlyConfigured)):
        tokens.register("words")(len)


def test_a_tokenizer_that_is_not_there_is_named_at_the_start(settings):
    settings.TOKENIZER = "nobody"

    [found] = [message for message in run_checks() if message.id == "switchboard.E014"]

    assert "nobody" in found.msg
    assert "o200k_base" in str(found.hint)


def test_tokenizers_of_installed_apps_are_found_by_name():
    code = "import django; django.setup(); from contexts.tokens import REGISTRY; assert 'words' in REGISTRY"
    environment = {"DJANGO_SETTINGS_MODULE": "project.settings", "EXTRA_APPS": "tests.counting_app"}

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ | environment, check=False)

    assert done.returncode == 0
