"""Signatures of Standard Webhooks, of what is sent to a far side and of what comes back from it.

While a secret is being replaced both are taken, and what is sent is signed with both.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from standardwebhooks import Webhook, WebhookVerificationError

PREFIX: Final = "whsec_"
BYTES: Final = range(24, 65)


class BadSecret(ValueError):
    """No secret, or one that is none."""


def key(secret: str) -> bytes:
    """What is signed with: the library would leave out what is no base64, and sign with what is left.

    :raises BadSecret: saying what a secret is.
    """
    try:
        found = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not secret.startswith(PREFIX) or len(found) not in BYTES:
        raise BadSecret(f"Its secret is not {PREFIX} and {BYTES[0]} to {BYTES[-1]} bytes in base64.")
    return found


def signed(secrets: Sequence[str], id: str, body: str) -> dict[str, str]:
    """The headers that go with `body`.

    :raises BadSecret: when there is none to sign with.
    """
    now = datetime.now(UTC)
    signatures = [Webhook(key(secret)).sign(id, now, body) for secret in secrets]
    if not signatures:
        raise BadSecret("It has no secret to sign with.")
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def is_signed(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> bool:
    """Whether one of the secrets signed it, within the five minutes before or after now that the library takes."""
    return any(_opens(secret, headers, body) for secret in secrets)


def _opens(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        Webhook(key(secret)).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # the library lets what is no base64 or UTF-8 rise
        return False
    return True
