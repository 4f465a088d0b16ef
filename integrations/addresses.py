"""Where a call out of this process may go: to public addresses, and to what OUTGOING_ALLOW names.

A name is resolved once, every address that it has is looked at, and who calls connects to what comes of it and resolves
nothing again: a name that answers otherwise a moment later leads nowhere else.
"""

import asyncio
import socket
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from integrations import allowances, resolving
from integrations.allowances import LAST_PORT, Address
from integrations.outgoing import AddressRefused, Late, Unreachable
from integrations.resolving import Resolve

NAT64: Final = IPv6Network("64:ff9b::/96")
# Not public, whatever the tables of this Python say: those of one release differ from another's, lack what was assigned
# after it, and call multicast global.
SPECIAL: Final[tuple[IPv4Network | IPv6Network, ...]] = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",
        "168.63.129.16/32",  # a host's own services in a public cloud
        "192.88.99.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/8",
        "100::/8",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",  # 6to4, given up by the internet; each leads to an IPv4 address
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/9",
        "ff00::/8",
    )
)
ISATAP: Final = (0x00005EFE, 0x02005EFE)


def resolve(host: str, port: int) -> list[str]:
    """What the system makes of a name: /etc/hosts, DNS, and numbers in every way of writing them."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def checked_address(host: str, port: int, resolve: Resolve = resolve) -> str:
    """The address to connect to, in digits. For plain functions, such as a client of SMTP or of a database.

    :raises AddressRefused: when any that the name has is not allowed. :raises Unreachable: when it has none.
    :raises Late: when nobody said in two seconds.
    """
    try:
        found = _asked(host, port, resolve).result(resolving.SECONDS)
    except TimeoutError as error:
        raise Late(f"{host} was not resolved in {resolving.SECONDS:.0f} seconds.") from error
    return _checked(host, port, found)[0]


async def checked_addresses(host: str, port: int, resolve: Resolve = resolve, allowed: bool = True) -> tuple[str, ...]:
    """All that the name has, in the order in which to try them; raises as `checked_address`. `allowed`: those that
    OUTGOING_ALLOW names, too.
    """
    try:
        async with asyncio.timeout(resolving.SECONDS):
            found = await asyncio.wrap_future(_asked(host, port, resolve))
    except TimeoutError as error:
        raise Late(f"{host} was not resolved in {resolving.SECONDS:.0f} seconds.") from error
    return _checked(host, port, found, allowed)


def is_public(address: Address) -> bool:
    """Whether it is in the open internet, and so is every IPv4 address that an IPv6 one would be led to."""
    if not isinstance(address, IPv6Address):
        return _is_global(address)
    if address in NAT64:
        return _is_global(_low(address))
    tunnelled = (int(address) >> 32) & 0xFFFFFFFF in ISATAP
    return _is_global(address) and (not tunnelled or _is_global(_low(address)))


def _asked(host: str, port: int, resolve: Resolve) -> "Future[list[str]]":
    if not 0 < port <= LAST_PORT:
        raise AddressRefused(f"{port} is no port.")
    return resolving.asked(host, port, resolve)


def _checked(host: str, port: int, found: list[str], allowed: bool = True) -> tuple[str, ...]:
    addresses = tuple(dict.fromkeys(_read(host, one) for one in found))
    if not addresses:
        raise Unreachable(f"{host!r} has no address.")
    for address in addresses:
        if not (is_public(address) or (allowed and allowances.covers(address, port))):
            why = "OUTGOING_ALLOW does not name it" if allowed else "this call may go to public ones alone"
            raise AddressRefused(f"{host!r} is {address}, which is not public, and {why}.")
    return tuple(str(address) for address in addresses)


def _read(host: str, written: str) -> Address:
    try:
        address = ip_address(written)
    except ValueError as error:
        raise AddressRefused(f"{host!r} is {written!r}, which is no address.") from error
    return getattr(address, "ipv4_mapped", None) or address


def _is_global(address: Address) -> bool:
    special = any(address in network for network in SPECIAL)
    return address.is_global and not (special or address.is_multicast or address.is_reserved)


def _low(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)
