"""Where requests come from: what they say themselves counts only as far as proxies are trusted."""

import pytest
from django.test import RequestFactory

from security import sources
from security.models import Session
from tests.people import PASSWORD

SIGN_IN = "/api/v1/auth/token"


def request(forwarded, peer="10.0.0.9"):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "10.0.0.9"),
        (0, "192.0.2.1", "10.0.0.9"),
        (1, None, "10.0.0.9"),
        (1, "", "10.0.0.9"),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "198.51.100.7, 192.0.2.1", "192.0.2.1"),
        (2, "203.0.113.5, 192.0.2.1, 10.1.1.1", "192.0.2.1"),
        (2, "192.0.2.1", "10.0.0.9"),
        (3, "192.0.2.1, 10.1.1.1", "10.0.0.9"),
        (1, "198.51.100.7, unknown", "10.0.0.9"),
        (1, "<script>", "10.0.0.9"),
        (1, "192.0.2.1:4711", "192.0.2.1"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, " 2001:db8::1 ", "2001:db8::1"),
        (1, "::ffff:192.0.2.1", "192.0.2.1"),
        (1, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_only_what_trusted_proxies_saw_counts(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies

    assert str(sources.address_of(request(forwarded))) == address


@pytest.mark.parametrize(
    ("peer", "limited", "kept"),
    [
        ("192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", "2001:db8:1::/48"),
        ("", None, ""),
        ("/run/socket", None, ""),
    ],
)
def test_an_address_is_limited_as_its_owner_has_it_and_kept_coarsely(peer, limited, kept):
    asked = request(None, peer)

    assert (sources.source_of(asked), sources.coarse_source_of(asked)) == (limited, kept)


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.0/24"), (1, "198.51.100.0/24")])
def test_a_session_keeps_the_network_it_was_begun_from(visitor, settings, proxies, address):
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": "203.0.113.5, 198.51.100.7"}

    visitor.post(SIGN_IN, {"username": "ada", "password": PASSWORD}, headers=headers)

    assert Session.objects.latest("created_at").address == address
