"""A production environment that lacks something does not start, and names what."""

import os
import secrets
import subprocess
import sys

import pytest
from django.core.checks import run_checks

from tests.deployment import ROOT

IDS = {"switchboard.E001", "switchboard.E002", "switchboard.E003", "switchboard.E004"}


@pytest.fixture
def production(settings):
    """Settings with which production starts."""
    settings.PRODUCTION = True
    settings.SECRET_KEY, settings.SIGNING_KEY = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
    settings.ALLOWED_HOSTS = ["switchboard.example"]
    return settings


def found():
    return {message.id for message in run_checks(tags=["security"])} & IDS


def test_a_complete_environment_starts(production):
    assert found() == set()


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("SECRET_KEY", "x", "switchboard.E001"),
        ("SECRET_KEY", "x" * 31, "switchboard.E001"),
        ("SIGNING_KEY", "", "switchboard.E002"),
        ("SIGNING_KEY", "x" * 31, "switchboard.E002"),
        ("ALLOWED_HOSTS", [], "switchboard.E004"),
        ("ALLOWED_HOSTS", ["*"], "switchboard.E004"),
        ("ALLOWED_HOSTS", ["switchboard.example", "*"], "switchboard.E004"),
    ],
)
def test_each_missing_item_has_its_own_error(production, name, value, id):
    setattr(production, name, value)

    assert found() == {id}


def test_one_secret_for_two_purposes_is_an_error(production):
    production.SIGNING_KEY = production.SECRET_KEY

    assert found() == {"switchboard.E003"}


def test_each_error_names_the_variable_and_what_to_do(production):
    production.SECRET_KEY, production.SIGNING_KEY, production.ALLOWED_HOSTS = "x", "", []

    messages = {message.id: message for message in run_checks(tags=["security"]) if message.id in IDS}

    for id, name in (("E001", "SECRET_KEY"), ("E002", "SIGNING_KEY"), ("E004", "ALLOWED_HOSTS")):
        message = messages[f"switchboard.{id}"]
        assert name in message.msg
        assert f"Set {name} to" in (message.hint or "")


def test_development_starts_with_what_there_is(production):
    production.PRODUCTION = False
    production.SECRET_KEY = production.SIGNING_KEY = "short"

    assert found() == set()


@pytest.mark.parametrize("command", [["check"], ["serve", "--port=0"]])
def test_a_bare_production_environment_is_refused_with_every_missing_name(tmp_path, command):
    environment = {"PATH": os.environ["PATH"], "ENVIRONMENT": "production", "VAR_DIR": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode != 0
    for name in ("SECRET_KEY", "SIGNING_KEY", "ALLOWED_HOSTS"):
        assert f"{name} is missing" in done.stderr
