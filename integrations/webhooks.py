"""Signatures of Standard Webhooks, of what is sent to a far side and of what comes back from it.

While a secret is being replaced both are taken, and what is sent is signed with both.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook, WebhookVerificationError


class BadSecret(ValueError):
    """No secret, or one that is none."""


def signed(secrets: Sequence[str], id: str, body: str) -> dict[str, str]:
    """The headers that go with `body`.

    :raises BadSecret: when there is none to sign with.
    """
    now = datetime.now(UTC)
    signatures = [_webhook(secret).sign(id, now, body) for secret in secrets]
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
        _webhook(secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # the library lets what is no base64 or UTF-8 rise
        return False
    return True


def _webhook(secret: str) -> Webhook:
    try:
        return Webhook(secret)
    except Exception as error:  # the library tells an empty secret by a class that it does not offer
        raise BadSecret("Its secret is not `whsec_` and base64.") from error
