"""The dashboard over a simulated firm: every number leads to as many rows as it says, and equals `troth measure`."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from starlette.testclient import TestClient

from tests.unit.surfaces.web.measured import Measured, measured, numbers
from troth.measures.period import Period, within
from troth.measures.question import Question
from troth.measures.standing import standings
from troth.model.times import DAY, HOUR, format_instant
from troth.runtime.snapshot import measure, open_tables, run
from troth.runtime.work import as_of
from troth.sim.firm import START
from troth.surfaces.web.dashboard.asked import MAIN, OTHERS
from troth.surfaces.web.dashboard.figuring import key_of

pytestmark = pytest.mark.slow

PACK = "store_pickup"
_PAGES = ("/measures", "/measures/promise_reliability?over=7d&by=store", "/measures/exception_closure")
_FURTHER = (
    "/measures?over=7d", "/measures/status_fidelity", "/measures/time_to_usable_outcome?over=all&by=store",
    "/measures/gate_quality", "/measures/told_truth", "/measures/predictive_fidelity", "/measures/informativeness",
)  # fmt: skip
"""Every page is walked in the thorough profile: each of its numbers is a query."""
_HREF = re.compile(r'href="(/measures[^"]*)"')


@pytest.fixture(scope="module")
def firm() -> Iterator[Measured]:
    """Return a firm with some days of orders."""
    with measured() as made:
        yield made


@pytest.fixture(scope="module")
def tables(firm: Measured) -> Any:
    """Return the same tables as `troth measure` would open."""
    moment = as_of(firm.store)
    assert moment is not None
    found = open_tables(firm.store, firm.context.packs, moment)
    return found.only(found.subjects.filter(found.subjects.pack == PACK).select("subject"))


@pytest.mark.parametrize("path", [*_PAGES, *(pytest.param(path, marks=pytest.mark.thorough) for path in _FURTHER)])
def test_behind_every_number_are_as_many_rows_as_it_says(firm: Measured, path: str) -> None:
    page = firm.page(path)
    found = numbers(page)
    assert found
    for href, count, exact, text in dict.fromkeys(found):
        rows = firm.data(href.replace("/rows?", "/rows.json?"))
        assert rows["total"] == count, (text, href)
        assert sum(one["rows"] for one in rows["sources"]) == count
        if exact is not None:
            assert int(text.replace(",", "")) == count
        assert (len(rows["rows"]) > 0) == (count > 0)


def test_every_number_outside_of_links_is_an_interval_a_date_or_a_share_of_one_that_is_linked(firm: Measured) -> None:
    page = firm.page("/measures")
    main = page[page.index("<main") : page.index("</main>")]
    for gone in (r"<svg.*?</svg>", r"<details class=\"box.*?</details>", r'<a class="num.*?</a>', r"<time.*?</time>",
                 r'<span class="between">.*?</span>', r"<ul class=\"tabs\">.*?</ul>", r"<h1>.*?</h1>",
                 r'<p class="lede">.*?</p>', r"<summary>.*?</summary>", r'<th scope="row">.*?</th>',
                 r"<meter.*?>"):  # fmt: skip
        main = re.sub(gone, " ", main, flags=re.DOTALL)
    text = unescape(re.sub(r"<[^>]+>", " ", main))
    text = re.sub(r"95 % interval( [\d.,]+ (%|d|h|min|s)| to| at least)*", " ", text)
    text = re.sub(
        r"[<>]?[\d.,]+ (%|d|h|min|s)( [\d]+ (h|min))? to [<>]?[\d.,]+ (%|d|h|min|s)( [\d]+ (h|min))?", " ", text
    )
    text = re.sub(
        r"at least \d+ %|over \d+ days|the \d+ days before|needs \d+ decided|within \d+\w|\d+ days", " ", text
    )
    assert re.findall(r"\d+", text) == []


def test_two_steps_lead_from_a_number_to_the_events_behind_it(firm: Measured) -> None:
    href, *_ = next(one for one in numbers(firm.page("/measures")) if one[1])
    rows = firm.page(href)
    (first, *_) = re.findall(r'<th scope="row"><a href="(/tx/[^"]+)"', rows)
    assert first.startswith(("/tx/pickup/", "/tx/"))
    assert "?at=" in first
    assert firm.client.get(unescape(first)).status_code == 200


@pytest.mark.parametrize("name", [*MAIN, *(pytest.param(name, marks=pytest.mark.thorough) for name in OTHERS)])
def test_the_figures_are_those_of_troth_measure(firm: Measured, tables: Any, name: str) -> None:
    shown = firm.data(f"/measures/{name}.json?over=all")["measure"]
    told = {key_of(one): one for one in measure(name, tables, Question())}
    kinds = {(query["kind"][0], query.get("leg", [""])[0]): row["value"] for row in shown["kinds"]
             for query in [parse_qs(urlsplit(row["href"]).query)]}  # fmt: skip
    first = parse_qs(urlsplit(shown["sentence"]["value"]["href"]).query)
    kinds[first["kind"][0], first.get("leg", [""])[0]] = shown["sentence"]["value"]
    assert set(kinds) == set(told)
    for key, value in kinds.items():
        one = told[key]
        assert value["rows"] == one.n
        assert value["unknown"] == one.unknown
        if one.n >= 30:
            assert (value["value"], value["low"], value["high"]) == (one.value, one.low, one.high)
        else:
            assert (value["value"], value["low"], value["high"]) == (None, None, None)


def test_a_period_counts_what_is_due_in_it(firm: Measured, tables: Any) -> None:
    shown = firm.data("/measures/promise_reliability.json?over=7d&kind=ready_by")["measure"]["sentence"]["value"]
    part = within(tables, "promise_reliability", Period(tables.as_of - 7 * DAY))
    (one,) = measure("promise_reliability", part, Question(kind="ready_by"))
    assert (shown["value"], shown["rows"]) == (one.value if one.n >= 30 else None, one.n)


def test_objectives_stand_where_troth_objectives_says(firm: Measured, tables: Any) -> None:
    shown = {aim["name"]: aim for one in firm.data("/measures.json")["measures"] for aim in one["aims"]}
    pack = firm.context.packs[PACK]
    assert set(shown) == set(pack.objectives)
    for name, objective in pack.objectives.items():
        (stand,) = standings(PACK, objective, tables, run)
        assert shown[name]["verdict"] == stand.verdict
        assert shown[name]["used"]["value"] == stand.used
        assert shown[name]["left"]["value"] == abs(stand.left)


def test_the_steps_of_a_trend_are_what_each_would_be_by_itself(firm: Measured, tables: Any) -> None:
    rows = firm.data("/measures/promise_reliability.json?step=week&kind=ready_by")["measure"]["trend"]["rows"]
    assert any(row["value"] and row["value"]["value"] is not None for row in rows)
    for row in rows:
        part = within(tables, "promise_reliability", Period(row["since"], row["until"]))
        alone = measure("promise_reliability", part, Question(kind="ready_by"))
        assert (row["value"]["rows"] if row["value"] else 0) == sum(one.n for one in alone)


def _shown_by(page: str) -> list[dict[str, list[str]]]:
    links = [unescape(href) for href in _HREF.findall(page)]
    return [parse_qs(urlsplit(href).query) for href in links]


@pytest.mark.parametrize("path", ["/measures", "/measures/promise_reliability"])
def test_the_condition_survives_every_link_but_the_one_that_takes_it_away(firm: Measured, path: str) -> None:
    where = "1 + 1 == 2 && 'a&b' != 'c'"
    page = firm.page(f"{path}?where={quote(where)}&over=7d&vs=year")
    body = page[page.index("<main") :]
    without = [query for query in _shown_by(body) if query.get("where") != [where]]
    assert len(without) == 1, "only the way to all has none"
    assert all(query.get("vs") == ["year"] for query in _shown_by(body))


def test_a_condition_that_is_none_is_answered_by_its_error(firm: Measured) -> None:
    answer = firm.get("/measures?where=" + quote("carrier =="))
    assert answer.status_code == 422
    assert "X1" in answer.text
    assert "carrier ==" in unescape(answer.text)
    answer = firm.get("/measures?where=" + quote("nothing_like_it == 1"))
    assert answer.status_code == 422
    assert "C116" in answer.text
    assert "nothing_like_it" in answer.text
    assert firm.get("/measures.json?where=" + quote("1 +")).status_code == 422


@pytest.mark.parametrize(("query", "code"), [
    ("from=soon", "C104"), ("at=yesterday", "C104"), ("from=2026-03-02&to=2026-03-01", "C104"),
    ("pack=nothing", "P301"),
])  # fmt: skip
def test_what_cannot_be_asked_is_told_with_its_code(firm: Measured, query: str, code: str) -> None:
    answer = firm.get(f"/measures?{query}")
    assert answer.status_code == 422
    assert code in answer.text


def test_hostile_words_are_words(firm: Measured) -> None:
    hostile = "<script>alert(1)</script>"
    for path in (f"/measures?where={quote(hostile)}", f"/measures?pack={quote(hostile)}",
                 f"/measures/promise_reliability/rows?part={quote(hostile)}",
                 f"/measures/promise_reliability/rows?part=kept&segment={quote(hostile)}",
                 f"/measures/promise_reliability?by={quote(hostile)}"):  # fmt: skip
        answer = firm.get(path)
        assert answer.status_code == 422
        assert hostile not in answer.text
    assert firm.get("/measures/nothing").status_code == 404


def test_before_anything_happened_nothing_is_measured_and_that_is_said(firm: Measured) -> None:
    answer = firm.get("/measures?at=2020-01-01")
    assert answer.status_code == 200
    assert "Nothing has been measured yet" in answer.text


def test_rows_come_page_by_page_and_all_of_them_as_a_file(firm: Measured) -> None:
    href = next(href for href, count, exact, _ in numbers(firm.page("/measures?over=all")) if exact and count > 60)
    seen: list[str] = []
    total = 0
    path = href.replace("/rows?", "/rows.json?")
    while path:
        page = firm.data(path)
        seen += [row["subject"] for row in page["rows"]]
        path, total = page["after"].replace("/rows?", "/rows.json?"), page["total"]
    assert len(seen) == total
    answer = firm.get(href.replace("/rows?", "/rows.csv?"))
    assert answer.headers["content-type"].startswith("text/csv")
    assert [row["subject"] for row in csv.DictReader(io.StringIO(answer.text))] == seen


def test_pages_are_files_too(firm: Measured) -> None:
    rows = list(csv.DictReader(io.StringIO(firm.get("/measures.csv").text)))
    assert {row["measure"] for row in rows} == set(MAIN)
    rows = list(csv.DictReader(io.StringIO(firm.get("/measures/promise_reliability.csv").text)))
    assert set(rows[0]) == {"after", "until", "value", "low", "high", "n", "unknown"}


def test_an_earlier_moment_is_what_was_known_then(firm: Measured) -> None:
    moment = as_of(firm.store)
    assert moment is not None
    earlier = format_instant(moment - 5 * DAY)
    shown = firm.data(f"/measures/time_to_usable_outcome.json?over=all&at={quote(earlier)}")
    known = open_tables(firm.store, firm.context.packs, moment - 5 * DAY)
    told = [one for one in measure("time_to_usable_outcome", known, Question()) if one.figures["pack"] == PACK]
    assert shown["at"] == earlier
    assert [one.n for one in told] == [shown["measure"]["sentence"]["value"]["rows"]]


def test_whoever_is_not_signed_in_sees_nothing(firm: Measured) -> None:
    stranger = TestClient(firm.client.app, follow_redirects=False)
    for path in ("/measures", "/measures/promise_reliability", "/measures/promise_reliability/rows?part=kept"):
        assert stranger.get(path, headers={"accept": "text/html"}).status_code == 303
    assert stranger.get("/measures.json").status_code == 401


def test_an_empty_ledger_has_an_empty_page() -> None:
    with measured(orders=0) as empty:
        answer = empty.get("/measures")
        assert answer.status_code == 200
        assert "Nothing has been measured yet" in answer.text


def test_of_few_cases_the_words_are_whole(firm: Measured) -> None:
    page = firm.page(f"/measures?over=all&at={quote(format_instant(START + 10 * HOUR))}")
    assert page.count("Too few to say") > len(MAIN)
    assert "Too few to judge" in page
    assert not re.search(r"</a>\s+\.", page)
    assert not re.search(r" h</a>\s+hours", page)
