"""Which addresses a call may go to, and that a name is asked for once."""

import asyncio
import threading
from ipaddress import ip_address

import pytest
from django.core.checks import run_checks

from integrations import allowances, resolving
from integrations.addresses import checked_address, checked_addresses
from integrations.outgoing import AddressRefused, Late, OutgoingError, Unreachable
from tests.modes import once

pytestmark = once

PUBLIC = ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808", "2a00:1450::5efe:808:808"]
SPECIAL = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254"),  # noqa: S104
    *("100.100.100.200", "168.63.129.16", "169.254.42.42", "169.254.170.2", "192.0.0.192", "fd20:ce::254"),
    *("64:ff9b::a83f:8110", "2002:a83f:8110::1", "fd00:42::42"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.1.1"),
    *("198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "fe80::1", "fe80::1%1", "fec0::1"),
    *("fc00::1", "fd00:ec2::254", "ff02::1", "ff0e::1", "2001:db8::1", "3fff::1", "5f00::1", "100::1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::1", "2002:a00:1::", "2002:808:808::1"),
    *("2001::1", "2a00:1450::5efe:7f00:1", "2a00:1450::200:5efe:a00:1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_in_the_open_internet_may_be_asked(address):
    assert checked_address("expert.example", 443, lambda host, port: [address]) == address


@pytest.mark.parametrize("address", SPECIAL)
def test_what_is_not_may_not(address):
    with pytest.raises(AddressRefused):
        checked_address("expert.example", 443, lambda host, port: [address])


def test_name_of_which_one_address_is_not_public_is_refused_as_a_whole():
    with pytest.raises(AddressRefused):
        checked_address("expert.example", 443, lambda host, port: ["8.8.8.8", "10.0.0.1"])


@pytest.mark.parametrize("written", ["", "x", "8.8.8.8.", "\uff18.8.8.8", "8.8.8", "0x8080808"])
def test_what_a_resolver_says_that_is_no_address_is_refused(written):
    with pytest.raises(OutgoingError):
        checked_address("expert.example", 443, lambda host, port: [written])


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(AddressRefused):
        checked_address("8.8.8.8", port)


def test_name_that_nobody_has_is_told_so():
    with pytest.raises(Unreachable):
        checked_address("nobody.invalid", 443, lambda host, port: [])


def test_what_is_allowed_is_allowed_on_its_port_alone(settings):
    settings.OUTGOING_ALLOW = ["10.1.2.0/24:443", "[fd00::/8]:25", "127.0.0.1:8080"]

    assert checked_address("10.1.2.3", 443) == "10.1.2.3"
    assert checked_address("fd00::1", 25) == "fd00::1"
    assert checked_address("mapped", 8080, lambda host, port: ["::ffff:127.0.0.1"]) == "127.0.0.1"
    for host, port in [("10.1.2.3", 80), ("10.1.3.1", 443), ("fd00::1", 443), ("127.0.0.2", 8080)]:
        with pytest.raises(AddressRefused):
            checked_address(host, port)


def test_name_is_resolved_once_for_plain_and_for_async_callers():
    asked = []

    def resolve(host, port):
        asked.append((host, port))
        return ["8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]

    assert checked_address("expert.example", 443, resolve) == "8.8.8.8"
    with pytest.raises(AddressRefused):
        asyncio.run(checked_addresses("expert.example", 443, resolve))
    assert asked == [("expert.example", 443)] * 2


def test_resolver_that_hangs_keeps_nobody_waiting():
    ends = threading.Event()

    def resolve(host, port):
        ends.wait()
        return ["8.8.8.8"]

    with pytest.raises(Late):
        asyncio.run(checked_addresses("slow.example", 443, resolve))
    ends.set()


def test_resolver_that_breaks_lets_nobody_through():
    def resolve(host, port):
        raise UnicodeError("label too long")

    with pytest.raises(Unreachable):
        checked_address("x" * 300, 443, resolve)


@pytest.mark.parametrize(
    "entry",
    [
        *("127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:http", "localhost:80", ":80"),
        *("10.1.2.3/8:80", "::1:80", "[::1]", "[::1]:", "fd00::/8:80", "[10.0.0.0/8]:80", "10.0.0.0/33:80", "*:80"),
    ],
)
def test_entry_that_cannot_be_read_is_named_and_allows_nothing(settings, entry):
    settings.OUTGOING_ALLOW = [entry, "127.0.0.9:9"]

    found = [message for message in run_checks() if message.id == "switchboard.E016"]

    assert [repr(entry) in message.msg for message in found] == [True]
    assert not allowances.covers(ip_address("127.0.0.1"), 80)
    assert allowances.state() == {"outgoing_allow": ["127.0.0.9/32:9"]}


def test_health_shows_staff_where_calls_may_go(ada, settings):
    settings.OUTGOING_ALLOW = ["[fd00::/8]:25"]

    assert ada.get("/healthz").json()["outgoing_allow"] == ["[fd00::/8]:25"]


@pytest.fixture
def hanging():
    """A resolver that hangs for names of `hangs` domains until the event is set, and counts those that it is asked at a
    time.
    """
    ends, asked = threading.Event(), []

    def resolve(host, port):
        asked.append(host)
        if "hangs" in host:
            ends.wait(10)
        return ["8.8.8.8"]

    yield resolve, asked, ends
    ends.set()


def test_many_names_that_hang_are_no_more_threads_than_agreed_and_the_others_wait_for_room(hanging):
    resolve, asked, ends = hanging

    async def ask():
        names = [f"one.hangs{n}.example{n}" for n in range(resolving.MOST + 5)]
        calls = [asyncio.ensure_future(checked_addresses(name, 443, resolve)) for name in names]
        await asyncio.sleep(0)
        begun = len(asked)
        ends.set()
        return begun, await asyncio.gather(*calls)

    begun, found = asyncio.run(ask())

    assert begun <= resolving.MOST
    assert found == [("8.8.8.8",)] * (resolving.MOST + 5)


def test_one_domain_whose_names_hang_leaves_room_for_others(hanging):
    resolve, asked, _ = hanging

    async def ask():
        names = [f"n{n}.hangs.example" for n in range(resolving.MOST + 5)]
        calls = [asyncio.ensure_future(checked_addresses(name, 443, resolve)) for name in names]
        await asyncio.sleep(0)
        found = await checked_addresses("well.example.org", 443, resolve)
        for call in calls:
            call.cancel()
        return found

    assert asyncio.run(ask()) == ("8.8.8.8",)
    assert len(asked) == resolving.MOST_OF_DOMAIN + 1


def test_who_asks_for_a_name_that_is_asked_for_waits_with_the_first(hanging):
    resolve, asked, ends = hanging

    async def ask():
        calls = [asyncio.ensure_future(checked_addresses("hangs.example", 443, resolve)) for _ in range(50)]
        await asyncio.sleep(0)
        ends.set()
        return await asyncio.gather(*calls)

    assert asyncio.run(ask()) == [("8.8.8.8",)] * 50
    assert asked == ["hangs.example"]


def test_calls_that_may_go_to_public_addresses_alone_go_nowhere_else_whatever_is_allowed(settings):
    settings.OUTGOING_ALLOW = ["127.0.0.1:8080"]

    assert asyncio.run(checked_addresses("127.0.0.1", 8080)) == ("127.0.0.1",)
    with pytest.raises(AddressRefused):
        asyncio.run(checked_addresses("127.0.0.1", 8080, allowed=False))
