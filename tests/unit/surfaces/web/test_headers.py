"""What pages are sent with, and that nothing in them can leave the place that it was put in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.surfaces.web.conftest import House
from tests.unit.surfaces.web.reading import parsed
from troth.surfaces.web import assets
from troth.surfaces.web.environment import script

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "{{ 7*7 }}",
    "{% raw %}",
    "%(source)s %s %d {value} {0}",
    "javascript:alert(1)",
    "&lt;b&gt; &amp;",
    "\u202eRTL\u2028\u2029",
    "'; DROP TABLE links; --",
    "<!-- --><style>*{display:none}</style>",
)


def test_every_page_has_the_headers(house: House) -> None:
    house.tell("well")
    path = house.link()
    for address in (path, f"{path}.json", f"{path}/part", "/s/nothing", "/nothing"):
        found = house.client.get(address).headers
        assert found["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert "unsafe" not in found["content-security-policy"]
        assert (found["cache-control"], found["referrer-policy"]) == ("no-store", "no-referrer")
        assert (found["x-robots-tag"], found["x-content-type-options"]) == ("noindex, nofollow", "nosniff")
        assert found["x-frame-options"] == "DENY"
        assert "strict-transport-security" not in found


def test_over_https_cookies_and_headers_say_so(house: House) -> None:
    house.tell("well")
    house.client.base_url = house.client.base_url.copy_with(scheme="https")
    answer = house.client.get(house.link())
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Secure", "Path=/s/"} <= set(cookie.split("; "))


def test_behind_a_proxy_that_ends_tls_cookies_are_for_https_only(make: Callable[..., House]) -> None:
    house = make(public_url="https://status.example", page_rate_per_s=0)
    house.tell("well")
    assert "Secure" in house.client.get(house.link()).headers["set-cookie"].split("; ")


def test_a_browser_gets_a_page_where_there_is_nothing_and_a_program_a_problem(house: House) -> None:
    page = house.client.get("/nothing")
    assert (page.status_code, "There is no page here." in page.text) == (404, True)
    for address, accept in (("/nothing", "application/json"), ("/v1/nothing", "text/html"), ("/nothing", "*/*")):
        answer = house.client.get(address, headers={"accept": accept})
        assert answer.headers["content-type"] == "application/problem+json", address


def test_headers_that_are_too_large_are_not_read(house: House) -> None:
    house.tell("well")
    path = house.link()
    assert house.client.get(path, headers={"x-much": "x" * 20_000}).status_code == 400
    assert house.client.get(path).status_code == 200


def test_files_are_kept_for_ever_under_the_name_of_their_content(house: House) -> None:
    for name in assets.assets():
        answer = house.client.get(assets.address_of(name))
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert house.client.get("/assets/0000000000000000/pages.css").status_code == 404
    assert house.client.get(f"/assets/{assets.version()}/../app.py").status_code == 404
    assert house.client.get(f"/assets/{assets.version()}/nothing.css").status_code == 404


def test_a_page_names_only_files_that_are_there(house: House) -> None:
    house.tell("well")
    html = house.client.get(house.link()).text
    named = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', html))
    assert len(named) == 3
    assert {house.client.get(one).status_code for one in named} == {200}
    assert not re.findall(r'(?:href|src|action)="(?:https?:)?//', html)


def test_modules_import_only_files_that_are_there() -> None:
    for name, asset in assets.assets().items():
        if name.endswith(".js"):
            imported = re.findall(r'from "\./([^"]+)"', asset.body.decode())
            assert set(imported) <= set(assets.assets()), name


def test_no_file_fetches_anything_from_elsewhere() -> None:
    for name, asset in assets.assets().items():
        text = asset.body.decode().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|url\(", text), name


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(make: Callable[..., House], text: str) -> None:
    house = make(firm=text, contact_hours=text, page_rate_per_s=0)
    house.customer(name=text)
    house.tell("well")
    path = house.link()
    assert house.send(path, do="wrong", text=f"{text} wrong").status_code == 303
    assert house.send(path, do="prove", answer="9876").status_code == 303
    html = house.client.get(path).text
    tree = parsed(html)
    names = [str(one.tag).rpartition("}")[2] for one in tree.iter()]
    assert "style" not in names
    assert "img" not in names
    sources = [one.get("src") for one in tree.iter() if str(one.tag).endswith("}script")]
    assert len(sources) <= 2
    shown = ["".join(one.itertext()) for one in tree.iter() if str(one.tag).endswith("}dd")]
    assert [one.strip() for one in shown if one.strip().startswith(text.strip()[:5])], shown
    assert not [one for one in tree.iter() if any(str(name).startswith("on") for name in one.attrib)]


@given(text=st.text(max_size=60))
def test_a_data_block_never_ends_before_its_time(text: str) -> None:
    said = str(script(text))
    assert not {"<", ">", "&", "\u2028", "\u2029"} & set(said)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(query=st.text(max_size=40), said=st.text(max_size=20))
def test_no_parameter_breaks_a_page(house: House, query: str, said: str) -> None:
    path = house.link()
    answer = house.client.get(path, params={"lang": query, "said": said})
    assert answer.status_code == 200
    parsed(answer.text)


def test_a_token_with_anything_behind_it_is_none(house: House) -> None:
    house.tell("well")
    path = house.link()
    assert house.client.get(path).status_code == 200
    for more in ("%0A", "A", "%20"):
        assert house.client.get(path + more).status_code == 404
