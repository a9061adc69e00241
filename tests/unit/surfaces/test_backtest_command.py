"""`troth backtest` and `troth plan`: from a ledger and from files, figures and their rows, and the report."""

from __future__ import annotations

import csv
import html
import io
import itertools
import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import html5lib
import pytest
from click.testing import CliRunner, Result

from tests.unit.surfaces.told_parcels import sent, told_parcels
from troth.surfaces.cli.app import cli

HEAD = "id,posted,delivered,told,withdrawn,known,asked"
ROWS = [
    # Told truly; told truly until a late report; told falsely; never told and never delivered; asked after it came.
    "1,2026-03-01 09:00:00,2026-03-02 10:00:00,2026-03-02 12:00:00,,,",
    "2,2026-03-01 09:00:00,2026-03-02 10:00:00,2026-03-02 12:00:00,2026-03-02 11:00:00,2026-03-02 15:30:00,",
    "3,2026-03-01 09:00:00,,2026-03-02 12:00:00,,,",
    "4,2026-03-01 09:00:00,,,,,",
    "5,2026-03-01 09:00:00,2026-03-02 10:00:00,2026-03-02 12:00:00,,,2026-03-03 12:00:00",
]


@pytest.fixture
def parcels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a pack, its mapping and the rows of five parcels, and work in it."""
    promised, asked = sent("promise_note", "promise", "posted"), sent("sorry", "sorry", "asked")
    told_parcels(tmp_path, HEAD, ROWS, before=promised, after=asked)
    monkeypatch.chdir(tmp_path)
    return tmp_path


FILES = ("told.csv", "--pack", "parcel", "--map", "told")


def run(*words: str, code: int = 0) -> Result:
    """Return what a command says."""
    done = CliRunner().invoke(cli, list(words))
    assert done.exit_code == code, done.output
    return done


def rows(*words: str) -> list[dict[str, Any]]:
    """Return the rows of a backtest, or of a plan."""
    found: list[dict[str, Any]] = json.loads(run(*words, "--format", "json").stdout)["data"]
    return found


def section(found: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return the rows of a section."""
    return [row for row in found if row["section"] == name]


def test_a_history_in_files_is_judged_without_a_ledger(parcels: Path) -> None:
    found = rows("backtest", *FILES)
    figures = {row["figure"]: row["count"] for row in section(found, "figure")}
    assert figures == {
        "false": 3, "false_then": 2, "after_failure": 0, "pointless": 1, "vague": 0, "unknown": 0, "faulty": 3,
        "caught": 2, "without_a_word": 2,
    }  # fmt: skip
    (head,) = section(found, "backtest")
    assert (head["messages"], head["subjects"], head["promises"]) == (10, 5, 5)
    assert not list(parcels.glob("*.db")), "nothing is kept"
    assert any("says when" in row["text"] or "say when" in row["text"] for row in section(found, "assumption"))


def test_a_ledger_says_the_same_as_the_files_it_was_filled_with(parcels: Path) -> None:
    run("import", *FILES, "--db", "parcels.db")
    files, ledger = rows("backtest", *FILES), rows("backtest", "--db", "parcels.db")
    for name in ("figure", "message", "gate", "gate_error", "source", "promise", "month"):
        assert section(files, name) == section(ledger, name)
    one, other = section(files, "backtest")[0], section(ledger, "backtest")[0]
    assert one["digest"] == other["digest"]
    assert one["answer"] == other["answer"]


def test_every_figure_leads_to_its_rows_and_each_row_to_its_events(parcels: Path) -> None:
    run("import", *FILES, "--db", "parcels.db")
    found = rows("backtest", "--db", "parcels.db")
    counted = {
        "figure": "count", "message": "false", "gate_error": "count", "source": "worth", "promise": "without_a_word",
        "month": "false",
    }  # fmt: skip
    for kind, count in counted.items():
        for row in section(found, kind):
            behind = rows("backtest", "--db", "parcels.db", "--subjects", row["part"])
            assert len(behind) == row[count], row
            assert {one["subject"] for one in behind} >= set(row["subjects"])
    for row in section(found, "gate"):
        behind = rows("backtest", "--db", "parcels.db", "--subjects", row["part"])
        assert len(behind) == sum(row[name] for name in ("send", "replace", "hold", "suppress"))
    (late,) = rows("backtest", "--db", "parcels.db", "--subjects", "worth+source=carrier")
    assert late["subject"] == "parcel/2"
    assert late["see"] == "troth timeline parcel/2 --db parcels.db"
    (event,) = late["late"]
    assert event.split("/", 1)[1] in run("timeline", "parcel/2", "--db", "parcels.db", "--format", "json").stdout


def test_the_source_that_was_late_is_named_with_what_fixing_it_is_worth(parcels: Path) -> None:
    first = section(rows("backtest", *FILES), "source")[0]
    assert (first["source"], first["worth"], first["late"], first["dated"]) == ("carrier", 1, 1, 1)
    assert first["lag_max_s"] == 4.5 * 3600
    assert first["lag_median_s"] == pytest.approx(4.5 * 3600, rel=0.0625)


def test_examples_are_the_worst_first_with_what_was_known_then_and_now(parcels: Path) -> None:
    found = section(rows("backtest", *FILES), "example")
    assert [row["harm"] for row in found] == sorted((row["harm"] for row in found), reverse=True)
    late = next(row for row in found if row["subject"] == "parcel/2")
    assert (late["then"], late["now"], late["gate"]) == (True, False, "SEND")
    assert [(one["fact"], one["value"]) for one in late["known_then"]] == [("delivered", True)]
    assert [(one["value"], one["heard_at"]) for one in late["known_now"]] == [(False, "2026-03-02T15:30:00Z")]
    careless = next(row for row in found if row["subject"] == "parcel/3")
    assert (careless["gate"], careless["reasons"], careless["sends"]) == ("REPLACE", ["G301"], "sorry")
    assert len({row["subject"] for row in found}) == len(found)


def test_as_known_at_a_moment_the_late_report_is_not_there_yet(parcels: Path) -> None:
    run("import", *FILES, "--db", "parcels.db")
    found = rows("backtest", "--db", "parcels.db", "--at", "2026-03-02T13:00:00Z")
    figures = {row["figure"]: row["count"] for row in section(found, "figure")}
    assert (figures["false"], figures["false_then"]) == (1, 1)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("backtest",), "B103"),
        (("backtest", "told.csv", "--map", "told"), "B103"),
        (("backtest", *FILES, "--db", "parcels.db"), "B103"),
        (("backtest", *FILES, "--at", "2026-03-02T13:00:00Z"), "B103"),
        (("backtest", *FILES, "--subjects", "wrong"), "B101"),
        (("backtest", *FILES, "--html", "nowhere/report.html"), "B109"),
        (("backtest", *FILES, "--html", "parcel"), "B109"),
    ],
)
def test_a_command_line_that_cannot_be_meant_is_refused(parcels: Path, words: tuple[str, ...], code: str) -> None:
    assert parcels.is_dir()
    assert code in run(*words, code=2).output


GOOD = "\n".join([HEAD, *ROWS, ""])


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("told.csv", b"", "M111", "no header"),
        ("told.csv", GOOD.replace("delivered", "arrived").encode(), "M112", "`delivered` is not in"),
        ("told.csv", GOOD.encode("utf-16"), "M111", "save it as CSV in UTF-8"),
        ("told.parquet", GOOD.encode(), "M111", "a Parquet file, whole"),
        ("told.csv", HEAD.encode(), "B102", "is the export empty?"),
        ("told.csv", f"{HEAD}\n1,2026-13-01 09:00:00,,,,,\n".encode(), "B102", "1 row could not be used (M201)"),
        ("told.ndjson", b'{"specversion":"1.0","id":"1","sour', "B102", "1 row could not be used (E101)"),
    ],
    ids=["empty", "another column", "UTF-16", "no parquet", "no row", "no such day", "half a line of events"],
)
def test_input_that_cannot_be_judged_is_refused_with_what_to_do(
    parcels: Path, name: str, content: bytes, code: str, said: str
) -> None:
    (parcels / "told.csv").unlink()
    (parcels / name).write_bytes(content)
    words = (name, *FILES[1:3]) if name.endswith("ndjson") else (name, *FILES[1:])
    mapping = parcels / "parcel" / "mappings" / "told.yaml"
    mapping.write_text(mapping.read_text().replace("[told.csv]", f"[{name}]"))
    shown = run("backtest", *words, "--format", "table", code=3).output
    assert code in shown
    assert said in shown
    assert all(word in shown for word in ("expected:", "remedy:"))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"6,2026-03-01 09:0", "M206"),
        ("6,2026-03-01 09:00:00,,2026-03-02 12:00:00,,,M\xfcller".encode("latin-1"), "M206"),
        (b"6,2026-03-99 09:00:00,,2026-03-02 12:00:00,,,", "M201"),
    ],
    ids=["half a line", "another encoding", "no such day"],
)
def test_a_row_that_cannot_be_used_is_told_of_and_the_others_are_judged(parcels: Path, line: bytes, code: str) -> None:
    (parcels / "told.csv").write_bytes(GOOD.encode() + line)
    done = run("backtest", *FILES, "--format", "table")
    assert f"1 row could not be used ({code}), such as told.csv row 6" in done.stderr
    assert done.stdout.startswith("3 of 10 messages"), "the other five are there"


def test_moments_of_two_zones_in_one_column_are_each_taken_as_written(parcels: Path) -> None:
    told = "1,2026-03-01T09:00:00+01:00,2026-03-02T10:00:00-05:00,2026-03-02T15:30:00Z,,,"
    (parcels / "told.csv").write_text(f"{HEAD}\n{told}\n")
    note = next(row for row in section(rows("backtest", *FILES), "message") if row["message"] == "delivery_note")
    assert (note["told"], note["false"]) == (1, 0), "delivered at 15:00 UTC"
    (parcels / "told.csv").write_text(f"{HEAD}\n{told.replace('15:30', '14:30')}\n")
    note = next(row for row in section(rows("backtest", *FILES), "message") if row["message"] == "delivery_note")
    assert (note["told"], note["false"]) == (1, 1)


def test_a_history_without_a_message_says_what_it_lacks(parcels: Path) -> None:
    mapping = parcels / "parcel" / "mappings" / "told.yaml"
    lines = mapping.read_text().splitlines()
    mapping.write_text("\n".join(line for line in lines if "message.sent" not in line))
    (head, *_) = rows("backtest", *FILES)
    assert head["messages"] == 0
    assert any("It holds no receipt of a message" in text and "message.sent" in text for text in head["more"])


def test_files_without_an_event_are_refused(parcels: Path) -> None:
    (parcels / "told.csv").write_text(HEAD + "\n")
    assert "B102" in run("backtest", *FILES, code=3).output


@pytest.mark.parametrize(
    "words",
    [
        ("backtest",), ("hindsight",), ("experience", "--bad", "score <= 2"), ("objectives",),
        ("promise", "evaluate", "--kind", "three_days"), ("export", "out.ndjson"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("parcels")
def test_a_pack_that_the_ledger_does_not_keep_is_no_empty_history(words: tuple[str, ...]) -> None:
    run("import", *FILES, "--db", "parcels.db")
    said = run(*words, "--db", "parcels.db", "--pack", "parcels", code=2).output
    assert "P301: the ledger keeps no pack `parcels`" in said
    assert "parcel" in said.split("remedy")[1], "the name that was meant"


def test_csv_has_a_line_for_each_figure(parcels: Path) -> None:
    assert parcels.is_dir()
    lines = list(csv.DictReader(io.StringIO(run("backtest", *FILES, "--format", "csv").stdout)))
    assert {line["section"] for line in lines} >= {"figure", "message", "gate", "source", "promise"}
    assert next(line for line in lines if line["figure"] == "false")["count"] == "3"


def test_fail_exits_with_one_when_anything_was_false(parcels: Path) -> None:
    assert parcels.is_dir()
    run("backtest", *FILES, "--fail", code=1)
    (parcels / "told.csv").write_text("\n".join([HEAD, ROWS[0], ""]))
    run("backtest", *FILES, "--fail")


# ---------------------------------------------------------------- the report

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Outline(HTMLParser):
    """Collects what a report consists of, and checks that its elements nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element without content."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        assert self.open.pop() == tag

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element of a name."""
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def report(parcels: Path) -> str:
    """Return the report of five parcels."""
    run("backtest", *FILES, "--html", "report.html")
    return (parcels / "report.html").read_text(encoding="utf-8")


def drawings(text: str) -> Iterator[ET.Element]:
    """Yield every drawing of a page, read as strict XML."""
    for svg in re.findall(r"<svg .*?</svg>", text, re.DOTALL):
        yield ET.fromstring(svg)  # noqa: S314 - our own text


def test_the_report_is_html_that_a_strict_parser_accepts(report: str) -> None:
    html5lib.HTMLParser(strict=True).parse(report)
    outline = Outline()
    outline.feed(report)
    assert outline.open == []


def test_the_report_fetches_and_runs_nothing(report: str) -> None:
    outline = Outline()
    outline.feed(report)
    names = {name for name, _ in outline.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "video", "audio", "form", "base"}
    for _, attrs in outline.tags:
        assert not {"src", "srcset", "href", "action", "style", "onclick", "onload"} & attrs.keys() or (
            attrs.get("href", "").startswith("#")  # type: ignore[union-attr]
        )
    assert "@import" not in report
    assert re.findall(r"url\((?!#)", report) == []
    assert set(re.findall(r"https?://[^\"'<> ]+", report)) == {"http://www.w3.org/2000/svg"}


def test_the_report_has_one_heading_that_is_the_answer_and_an_order_below_it(report: str) -> None:
    outline = Outline()
    outline.feed(report)
    levels = [int(name[1]) for name, _ in outline.tags if re.fullmatch(r"h[1-6]", name)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    heading = re.search(r"<h1>(.*?)</h1>", report)
    assert heading is not None
    assert heading[1].startswith("3 of 10 messages said what was not so")
    assert len(heading[1].split()) <= 25


def test_the_report_speaks_in_words_and_keeps_the_names_of_the_pack_small(report: str) -> None:
    _, _, rest = report.partition('id="examples"')
    examples, _, _ = rest.partition("How it was worked out")
    assert "<h3>The delivery note <span" in examples
    assert "“It has arrived.”" in examples
    assert "a statement is false (It has arrived)" in examples
    assert "it was delivered: <b>no</b>" in examples
    bare = re.sub(r"<code.*?</code>", "", examples)
    assert not re.findall(r"\b(G\d{3}|SEND|REPLACE|HOLD|SUPPRESS|delivery_note|promise_note)\b", bare)


def test_the_report_of_files_names_the_two_commands_that_lead_to_a_subject(report: str, parcels: Path) -> None:
    assert parcels.is_dir()
    found = [html.unescape(one) for one in re.findall(r"<code>(troth (?:import|timeline) .*?)</code>", report)]
    assert found[0] == "troth import told.csv --pack parcel --map told --db told.db"
    run(*found[0].split()[1:])
    shown = run(*found[1].split()[1:], "--format", "json").stdout
    assert '"what":"message.sent"' in shown


def test_the_report_of_a_ledger_names_that_ledger(parcels: Path) -> None:
    run("import", *FILES, "--db", "some.db")
    run("backtest", "--db", "some.db", "--html", "report.html")
    text = (parcels / "report.html").read_text(encoding="utf-8")
    assert "troth import" not in text
    assert "--db some.db" in text
    assert "history.db" not in text


def test_how_long_it_was_wrong_is_of_what_has_a_date_and_says_what_is_left_out(parcels: Path) -> None:
    assert parcels.is_dir()
    note = next(row for row in section(rows("backtest", *FILES), "message") if row["message"] == "delivery_note")
    assert (note["wrong_ended"], note["wrong_open"]) == (0, 2), "neither has come by the extract"
    assert note["wrong_median_s"] is None
    carrier = next(row for row in section(rows("backtest", *FILES), "source") if row["source"] == "carrier")
    assert (carrier["dated"], carrier["undated"]) == (1, 3), "the scans themselves do not say when they were heard"


def test_every_chart_is_an_image_with_a_sentence_and_a_table_with_the_same_numbers(report: str) -> None:
    outline = Outline()
    outline.feed(report)
    found = list(drawings(report))
    assert len(found) == 2 * len(outline.named("figure")) > 4
    for svg in found:
        assert svg.get("role") == "img"
        title = svg[0].text or ""
        assert title.endswith(".")
        assert svg.get("aria-labelledby") == svg[0].get("id")
    ids = [attrs["id"] for _, attrs in outline.tags if attrs.get("id")]
    assert len(ids) == len(set(ids))
    after_figures = re.split(r"</figure>", report)[1:]
    assert all("<details>" in part.split("<h2")[0] for part in after_figures)
    for table in outline.named("table"):
        assert table is not None
    assert len(outline.named("table")) == len(outline.named("caption"))
    assert all(attrs.get("scope") in ("col", "row") for attrs in outline.named("th"))


def test_the_report_ends_with_what_it_rests_on(report: str, parcels: Path) -> None:
    assert parcels.is_dir()
    (head,) = section(rows("backtest", *FILES), "backtest")
    tail = report.split("How it was worked out")[1]
    for told in (
        head["digest"],
        head["as_of"],
        head["packs"]["parcel"],
        "Wilson",
        "What the words mean",
        "heard up to",
    ):
        assert told in tail


def test_what_stands_in_the_data_is_text_and_never_markup(parcels: Path) -> None:
    evil = ROWS[2].replace("3,", '"<script>alert(1)</script>",', 1)
    (parcels / "told.csv").write_text(f"{HEAD}\n{evil}\n")
    run("backtest", *FILES, "--html", "report.html")
    text = (parcels / "report.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in text
    assert "<script" not in text


# ---------------------------------------------------------------- plan


@pytest.fixture
def changed(parcels: Path) -> Path:
    """Return a folder with a ledger, and a pack that gives a parcel less time."""
    run("import", *FILES, "--db", "parcels.db")
    shutil.copytree("parcel", "changed")
    text = Path("changed/pack.yaml").read_text()
    Path("changed/pack.yaml").write_text(text.replace("due: {after: 3d}", "due: {after: 12h}"))
    return parcels


def test_a_plan_shows_what_changes_and_for_whom(changed: Path) -> None:
    assert changed.is_dir()
    found = rows("plan", "--pack", "changed", "--db", "parcels.db")
    head, *groups = found
    assert (head["subjects"], head["changed"]) == (5, 5)
    (late,) = (row for row in groups if (row["what"], row["before"], row["after"]) == ("promise", "kept", "late"))
    assert (late["count"], late["ids"]) == (3, ["parcel/1", "parcel/2", "parcel/5"])
    behind = rows("plan", "--pack", "changed", "--db", "parcels.db", "--subjects", late["part"])
    assert [row["subject"] for row in behind] == ["parcel/1", "parcel/2", "parcel/5"]
    for row in groups:
        assert len(rows("plan", "--pack", "changed", "--db", "parcels.db", "--subjects", row["part"])) == row["count"]


def test_two_packs_can_be_named_and_the_same_one_changes_nothing(changed: Path) -> None:
    assert changed.is_dir()
    one = rows("plan", "parcel", "changed", "--db", "parcels.db")
    assert one == rows("plan", "changed", "--db", "parcels.db")
    (same,) = rows("plan", "parcel", "parcel", "--db", "parcels.db")
    assert same["answer"] == "Nothing would change for any of 5 subjects."


def test_a_plan_fails_only_when_it_is_asked_to_and_something_changes(changed: Path) -> None:
    assert changed.is_dir()
    run("plan", "changed", "--db", "parcels.db", "--fail", code=1)
    run("plan", "changed", "--db", "parcels.db")
    run("plan", "parcel", "--db", "parcels.db", "--fail")


def test_a_plan_of_other_packs_parts_or_ledgers_is_refused(changed: Path) -> None:
    assert changed.is_dir()
    assert "B104" in run("plan", "delivery", "changed", "--db", "parcels.db", code=2).output
    assert "B105" in run("plan", "delivery", "--db", "parcels.db", code=2).output
    assert "B106" in run("plan", "changed", "--db", "parcels.db", "--subjects", "promises", code=2).output
    run("plan", "--db", "parcels.db", code=2)
