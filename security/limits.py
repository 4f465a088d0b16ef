"""How often something may be done. Rows count, never a cache: no limit is lost with Redis, or races in it.

Windows are fixed: one begins with the first use after the last has ended. How often and how long is `settings.LIMITS`.
"""

from datetime import datetime, timedelta
from math import ceil
from typing import Final

from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from project.errors import TooMany
from security.models import Limit

# One statement, so that of any number at the same moment as many pass as may, on both databases. A window that is over
# begins anew; a full one is left alone, and nothing comes back.
COUNT: Final = """
INSERT INTO security_limit (key, count, ends_at) VALUES (%(key)s, 1, %(ends)s)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN security_limit.ends_at <= %(now)s THEN 1 ELSE security_limit.count + 1 END,
    ends_at = CASE WHEN security_limit.ends_at <= %(now)s THEN excluded.ends_at ELSE security_limit.ends_at END
WHERE security_limit.ends_at <= %(now)s OR security_limit.count < %(limit)s
RETURNING count
"""


class RateLimited(TooMany):
    """With the fields of draft-ietf-httpapi-ratelimit-headers."""

    code = "rate_limited"
    title = "This was done too often; wait and try again"

    def __init__(self, name: str, limit: int, window: timedelta, wait: int) -> None:
        seconds = int(window.total_seconds())
        super().__init__(f"At most {limit} times in {seconds} seconds. Try again in {wait} seconds.")
        self.headers = {
            "Retry-After": str(wait),
            "RateLimit": f'"{name}";r=0;t={wait}',
            "RateLimit-Policy": f'"{name}";q={limit};w={seconds}',
        }


def spend(name: str, subject: object, limit: int, window: timedelta) -> None:
    """Count one use, and lock the count until commit. Called before a transaction it counts also what comes to nothing;
    as the last statement of one, what is carried out.

    :raises RateLimited: when `subject` has used up what a window has.
    """
    now, key = timezone.now(), _key(name, subject)
    if not _counted(key, limit, now, now + window):
        raise RateLimited(name, limit, window, _wait(key, now))


def forget(name: str, subject: object) -> None:
    """Let the next use be the first."""
    Limit.objects.filter(key=_key(name, subject)).delete()


def _key(name: str, subject: object) -> str:
    """Addresses and usernames are told apart here, not kept."""
    return f"{name}:{salted_hmac('security.limits', str(subject), algorithm='sha256').hexdigest()}"


def _counted(key: str, limit: int, now: datetime, ends: datetime) -> bool:
    times = {name: connection.ops.adapt_datetimefield_value(time) for name, time in (("now", now), ("ends", ends))}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"key": key, "limit": limit, **times})
        return cursor.fetchone() is not None


def _wait(key: str, now: datetime) -> int:
    """Whole seconds, at least one."""
    ends = Limit.objects.filter(key=key).values_list("ends_at", flat=True).first()
    return max(1, ceil((ends - now).total_seconds())) if ends else 1
