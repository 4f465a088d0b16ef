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
from tests.counting_app import tokenizers as _tokenizers  # noqa: F401 - it registers itself
from tests.deployment import ROOT

# What OpenAI's own library counts in each text with `o200k_base`.
SAMPLES = json.loads((ROOT / "tests" / "contexts" / "token_samples.json").read_text())
TOLERANCE = 0.02


@pytest.mark.parametrize("name", SAMPLES)
def test_a_text_costs_what_the_provider_counts(name):
    count = SAMPLES[name]["tokens"]

    assert abs(tokens.count(SAMPLES[name]["text"]) - count) <= TOLERANCE * count


def test_an_estimate_is_at_least_the_count_of_a_european_text(settings):
    settings.TOKENIZER = "estimate"

    samples = [SAMPLES[name] for name in ("English", "German", "French")]
    assert all(tokens.count(sample["text"]) >= sample["tokens"] for sample in samples)


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
