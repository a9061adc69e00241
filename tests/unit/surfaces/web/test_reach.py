"""Where a request comes from: nobody makes it up, and nobody is everybody behind a proxy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from starlette.requests import Request

from tests.unit.surfaces.web.conftest import House
from troth.surfaces.web.reach import address_of, holder_of


@pytest.mark.parametrize(
    ("trusted", "peer", "said", "found"),
    [
        ((), "203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        (("10.0.0.0/8",), "203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.1", ["made.up, 1.1.1.1, 198.51.100.1, 10.2.2.2"], "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.1", ["1.1.1.1", "198.51.100.1:4711"], "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.1", [], "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", ["unknown"], "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", ["10.3.3.3"], "10.3.3.3"),
        (("fd00::/8",), "fd00::1", ['"[2001:db8::7]:4711"'], "2001:db8::7"),
        (("10.0.0.0/8",), "testclient", ["198.51.100.1"], "testclient"),
    ],
)
def test_only_known_proxies_are_believed(
    make: Callable[..., House], trusted: Sequence[str], peer: str, said: list[str], found: str
) -> None:
    headers = [(b"x-forwarded-for", one.encode()) for one in said]
    context = make(trusted_proxies=tuple(trusted)).context
    scope = {"type": "http", "client": (peer, 1), "headers": headers, "troth": context}
    assert address_of(Request(scope)) == found


def test_an_address_of_a_network_that_one_holder_has_is_one_holder() -> None:
    assert holder_of("2001:db8:1:2::1") == holder_of("2001:db8:1:2:ffff::9")
    assert holder_of("2001:db8:1:2::1") != holder_of("2001:db8:1:3::1")
    assert holder_of("::ffff:203.0.113.9") == "203.0.113.9"
    assert holder_of("testclient") == "testclient"


def test_strangers_behind_one_proxy_do_not_share_a_limit(make: Callable[..., House]) -> None:
    house = make(trusted_proxies=("127.0.0.0/8",))
    house.client._transport.client = ("127.0.0.1", 1)  # type: ignore[attr-defined]
    path = f"/s/{'0' * 12}-{'A' * 32}"

    def status(address: str) -> int:
        return int(house.client.get(path, headers={"x-forwarded-for": address}).status_code)

    assert [status("198.51.100.1") for _ in range(61)][-2:] == [404, 429]
    assert status("198.51.100.2") == 404
