"""OUTGOING_ALLOW: where calls may go although it is not public. `network:port` each; IPv6 in brackets.

`10.1.2.0/24:443`, `127.0.0.1:8080`, `[fd00::/8]:443`. What cannot be read allows nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Any

from django.conf import settings

Address = IPv4Address | IPv6Address
LAST_PORT = 65535


@dataclass(frozen=True)
class Allowance:
    network: IPv4Network | IPv6Network
    port: int

    def __str__(self) -> str:
        shown = f"[{self.network}]" if self.network.version == 6 else str(self.network)
        return f"{shown}:{self.port}"


def read(entry: str) -> Allowance:
    """:raises ValueError: saying what is wrong with it."""
    network, _, port = entry.rpartition(":")
    bracketed = network.startswith("[") and network.endswith("]")
    if (":" in network) != bracketed:
        raise ValueError("it is network:port, with IPv6 in brackets")
    if not (port.isascii() and port.isdecimal() and 0 < int(port) <= LAST_PORT):
        raise ValueError(f"its port is a number up to {LAST_PORT}")
    return Allowance(ip_network(network.strip("[]")), int(port))


def faults(entries: Iterable[str]) -> dict[str, str]:
    """What is wrong, by entry."""
    return {entry: fault for entry in entries if (fault := _fault(entry))}


def covers(address: Address, port: int) -> bool:
    """Whether an entry names it."""
    return any(one.port == port and address in one.network for one in _allowed(tuple(settings.OUTGOING_ALLOW)))


def state() -> dict[str, Any]:
    """As health shows it."""
    return {"outgoing_allow": [str(one) for one in _allowed(tuple(settings.OUTGOING_ALLOW))]}


def _fault(entry: str) -> str:
    try:
        read(entry)
    except ValueError as error:
        return str(error)
    return ""


@lru_cache(maxsize=4)
def _allowed(entries: tuple[str, ...]) -> tuple[Allowance, ...]:
    return tuple(read(entry) for entry in entries if not _fault(entry))
