"""Who calls, by address: the one that our own proxies saw, whatever the caller claims."""

from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from structlog import get_logger

log = get_logger(__name__)

# One customer of a provider has a whole /64 of IPv6.
IPV6_PREFIX = 64


def client_address(request: HttpRequest) -> str:
    """Each of NUM_PROXIES proxies appends whom it saw to X-Forwarded-For; what stands before is the caller's fancy."""
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    seen_by_socket = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.NUM_PROXIES and forwarded:
        _tell_once()
    came_through_all = 0 < settings.NUM_PROXIES <= len(forwarded)
    return forwarded[-settings.NUM_PROXIES] if came_through_all else seen_by_socket


def client_network(request: HttpRequest) -> str:
    """The address, or for IPv6 its /64; `unknown` for what is none, so that nonsense shares one bucket."""
    try:
        address = ip_address(client_address(request))
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return str(ip_network(f"{address}/{IPV6_PREFIX}", strict=False) if address.version == 6 else address)


@cache
def _tell_once() -> None:
    log.warning("pk.W008: X-Forwarded-For arrives and NUM_PROXIES is 0: every client of the proxy has one address")
