"""Where deliveries may go: URLs and addresses that cannot lead back into one's own network.

Source: the special-purpose address registries (RFC 6890 and its successors), and the metadata addresses that cloud
providers document.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias
from urllib.parse import SplitResult, urlsplit

import msgspec

from troth.errors import OutboundError, Place, Problem

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
"""Host and port → addresses, best first. Raises OSError when the name is not known."""

_FORBIDDEN: Final = {
    "this network": ("0.0.0.0/8", "::/128"),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"),
    "loopback": ("127.0.0.0/8", "::1/128"),
    "link-local": ("169.254.0.0/16", "fe80::/10"),
    "a cloud's metadata": ("168.63.129.16/32", "192.0.0.192/32"),
    "reserved": (
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "240.0.0.0/4", "2001::/23", "2001:db8::/32", "3fff::/20",
    ),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
    "an address inside another": ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"),
}  # fmt: skip
_WORDS: Final = tuple((ipaddress.ip_network(text), words) for words, texts in _FORBIDDEN.items() for text in texts)
_UNICAST: Final = ipaddress.ip_network("2000::/3")
_PORTS: Final = {"http": 80, "https": 443}


class Networks(msgspec.Struct, frozen=True):
    """What an installation permits beyond the public internet.

    Attributes:
        allow: Networks that may be called although they are not public, such as `127.0.0.0/8`. An address that embeds
            another one needs both to be permitted.
        ports: The only ports that may be called; empty: any.
    """

    allow: tuple[Network, ...] = ()
    ports: frozenset[int] = frozenset()

    @classmethod
    def of(cls, allow: Iterable[str] = (), ports: Iterable[int] = ()) -> Networks:
        """Return networks from text.

        Raises:
            ValueError: A text is no network.
        """
        return cls(tuple(ipaddress.ip_network(text) for text in allow), frozenset(ports))

    def forbidden(self, address: Address) -> str:
        """Return why an address may not be called, in words; empty: it may.

        >>> Networks().forbidden(ipaddress.ip_address("10.1.2.3"))
        'private'
        >>> Networks().forbidden(ipaddress.ip_address("2001:4860:4860::8888"))
        ''
        """
        inner = _embedded(address)
        if any(address in network for network in self.allow):
            return self.forbidden(inner) if inner else ""
        for network, words in _WORDS:
            if address in network:
                return words
        return "" if address.version == 4 or address in _UNICAST else "reserved"


def system_resolve(host: str, port: int) -> list[str]:
    """Return the addresses that the system has for a host, in its own order, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked_addresses(host: str, port: int, networks: Networks, resolve: Resolve = system_resolve) -> list[str]:
    """Return the addresses of a host if every one of them may be called; connect to these, and do not ask again.

    Raises:
        OutboundError: O102, the name is not known; O103, an address may not be called.
    """
    try:
        found = resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise OutboundError(Problem(Place(), "O102", "the host's name is not known", "a host")) from error
    for text in found:
        # A zone behind the address (fe80::1%eth0) names an interface and is no part of it.
        words = networks.forbidden(ipaddress.ip_address(text.partition("%")[0]))
        if words:
            problem = Problem(Place(), "O103", f"the host's address is {words}", "a public address",
                              "see troth explain O103")  # fmt: skip
            raise OutboundError(problem)
    return list(found)


class Target(msgspec.Struct, frozen=True):
    """A URL that was checked, in the parts that a request needs."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Return the Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def check_url(url: str, networks: Networks = Networks()) -> Target:  # noqa: B008 - a frozen value
    """Return a webhook's URL in parts, if it is one that is delivered to. Resolves nothing.

    Raises:
        OutboundError: O101 with what is wrong; the message does not repeat the URL, which may hold a password.
    """
    if not url.isascii() or any(char <= " " or char in '\\"<>^`{|}\x7f' for char in url):
        raise OutboundError(_wrong("it holds a character that a URL has to encode"))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # Without the cause, which quotes the URL.
        raise OutboundError(_wrong("it is no URL")) from None
    wrong = _flaw(parts, networks, port)
    if wrong:
        raise OutboundError(_wrong(wrong))
    host = parts.hostname or ""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, _PORTS[parts.scheme] if port is None else port, path)


def _flaw(parts: SplitResult, networks: Networks, port: int | None) -> str:
    """Return what is wrong with a URL, in words; empty: nothing."""
    if parts.scheme not in _PORTS:
        return "its scheme is neither http nor https"
    if "@" in parts.netloc:
        return "it holds a user name or password"
    if parts.fragment:
        return "it holds a fragment"
    if not parts.hostname or "%" in parts.hostname:
        return "it names no host"
    number = _PORTS[parts.scheme] if port is None else port
    if number == 0 or (networks.ports and number not in networks.ports):
        return f"port {number} is not one that is delivered to"
    return ""


def _embedded(address: Address) -> Address | None:
    """Return the IPv4 address that an IPv6 address stands for; `None`: none."""
    if address.version == 4:
        return None
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    translated = any(address in ipaddress.ip_network(text) for text in ("::/96", "64:ff9b::/96"))
    low = int(address) & 0xFFFF_FFFF
    return ipaddress.IPv4Address(low) if translated and low > 1 else None


def _wrong(found: str) -> Problem:
    """Return the problem of a URL that is not delivered to."""
    return Problem(Place(), "O101", found, "http(s)://host[:port]/path", "see troth explain O101")
