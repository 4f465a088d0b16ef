"""Secrets at rest: sealed with a key that is used for nothing else. With several keys the first one seals, all open."""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unopenable(Exception):
    """Sealed with a key that is not among ours any more, or changed since."""


def seal(secret: str) -> str:
    """As a row may keep it; "" stays ""."""
    return _ring().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """:raises Unopenable: when no key opens it."""
    try:
        return _ring().decrypt(sealed.encode()).decode() if sealed else ""
    except InvalidToken as error:
        raise Unopenable("Set VAULT_KEY, or add the key that it was before to PREVIOUS_VAULT_KEYS.") from error


def reseal(sealed: str) -> str:
    """The same secret under the present key.

    :raises Unopenable: when no key opens it.
    """
    return seal(unseal(sealed))


def _ring() -> MultiFernet:
    return _keys((settings.VAULT_KEY, *settings.PREVIOUS_VAULT_KEYS))


@lru_cache(maxsize=4)
def _keys(given: tuple[str, ...]) -> MultiFernet:
    derived = (HKDF(SHA256(), 32, None, b"switchboard vault").derive(key.encode()) for key in given)
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in derived])
