"""Which key signs a token, and which may have signed one. The header names the key (`kid`), and names nothing else.

Tokens are signed with `SIGNING_KEY` and read with it or one of `PREVIOUS_SIGNING_KEYS`. So a key is exchanged without a
failed request: first every process accepts the new one, then every process signs with it (docs/security.md).
"""

import hashlib
from functools import lru_cache
from typing import Any

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError

from security.verified import Verified


class KeyRing(TokenBackend):
    """Verifies the signature of a token once in this process: another ring, another memory."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        """`keys`: the one that signs, then those that are read as well."""
        rules: Any = settings.SIMPLE_JWT
        super().__init__(
            rules["ALGORITHM"], keys[0], audience=rules["AUDIENCE"], issuer=rules["ISSUER"], leeway=rules["LEEWAY"]
        )
        self._keys = {key_id(key): self._prepare_key(key) for key in keys}
        self._header = {"alg": self.algorithm, "typ": "JWT", "kid": key_id(keys[0])}
        self._verified = Verified()

    def encode(self, payload: dict[str, Any]) -> str:
        whole = {**payload, "aud": self.audience, "iss": self.issuer}
        return jwt.encode(whole, self.prepared_signing_key, self.algorithm, headers=self._header)

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        payload = self._verified.find(token)
        if payload is None:
            payload = super().decode(token, verify)
            if verify:
                self._verified.keep(token, payload)
        return payload

    def get_verifying_key(self, token: Any) -> Any:
        """A header with anything more in it is refused, before a library gets to take a key or a rule from it.

        :raises TokenBackendError: when it is no header that we write.
        """
        header = jwt.get_unverified_header(token)
        kid = header.get("kid")
        if not isinstance(kid, str) or kid not in self._keys or header != {**self._header, "kid": kid}:
            raise TokenBackendError("The header is not one of ours")
        return self._keys[kid]


def key_id(key: str) -> str:
    """Tells keys apart and tells nothing of them: the beginning of a digest that is used for nothing else."""
    return hashlib.sha256(b"switchboard signing key " + key.encode()).hexdigest()[:16]


def key_ring() -> KeyRing:
    return _ring((settings.SIGNING_KEY, *settings.PREVIOUS_SIGNING_KEYS))


@lru_cache(maxsize=4)
def _ring(keys: tuple[str, ...]) -> KeyRing:
    return KeyRing(keys)
