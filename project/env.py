"""Typed readers of the environment. Every value has a default that runs; development secrets are made once."""

import os
import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_env = environ.Env()


def text(name: str, default: str = "") -> str:
    return str(_env.str(name, default)).strip()


def number(name: str, default: int) -> int:
    return int(_env.int(name, default))


def rates(**usual: str) -> dict[str, tuple[int, timedelta]]:
    """How often, in how long, from LIMIT_<NAME> each: `10/900` is ten times in 900 seconds."""
    return {name: _rate(f"LIMIT_{name.upper()}", default) for name, default in usual.items()}


def flag(name: str, default: bool = False) -> bool:
    return bool(_env.bool(name, default))


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def pairs(name: str) -> dict[str, str]:
    """`one=this, other=that`."""
    return {key.strip(): value.strip() for key, _, value in (word.partition("=") for word in words(name))}


def database(name: str, default: str) -> dict[str, Any]:
    return dict(_env.db_url(name, default))


def secret(name: str, folder: Path | None) -> str:
    """The secret `name`. In development it is made once and kept in `folder`; a production one that is missing becomes
    a short random text: nobody can guess it, and `project/checks.py` refuses to start with it.
    """
    given = text(name)
    if given:
        return given
    return _kept(folder, name.lower()) if folder else secrets.token_hex(4)


def _rate(name: str, default: str) -> tuple[int, timedelta]:
    count, _, seconds = text(name, default).partition("/")
    if not (count.isdecimal() and seconds.isdecimal() and int(count) and int(seconds)):
        raise ImproperlyConfigured(f"{name} is {text(name)!r}. Write how often / in how many seconds, like {default}.")
    return int(count), timedelta(seconds=int(seconds))


def _kept(folder: Path, name: str) -> str:
    """64 characters in a file of mode 0600. Two first starts at once agree on one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    if not path.exists():
        draft = folder / f".{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
