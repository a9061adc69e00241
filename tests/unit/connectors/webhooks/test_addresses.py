"""No delivery goes where only this machine can go."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.connectors.webhooks.addresses import Networks, check_url
from troth.errors import OutboundError

HOSTILE = [
    "0.0.0.0",  # noqa: S104 - an example of what is refused
    "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.255", "169.254.169.254",
    "168.63.129.16", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1",
    "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1",
    "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("address", HOSTILE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert Networks().forbidden(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "172.15.255.255", "100.128.0.1", "9.9.9.9",
                                     "2001:4860:4860::8888", "2a00:1450:4001::1", "2606:4700::1111"])  # fmt: skip
def test_a_public_address_is_not(address: str) -> None:
    assert Networks().forbidden(ipaddress.ip_address(address)) == ""


@given(st.ip_addresses())
def test_nothing_is_called_that_the_standard_library_takes_for_not_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """The standard library's lists are older and shorter than ours; they never know an address that ours lets by."""
    local = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    if local or address.is_reserved or address.is_unspecified:
        assert Networks().forbidden(address)


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_refused_whatever_it_is(address: ipaddress.IPv4Address) -> None:
    low = int(address)
    for base in (0xFFFF << 32, 0x0064_FF9B << 96, 0):
        assert Networks().forbidden(ipaddress.IPv6Address(base | low))
    assert Networks().forbidden(ipaddress.IPv6Address((0x2002 << 112) | (low << 80)))


def test_an_installation_may_permit_a_network_and_only_that() -> None:
    networks = Networks.of(["127.0.0.0/8", "64:ff9b::/96"])
    assert networks.forbidden(ipaddress.ip_address("127.0.0.1")) == ""
    assert networks.forbidden(ipaddress.ip_address("10.0.0.1")) == "private"
    assert networks.forbidden(ipaddress.ip_address("::ffff:127.0.0.1"))
    assert networks.forbidden(ipaddress.ip_address("64:ff9b::808:808")) == ""
    assert networks.forbidden(ipaddress.ip_address("64:ff9b::a00:1")) == "private"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://shop.example/", "file://localhost/etc/passwd", "gopher://shop.example/",
        "shop.example/hook", "//shop.example/",
        "http://", "https:///hook", "https://user:hidden@shop.example/", "https://user@shop.example/",
        "https://@shop.example/", "https://shop.example/#part", "https://shop.example:0/", "https://shop.example:99999/",
        "https://shop.example:port/", "https://shop.example/ hook", "https://shop.example/\r\nHost: other",
        "https://shop.example\\@127.0.0.1/", "https://sh\u00f6p.example/", "https://[::1/", "https://[fe80::1%25lo]/",
        "https://shop.example/\x00", "",
    ],
)  # fmt: skip
def test_a_url_that_is_not_delivered_to_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(OutboundError) as caught:
        check_url(url)
    assert caught.value.problems[0].code == "O101"
    assert "hidden" not in str(caught.value)


def test_a_url_is_taken_apart() -> None:
    target = check_url("https://Shop.example:8443/hook?a=1")
    assert (target.scheme, target.host, target.port, target.path) == ("https", "shop.example", 8443, "/hook?a=1")
    assert target.authority == "shop.example:8443"
    assert check_url("https://shop.example").path == "/"
    assert check_url("http://shop.example:80/").authority == "shop.example"
    assert check_url("http://[2001:db8::1]:81/").authority == "[2001:db8::1]:81"


def test_ports_can_be_limited() -> None:
    with pytest.raises(OutboundError, match="port 22"):
        check_url("http://shop.example:22/", Networks.of(ports=[443]))
    assert check_url("https://shop.example/", Networks.of(ports=[443])).port == 443


@given(st.text(max_size=60))
def test_no_text_makes_the_check_fail_otherwise(text: str) -> None:
    for url in (text, "http://" + text, "https://shop.example" + text):
        try:
            target = check_url(url)
        except OutboundError:
            continue
        assert target.host
        assert target.scheme in {"http", "https"}
