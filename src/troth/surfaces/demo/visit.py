"""One visit to each page, as a browser would come: what `make run ONCE=1` ends with."""

from __future__ import annotations

import re
from html import unescape
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlencode, urlsplit

import click

from troth.surfaces.demo.airport import Airport
from troth.surfaces.demo.house import House
from troth.surfaces.demo.staff import PASSWORD, READER

_H1: Final = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_MARKUP: Final = re.compile(r"<[^>]+>|\s+")
HIDDEN: Final = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
"""The hidden fields of a form: name and value, as they stand in the page."""
_TIMEOUT_S: Final = 60
_GOOD: Final = 200
_SIGN_IN: Final = "/sign-in"


class Browser:
    """Somebody who looks at pages of one server.

    Attributes:
        cookies: What the server has given to be kept.

    Args:
        address: Of the server.
    """

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address).netloc
        self.cookies: dict[str, str] = {}

    def look(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """Ask for a page, or send a form to it; return the status and the page."""
        connection = HTTPConnection(self._host, timeout=_TIMEOUT_S)
        headers = {
            "Accept": "text/html",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if fields is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{self._host}"}
        try:
            method = "GET" if fields is None else "POST"
            connection.request(method, path, None if fields is None else urlencode(fields), headers)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie") or ():
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def sign_in(self, name: str, password: str) -> bool:
        """Sign in; return whether that went well."""
        _, page = self.look(_SIGN_IN)
        hidden = {key: unescape(value) for key, value in HIDDEN.findall(page)}
        return self.look(_SIGN_IN, hidden | {"name": name, "password": password})[0] == 303


def heading(page: str) -> str:
    """Return the text of the first heading of a page; empty: it has none.

    >>> heading("<h1 class='a'>Two <b>waiting</b> &amp; one late</h1>")
    'Two waiting & one late'
    """
    found = _H1.search(page)
    return " ".join(unescape(_MARKUP.sub(" ", found[1])).split()) if found else ""


def visit(house: House, airport: Airport | None) -> int:
    """Look at each page once and print its heading; return the exit code, 1 where a page did not come."""
    subject = house.worth_a_look()
    customer = urlsplit(house.link(subject)).path
    ways: list[tuple[str, tuple[str, ...]]] = [
        (house.address, (customer, "/console", f"/tx/{subject}", "/measures", "/packs", "/packs/store_pickup")),
    ]
    if airport is not None:
        ways.append((airport.address, ("/console", "/measures", "/packs", "/packs/travel_disruption")))
    click.echo("\nThe pages, each as it answers now:")
    bad = 0
    for address, paths in ways:
        browser = Browser(address)
        if not browser.sign_in(READER, PASSWORD):
            click.echo(f"{address}: nobody could sign in")
            bad += 1
        for path in paths:
            status, page = browser.look(path)
            said = heading(page)
            bad += status != _GOOD or not said
            shown = "/s/…" if path == customer else path
            click.echo(f"{status}  {urlsplit(address).port} {shown:<28} {said}")
    return 1 if bad else 0
