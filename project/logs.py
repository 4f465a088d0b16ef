"""Log context: ids bound once travel on every line of the same request, frame, run or task, ours and the libraries'."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS

FIELDS = ("request_id", "session_id", "workspace_id", "user_id", "conversation_id", "run_id", "job")
CLIENTS = ("httpx", "httpcore", "httpx2", "httpcore2")  # below that they write whole addresses and headers

_bound: ContextVar[dict[str, str]] = ContextVar("log_context")


@contextmanager
def bind(**ids: object) -> Iterator[None]:
    token = _bound.set(_bound.get({}) | _texts(ids))
    try:
        yield
    finally:
        _bound.reset(token)


def add(**ids: object) -> None:
    """Bind what became known midway, until the surrounding `bind` ends."""
    _bound.set(_bound.get({}) | _texts(ids))


def request_id() -> str:
    return _bound.get({}).get("request_id", "")


class ContextFilter(logging.Filter):
    """Puts the bound ids on each record. Django logs 4xx and 5xx after our middleware: the request remembers."""

    def filter(self, record: logging.LogRecord) -> bool:
        known = _bound.get({}) or getattr(getattr(record, "request", None), "log_context", {})
        for field in FIELDS:
            if not hasattr(record, field):
                setattr(record, field, known.get(field, ""))
        record.context = " ".join(f"{field}={known[field]}" for field in FIELDS if known.get(field))
        return True


def snapshot() -> dict[str, str]:
    return dict(_bound.get({}))


def _texts(ids: dict[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in ids.items() if value}


def configuration(*, as_json: bool, level: str) -> dict[str, Any]:
    """Django's LOGGING: everything to the standard error, as JSON or for people."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": "project.logs.ContextFilter"}},
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                # Django puts the request on some records: written out it would show its query string, and so tickets.
                "reserved_attrs": [*RESERVED_ATTRS, "request", "context"],
                "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s %(session_id)s %(workspace_id)s "
                "%(user_id)s %(conversation_id)s %(run_id)s %(job)s",
            },
            "plain": {"format": "{asctime} {levelname:<7} {name}: {message} {context}", "style": "{"},
        },
        "handlers": {
            "console": {
                "class": "project.redaction.RedactingHandler",
                "formatter": "json" if as_json else "plain",
                "filters": ["context"],
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"level": "INFO"},
            "daphne": {"level": "WARNING"},
            "asyncio": {"level": "WARNING"},
            "procrastinate": {"level": "WARNING"},
            **{name: {"level": "WARNING"} for name in CLIENTS},
            "psycopg.pool": {
                "level": "ERROR"
            },  # it tells of each failed attempt; `project/postgres` tells of the outage
        },
    }
