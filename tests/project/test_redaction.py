"""Keys and tokens never reach the log, in whatever part of a line they come."""

import io
import logging
from logging.config import DictConfigurator

import pytest

from project import keyform, logs
from project.redaction import RedactingHandler
from tests.programs import Program


def in_the_message(logger, secret):
    logger.warning("refused %s", secret)


def in_an_exception(logger, secret):
    try:
        raise ValueError(f"bad token {secret}!")
    except ValueError:
        logger.exception("refused")


def in_a_field(logger, secret):
    logger.warning("refused", extra={"shown": [f"Bearer {secret}"]})


def handler(as_json):
    """Set up as the settings set it up, writing to a string."""
    configuration = logs.configuration(as_json=as_json, level="INFO")
    console = configuration["handlers"]["console"]
    assert console["class"] == f"{RedactingHandler.__module__}.{RedactingHandler.__name__}"
    made = RedactingHandler(io.StringIO())
    made.addFilter(logs.ContextFilter())
    made.setFormatter(DictConfigurator({}).configure_formatter(configuration["formatters"][console["formatter"]]))
    return made


@pytest.mark.parametrize("say", [in_the_message, in_an_exception, in_a_field])
@pytest.mark.parametrize("as_json", [True, False])
def test_no_key_and_no_token_is_written(ada, say, as_json):
    console = handler(as_json)
    logger = logging.getLogger("some.library")
    program = Program(ada, "read")

    logger.addHandler(console)
    for secret in (ada.token, program.token):
        say(logger, secret)
    logger.removeHandler(console)

    written = console.stream.getvalue()
    assert written.count("refused") == 2
    assert ada.token.split(".")[0] not in written
    assert ada.token.split(".")[2] not in written
    assert program.token[len(program.key.prefix) :] not in written
    if say is not in_a_field or as_json:  # for people, extra fields are left out
        assert f"{program.key.prefix}[redacted]" in written
        assert "[token]" in written


def test_a_mistyped_key_is_not_written_either():
    record = logging.LogRecord("some.library", logging.INFO, "", 0, "%s", (keyform.make()[:-4],), None)

    written = RedactingHandler().format(record)

    assert len(written) == len("swk_123456[redacted]")
    assert written.endswith("[redacted]")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("signed with whsec_c3dpdGNoYm9hcmQ+/x= and sent", "signed with whsec_[redacted] and sent"),
        (
            f"POST /api/v1/callbacks/{'0123abcd' * 4}.c2lnbmVk-_x 404 in 3 ms",
            "POST /api/v1/callbacks/0123abcd[redacted] 404 in 3 ms",
        ),
    ],
)
def test_what_experts_sign_with_and_where_they_call_back_is_not_written(text, written):
    record = logging.LogRecord("some.library", logging.INFO, "", 0, text, (), None)

    assert RedactingHandler().format(record) == written


@pytest.mark.parametrize("library", ["httpx", "httpcore", "httpx2", "httpcore2"])
def test_client_libraries_do_not_write_what_they_send(library):
    configured = logs.configuration(as_json=True, level="DEBUG")["loggers"]

    assert configured[library] == {"level": "WARNING"}


@pytest.mark.parametrize("text", ["swk_ is how keys begin", "GET /api/v1/me 200 in 3 ms", "eyJ.a.b", "key swk_123456"])
def test_other_lines_are_left_as_they_are(text):
    record = logging.LogRecord("some.library", logging.INFO, "", 0, text, (), None)

    assert RedactingHandler().format(record) == text
