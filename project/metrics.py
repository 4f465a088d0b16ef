"""What this process has measured, for Prometheus. Labels are closed sets, never an id or a text."""

import hmac
from ipaddress import ip_address
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

REGISTRY: Final = CollectorRegistry()
FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP")

revocation: Final = Histogram(
    "switchboard_revocation_seconds",
    "From the end of a session to the moment when this process acted on it: closed a stream, or asks the rows again.",
    ["where"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10),
    registry=REGISTRY,
)
for where in ("stream", "check"):
    revocation.labels(where)  # shown as 0 before there is one

screening: Final = Histogram(
    "switchboard_screening_seconds",
    "Processor time that a content filter spent on one text.",
    ["filter"],
    buckets=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3),
    registry=REGISTRY,
)
screening_failures: Final = Counter(
    "switchboard_screening_failures_total",
    "Content filters that crashed, hung, spent their time or said garbage. The text was refused unless one fails open.",
    ["filter", "failure"],
    registry=REGISTRY,
)
reviews: Final = Counter(
    "switchboard_reviews_total",
    "Messages that were held for a review, and what became of them.",
    ["state"],
    registry=REGISTRY,
)
for state in ("held", "released", "rejected", "expired"):
    reviews.labels(state)
snapshots: Final = Counter(
    "switchboard_context_snapshots_total",
    "Reads of context snapshots: found, missing (made anew from rows), or no snapshot; and how many were stored.",
    ["outcome"],
    registry=REGISTRY,
)
for outcome in ("hit", "miss", "corrupt", "stored", "too_large"):
    snapshots.labels(outcome)
snapshot_bytes: Final = Histogram(
    "switchboard_context_snapshot_bytes",
    "Size of context snapshots as stored.",
    buckets=(1024, 4096, 16_384, 32_768, 65_536, 131_072),
    registry=REGISTRY,
)


def page(request: HttpRequest) -> HttpResponse:
    """For programs on this host, and for who knows METRICS_TOKEN; for others it is not there."""
    if not (_is_local(request) or _is_known(request)):
        raise Http404
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _is_local(request: HttpRequest) -> bool:
    """A proxy on this host passes on what anybody asks: whoever comes through one is not local."""
    behind_proxy = settings.SECURE_PROXY_SSL_HEADER is not None
    forwarded = any(name in request.headers for name in FORWARDED)
    return not behind_proxy and not forwarded and _is_loopback(request.META.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _is_known(request: HttpRequest) -> bool:
    token: str = settings.METRICS_TOKEN
    offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(offered.encode(), token.encode())
