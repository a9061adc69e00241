"""Texts: every one is translated, with the values of the source, and a page is in one language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.surfaces.web.conftest import House
from tests.unit.surfaces.web.reading import words
from tests.unit.surfaces.web.stories import STORIES
from tools import texts
from troth.lang.compile import compile_pack
from troth.model.times import DAY, HOUR, MINUTE, SECOND
from troth.runtime import catalog
from troth.surfaces.web.locales import CATALOGUE, LANGUAGES, Reader, reader_of

NOW = "2026-03-02T12:00:00Z"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_text_of_the_pages_is_translated(language: str) -> None:
    assert texts.problems(language) == [], "run `python -m tools.texts`, and translate what it lists"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_catalogue_is_kept_as_the_tool_writes_it(language: str) -> None:
    kept = (texts.SOURCE / "locales" / language / CATALOGUE).read_text(encoding="utf-8")
    assert kept == texts.text_of(texts.renewed(language))


def test_there_are_texts_of_templates_and_of_code() -> None:
    found = {message.id for message in texts.extracted()}
    assert {"What happens next", "Put right", "Not live: last checked {time}", "There is no page here."} <= found


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_shipped_pack_with_a_page_is_translated_as_well(language: str) -> None:
    for name in catalog.names():
        page = catalog.load(name).compiled.require().page
        assert not page.facts or language in page.texts, name


@pytest.mark.parametrize("name", STORIES)
def test_a_page_in_german_has_no_english_left(house: House, name: str) -> None:
    house.tell(name)
    path = house.link()
    german, english = (words(house.client.get(f"{path}?lang={one}").text).splitlines() for one in ("de", "en"))
    shared = {line for line in set(german) & set(english) if any(letter.isalpha() for letter in line)}
    names = {"Basel Books", "+41 61 555 00 00 help@books.example", "Monday to Friday, 9 to 18"}
    assert shared <= names


@pytest.mark.parametrize(
    ("asked", "accepted", "preferred", "expected"),
    [
        ("", "", "", ("en", "en")),
        ("", "de-AT,de;q=0.9,en;q=0.8", "", ("de", "de_AT")),
        ("", "fr-FR,fr;q=0.9,en-GB;q=0.8", "", ("en", "en_GB")),
        ("", "fr", "de", ("de", "de")),
        ("de", "en-US", "", ("de", "de")),
        ("xx", "en-US", "de", ("en", "en_US")),
        ("", "de;q=0,en", "", ("en", "en")),
        ("", "en;q=0.2, de;q=0.9", "", ("de", "de")),
        ("../etc", "*;q=x,,;;", "", ("en", "en")),
    ],
)
def test_the_language_is_the_one_asked_for(
    asked: str, accepted: str, preferred: str, expected: tuple[str, str]
) -> None:
    reader = reader_of(asked, accepted, "UTC", preferred)
    assert (reader.language, reader.locale) == expected


@given(asked=st.text(max_size=30), accepted=st.text(max_size=60))
def test_whatever_is_asked_for_there_is_a_reader(asked: str, accepted: str) -> None:
    reader = reader_of(asked, accepted, "Europe/Zurich")
    assert reader.language in LANGUAGES
    assert reader.moment(NOW, NOW)


@pytest.mark.parametrize(
    ("locale", "moment", "now", "expected"),
    [
        ("en_GB", "2026-03-02T09:05:00Z", NOW, "today, 10:05"),
        ("en_GB", "2026-03-01T23:30:00Z", NOW, "today, 00:30"),
        ("en_GB", "2026-03-03T09:05:00Z", NOW, "Tue 3 Mar, 10:05"),
        ("en_GB", "2025-03-03T09:05:00Z", NOW, "Mon, 3 Mar 2025, 10:05"),
        ("de", "2026-03-03T09:05:00Z", NOW, "Di., 3. März, 10:05"),
    ],
)
def test_moments_are_in_the_readers_words_and_zone(locale: str, moment: str, now: str, expected: str) -> None:
    reader = Reader(locale.partition("_")[0], locale, "Europe/Zurich")
    assert reader.moment(moment, now) in {expected, expected.replace("today", "heute")}


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-02T11:57:00Z", "3 minutes ago"),
        ("2026-03-02T12:00:00.4Z", "just now"),
        ("2026-03-04T13:00:00Z", "in 2 days"),
        ("2026-03-02T10:01:00Z", "1 hour ago"),
    ],
)
def test_how_far_away_is_said_in_the_largest_whole_unit(moment: str, expected: str) -> None:
    assert Reader().ago(moment, NOW) == expected


def test_durations_and_numbers_are_in_the_readers_words() -> None:
    assert [Reader().lasting(one) for one in (2 * DAY, 3 * HOUR, 5 * MINUTE, SECOND)] == [
        "2 days", "3 hours", "5 minutes", "1 second",
    ]  # fmt: skip
    assert (Reader("de", "de").number(1234.5), Reader("en", "en").number(1234.5)) == ("1.234,5", "1,234.5")


def test_english_without_a_region_is_not_written_as_in_america() -> None:
    noon, other = "2026-03-05T14:30:00Z", "2026-03-02T10:00:00Z"
    assert Reader("en", "en").moment(noon, other) == "Thu 5 Mar, 14:30"
    assert Reader("en", "en_US").moment(noon, other) == "Thu, Mar 5, 2:30\N{NARROW NO-BREAK SPACE}PM"


@pytest.mark.parametrize(
    ("language", "zone", "due", "expected"),
    [
        ("en", "UTC", "2026-03-06T00:00:00Z", "Thu 5 Mar, end of day"),
        ("de", "Europe/Zurich", "2026-03-05T23:00:00Z", "Do., 5. März, Tagesende"),
        ("en", "UTC", "2026-03-03T00:00:00Z", "today, end of day"),
        ("en", "UTC", "2027-01-01T00:00:00Z", "Thu 31 Dec, end of day"),
        ("de", "Europe/Zurich", "2026-03-06T00:00:00Z", "Fr., 6. März, 01:00"),
    ],
)
def test_midnight_is_the_end_of_the_day_that_was_promised(language: str, zone: str, due: str, expected: str) -> None:
    assert Reader(language, language, zone).until(due, "2026-03-02T10:00:00Z") == expected


def test_what_a_page_says_of_a_pack_holds_together() -> None:
    files = dict(catalog.load("store_pickup").files)
    name = next(file for file in files if file.endswith("page.yaml"))
    for found, changed, code in (
        ("    staged: {label: On the shelf, when_true:", "    staged: {label: On the shelf, says:", "P233"),
        ('Value of the order, says: "{value}"', 'Value of the order, says: "{it}"', "P233"),
        ("    cancel: {event: customer.asked_to_cancel", "    search: {event: customer.asked_to_cancel", "P234"),
        ("mark: OrderDelivered", "mark: OrderEaten", "P235"),
        ("      Collected: Abgeholt", "      Colected: Abgeholt", "P236"),
        ('"Artikel, die fehlen: {value}."', '"Artikel, die fehlen."', "P236"),
        ("    before: {says", "    befor: {says", "P204"),
        ("    handed_over: {label", "    handed_ovr: {label", "P202"),
        ("    refund: You get", "    refnd: You get", "P207"),
        ("{event: customer.asked_to_cancel", "{event: customer.asked_to_cancl", "P203"),
    ):  # fmt: skip
        assert found in files[name], found
        broken = compile_pack({**files, name: files[name].replace(found, changed, 1)})
        assert code in {problem.code for problem in broken.problems}, (found, broken.problems)


def test_what_customers_write_is_kept_sealed_or_not_asked_for() -> None:
    files = dict(catalog.load("store_pickup").files)
    page, pack = (next(file for file in files if file.endswith(name)) for name in ("page.yaml", "/pack.yaml"))
    written = {**files, page: files[page].replace("wish: day", "wish: text")}
    assert compile_pack(written).problems == ()
    event = "customer.asked_for_another_time:\n    from: [status_page]\n"
    sealed = f"{event}    personal: [note]\n"
    assert sealed in files[pack]
    broken = compile_pack({**written, pack: files[pack].replace(sealed, event)})
    assert [problem.code for problem in broken.problems] == ["P237"]
