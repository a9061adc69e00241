"""Where a request comes from: the other end of the line, or what a proxy of ours says of it.

`X-Forwarded-For` is read from the right, past proxies that are known, to the first address that is none: what stands
left of it whoever asks may have made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.requests import Request

_OF_ONE = 64
"""How many leading bits of an IPv6 address belong to one holder."""


def address_of(request: Request) -> str:
    """Return the address that a request comes from; empty where it is not known."""
    peer = request.client.host if request.client is not None else ""
    trusted: Sequence[str] = request.scope["troth"].settings.trusted_proxies
    if not trusted or not _is_one_of(peer, trusted):
        return peer
    for said in reversed(",".join(request.headers.getlist("x-forwarded-for")).split(",")):
        found = _plain(said)
        if found is None:
            return peer
        peer = str(found)
        if not _is_one_of(peer, trusted):
            return peer
    return peer


def holder_of(address: str) -> str:
    """Return whose an address is, for limits: of IPv6 the network that one holder has.

    >>> holder_of("203.0.113.9"), holder_of("2001:db8:1:2:3::4")
    ('203.0.113.9', '2001:db8:1:2::/64')
    """
    found = _plain(address)
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped is not None else str(ip_network((found, _OF_ONE), strict=False))
    return address


def _is_one_of(address: str, networks: Sequence[str]) -> bool:
    """Return whether an address is in one of some networks."""
    found = _plain(address)
    return found is not None and any(found in ip_network(network) for network in networks)


def _plain(said: str) -> IPv4Address | IPv6Address | None:
    """Return an address that may be written with a port; `None`: it is none."""
    text = said.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None
