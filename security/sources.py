"""Where a request comes from. What it says of that itself counts only as far as proxies in front are trusted."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address

COARSE: Final = {4: 24, 6: 48}  # bits that are kept on a session: a network, no household
LIMITED: Final = {4: 32, 6: 64}  # whoever has one IPv6 address has 2 ** 64 of them


def source_of(request: HttpRequest) -> str | None:
    """Whom limits and lockouts count as one. Named by `settings.AXES_CLIENT_IP_CALLABLE`."""
    address = address_of(request)
    return str(_network(address, LIMITED).network_address) if address else None


def coarse_source_of(request: HttpRequest) -> str:
    address = address_of(request)
    return str(_network(address, COARSE)) if address else ""


def address_of(request: HttpRequest) -> Address | None:
    """What the outermost of the trusted proxies saw; without them, or past them, what is connected to us."""
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    trusted = settings.TRUSTED_PROXIES
    seen = _parsed(hops[-trusted]) if 0 < trusted <= len(hops) else None
    return seen or _parsed(request.META.get("REMOTE_ADDR", ""))


def _parsed(text: str) -> Address | None:
    """Some proxies add the port."""
    text = text.strip().partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _network(address: Address, bits: dict[int, int]) -> IPv4Network | IPv6Network:
    return ip_network((address, bits[address.version]), strict=False)
