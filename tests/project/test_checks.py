"""A production environment that lacks something does not start, and names what."""

import os
import secrets
import socket
import subprocess
import sys
import time

import pytest
from django.core.checks import run_checks

from tests.databases import ROOT
from tests.live import PATIENCE
from tests.modes import once

pytestmark = once

IDS = {f"switchboard.E0{number:02}" for number in (*range(1, 9), 15, 17)}
SECRETS = ("SECRET_KEY", "SIGNING_KEY", "VAULT_KEY")


@pytest.fixture
def production(settings):
    """Settings with which production starts."""
    settings.PRODUCTION = True
    for name in SECRETS:
        setattr(settings, name, secrets.token_urlsafe(48))
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
        ("VAULT_KEY", "", "switchboard.E015"),
        ("VAULT_KEY", "x" * 31, "switchboard.E015"),
        ("ALLOWED_HOSTS", [], "switchboard.E004"),
        ("ALLOWED_HOSTS", ["*"], "switchboard.E004"),
        ("ALLOWED_HOSTS", ["switchboard.example", "*"], "switchboard.E004"),
        ("PREVIOUS_SIGNING_KEYS", ["x" * 48, "x" * 31], "switchboard.E005"),
        ("PREVIOUS_VAULT_KEYS", ["x" * 48, "x" * 31], "switchboard.E017"),
        ("SIMPLE_JWT", {"LEEWAY": 31}, "switchboard.E006"),
        ("SIMPLE_JWT", {"LEEWAY": -1}, "switchboard.E006"),
        ("METRICS_TOKEN", "x" * 31, "switchboard.E007"),
        ("PERSONAL_ACTION", "block", "switchboard.E008"),
    ],
)
def test_each_missing_item_has_its_own_error(production, name, value, id):
    setattr(production, name, value)

    assert found() == {id}


@pytest.mark.parametrize(
    ("one", "other"), [("SIGNING_KEY", "SECRET_KEY"), ("VAULT_KEY", "SECRET_KEY"), ("VAULT_KEY", "SIGNING_KEY")]
)
def test_one_secret_for_two_purposes_is_an_error(production, one, other):
    setattr(production, one, getattr(production, other))

    assert found() == {"switchboard.E003"}


def test_the_secret_of_cookies_is_no_previous_signing_key(production):
    production.PREVIOUS_SIGNING_KEYS = [production.SECRET_KEY]

    assert found() == {"switchboard.E005"}


def test_the_key_of_tokens_is_no_previous_key_of_the_vault(production):
    production.PREVIOUS_VAULT_KEYS = [production.SIGNING_KEY]

    assert found() == {"switchboard.E017"}


@pytest.mark.parametrize(
    ("header", "proxies", "warned"), [(None, 0, False), (("X", "https"), 1, False), (("X", "https"), 0, True)]
)
def test_a_proxy_whose_addresses_are_not_trusted_is_warned_of(settings, header, proxies, warned):
    settings.SECURE_PROXY_SSL_HEADER, settings.TRUSTED_PROXIES = header, proxies

    assert ("switchboard.W001" in {message.id for message in run_checks(tags=["security"])}) is warned


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        *(("https://switchboard.example", False), ("http://switchboard.example", True), ("https://", True)),
        *(("https://localhost", True), ("https://127.0.0.1:8443", True), ("https://[::1]", True)),
    ],
)
def test_an_address_under_which_no_expert_reaches_the_server_is_warned_of(production, url, warned):
    production.PUBLIC_URL = url

    assert ("switchboard.W002" in {message.id for message in run_checks(tags=["security"])}) is warned


@pytest.mark.parametrize(
    ("name", "value", "id", "said"),
    [
        ("FILTERS", ["shape", "shade"], "switchboard.E009", "names shade"),
        ("FILTER_MODES", {"shade": "off"}, "switchboard.E010", "names shade"),
        ("FILTER_MODES", {"shape": "on"}, "switchboard.E011", "gives shape the mode on"),
    ],
)
def test_filters_and_modes_that_there_are_not_are_errors(settings, name, value, id, said):
    before = {message.id for message in run_checks()}
    setattr(settings, name, value)

    [message] = [message for message in run_checks() if message.id not in before]

    assert (message.id, said in message.msg) == (id, True)
    assert "shape" in str(message.hint) or "shadow" in str(message.hint)


def test_each_error_names_the_variable_and_what_to_do(production):
    production.SECRET_KEY, production.SIGNING_KEY, production.VAULT_KEY, production.ALLOWED_HOSTS = "x", "", "y", []

    messages = {message.id: message for message in run_checks(tags=["security"]) if message.id in IDS}

    for id, name in zip(("E001", "E002", "E015", "E004"), (*SECRETS, "ALLOWED_HOSTS"), strict=True):
        message = messages[f"switchboard.{id}"]
        assert name in message.msg
        assert f"Set {name} to" in (message.hint or "")


def test_development_starts_with_what_there_is(production):
    production.PRODUCTION = False
    production.SECRET_KEY = production.SIGNING_KEY = production.VAULT_KEY = "short"

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
        timeout=2 * PATIENCE,
        check=False,
    )

    assert done.returncode != 0
    for name in (*SECRETS, "ALLOWED_HOSTS"):
        assert f"{name} is missing" in done.stderr


def managed(folder, command="check", **environment):
    return subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )


def test_an_environment_that_is_neither_is_refused(tmp_path):
    done = managed(tmp_path, ENVIRONMENT="prod")

    assert done.returncode != 0
    assert "ENVIRONMENT is 'prod'. Set it to production or development" in done.stderr


def test_the_environment_is_named_in_any_case(tmp_path):
    assert "SECRET_KEY is missing" in managed(tmp_path, ENVIRONMENT="PRODUCTION").stderr


def test_filters_are_listed_in_the_environment(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from project import settings; print(settings.FILTERS)"],
        cwd=ROOT,
        env={**os.environ, "FILTERS": "shape, spam"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "['shape', 'spam']"


def test_only_handlers_are_looked_for_in_other_apps(tmp_path):
    app = tmp_path / "elsewhere"
    app.mkdir()
    (app / "__init__.py").touch()
    for name in ("responder", "commands"):
        (app / f"{name}.py").write_text("raise SystemExit('loaded')")

    done = managed(tmp_path, EXTRA_APPS="elsewhere", PYTHONPATH=str(tmp_path))

    assert done.returncode == 0, done.stderr


def test_a_database_that_never_answers_is_given_up_after_three_seconds(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgres://nobody:nothing@127.0.0.1:{silent.getsockname()[1]}/none"
        began = time.monotonic()
        done = managed(tmp_path, "showmigrations", DATABASE_URL=address, ENVIRONMENT="development")

    assert "timeout" in done.stderr
    assert 3 <= time.monotonic() - began < 3 * 20  # with the start of the program
