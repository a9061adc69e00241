"""`troth backtest --weight`: counts stay counts, and each weighted share is what SQL over the table gives by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from tests.unit.surfaces.told_parcels import sent, told_parcels
from troth.surfaces.cli.app import cli

HEAD = "id,posted,delivered,told,withdrawn,known,asked,stands,words"
FILES = ("told.csv", "--pack", "parcel", "--map", "told")


def table() -> list[str]:
    """Return 480 parcels: every third was told of and never came, every fifth was withdrawn late; weights differ."""
    rows = []
    for number in range(480):
        posted, told = "2026-03-01 09:00:00", "2026-03-02 12:00:00"
        delivered = "" if number % 3 == 0 else "2026-03-02 10:00:00"
        late = delivered and number % 5 == 0
        withdrawn = "2026-03-02 11:00:00" if late else ""
        known = f"2026-03-{3 + number % 4:02} 15:30:00" if late else ""
        weight = "" if number % 11 == 0 else "0" if number % 13 == 0 else "0.1" if number % 2 else "3.2188"
        rows.append(f"{number},{posted},{delivered},{told},{withdrawn},{known},,{weight},heavy")
    return rows


@pytest.fixture
def parcels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a pack, its mapping and the rows of the parcels, and work in it."""
    pack = told_parcels(tmp_path, HEAD, table(), before=sent("promise_note", "promise", "posted"))
    path = pack / "mappings" / "told.yaml"
    text = path.read_text().replace(", stands: {column: stands}, words: {column: words}", "")
    path.write_text(text.replace("    events:\n", "    attributes: {parcel.posted: [stands, words]}\n    events:\n", 1))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, code: int = 0) -> Result:
    """Return what a command says."""
    done = CliRunner().invoke(cli, ["backtest", *words])
    assert done.exit_code == code, done.output
    return done


def rows(*words: str) -> list[dict[str, Any]]:
    """Return the rows of a backtest."""
    found: list[dict[str, Any]] = json.loads(run(*words, "--format", "json").stdout)["data"]
    return found


def one(found: list[dict[str, Any]], section: str, **where: Any) -> dict[str, Any]:
    """Return the only row of a section with some values."""
    (row,) = (
        row for row in found if row["section"] == section and all(row[name] == value for name, value in where.items())
    )
    return row


FALSE = "delivered is null or withdrawn is not null"


def ask(query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query over the table."""
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


def by_hand(condition: str, of: str = "true") -> tuple[int, float, float]:
    """Return a count, the weighted share and Kish's effective number, of a query over the table."""
    query = f"""
      select count(*) filter ({condition}), sum(stands) filter ({condition}) / sum(stands),
        sum(stands) * sum(stands) / sum(stands * stands)
      from read_csv('told.csv') where {of}
    """
    (found,) = ask(query)
    return int(found[0]), float(found[1]), float(found[2])


@pytest.mark.parametrize(
    ("section", "where", "counted", "condition", "of"),
    [
        ("message", {"message": "delivery_note"}, "false", FALSE, "true"),
        ("gate_error", {"part": "caught+message=delivery_note"}, "count", "delivered is null", FALSE),
        ("source", {"source": "carrier"}, "worth", "withdrawn is not null", FALSE),
        ("month", {"month": "2026-03"}, "false", FALSE, "true"),
    ],
)
@pytest.mark.usefixtures("parcels")
def test_a_weighted_share_is_what_sql_gives_by_hand(
    section: str, where: dict[str, str], counted: str, condition: str, of: str
) -> None:
    row = one(rows(*FILES, "--weight", "stands"), section, **where)
    before = one(rows(*FILES), section, **where)
    count, share, effective = by_hand(condition, of)
    if section == "month":
        # The promise of the day was told to each as well, and was never false.
        share, effective = share / 2, effective * 2
    assert row[counted] == before[counted] == count, "a count is never weighted"
    assert row["weighted"] == pytest.approx(share, abs=1e-12)
    assert row["n_effective"] == pytest.approx(effective, rel=1e-12)
    assert row["weighted_low"] < share < row["weighted_high"]


@pytest.mark.usefixtures("parcels")
def test_the_interval_rests_on_the_effective_number() -> None:
    row = one(rows(*FILES, "--weight", "stands"), "message", message="delivery_note")
    _, share, n = by_hand(FALSE)
    z = 1.959963984540054
    middle, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    assert row["weighted_low"] == pytest.approx((middle - half) / scale)
    assert row["weighted_high"] == pytest.approx((middle + half) / scale)
    assert row["n_effective"] < row["told"]


@pytest.mark.usefixtures("parcels")
def test_counts_and_unweighted_shares_are_those_of_a_backtest_without_weights() -> None:
    with_weights, without = rows(*FILES, "--weight", "stands"), rows(*FILES)
    dropped = {"weighted", "weighted_low", "weighted_high", "n_effective", "stands_for", "weight",
               "wrong_median_weighted_s", "lag_median_weighted_s", "lag_p95_weighted_s"}  # fmt: skip
    sections = {"figure", "message", "gate", "gate_error", "source", "promise", "month", "example"}
    for row, before in zip(with_weights, without, strict=False):
        if row["section"] in sections:
            assert {name: value for name, value in row.items() if name not in dropped} == before


@pytest.mark.usefixtures("parcels")
def test_the_head_says_what_the_sample_stands_for_and_what_has_no_weight() -> None:
    head, *_ = rows(*FILES, "--weight", "stands")
    ((total, missing),) = ask("select 2 * sum(stands), 3 * count(*) filter (stands is null) from read_csv('told.csv')")
    assert head["stands_for"] == pytest.approx(float(total)), "two messages of each"
    assert head["weightless"] == missing, "two messages and a promise of each"
    assert "by weight" in head["answer"].lower()
    assert any("without a weight" in text for text in head["more"])


@pytest.mark.usefixtures("parcels")
def test_lags_stand_by_count_and_by_weight() -> None:
    row = one(rows(*FILES, "--weight", "stands"), "source", source="carrier")
    query = """
      with lags as (select epoch(known) - epoch(withdrawn) as lag, stands from read_csv('told.csv')
        where known is not null),
      placed as (select lag, sum(stands) over (order by lag) as upto, sum(stands) over () as all_of from lags)
      select count(*), quantile_disc(lag, 0.5), (select min(lag) from placed where upto >= all_of / 2) from lags
    """
    ((dated, counted, weighed),) = ask(query)
    assert row["dated"] == dated
    assert row["lag_median_s"] == pytest.approx(float(counted), rel=0.0625)
    assert row["lag_median_weighted_s"] == pytest.approx(float(weighed), rel=0.0625)


@pytest.mark.usefixtures("parcels")
def test_rows_and_examples_say_what_each_stands_for() -> None:
    weights = dict(ask("select 'parcel/' || id, stands from read_csv('told.csv')"))
    behind = rows(*FILES, "--weight", "stands", "--subjects", "false+message=delivery_note")
    assert len(behind) == by_hand(FALSE)[0]
    assert all(row["weight"] == weights[row["subject"]] for row in behind)
    examples = [row for row in rows(*FILES, "--weight", "stands") if row["section"] == "example"]
    assert all(row["weight"] == weights[row["subject"]] for row in examples)


def test_however_the_work_is_shared_the_weighted_figures_are_the_same(parcels: Path) -> None:
    assert parcels.is_dir()
    alone, shared = (rows(*FILES, "--weight", "stands", "--jobs", jobs)[0]["digest"] for jobs in ("1", "2"))
    assert alone == shared


@pytest.mark.usefixtures("parcels")
def test_the_terminal_and_the_report_say_what_is_weighted() -> None:
    said = run(*FILES, "--weight", "stands", "--format", "table", "--html", "report.html").stdout
    share = f"{by_hand(FALSE)[1]:.1%}"
    assert "weighted" in said
    assert share in said
    text = Path("report.html").read_text(encoding="utf-8")
    assert "Counts are not weighted." in text
    assert "effective number" in text
    assert f"by weight {share}" in text


@pytest.mark.parametrize(
    ("weight", "code"), [("stand", "C116"), ("words", "Q104")], ids=["no such attribute", "no number"]
)
@pytest.mark.usefixtures("parcels")
def test_a_weight_that_is_none_is_refused(weight: str, code: str) -> None:
    exits = {"C116": 2, "Q104": 2}
    assert code in run(*FILES, "--weight", weight, code=exits[code]).output


def test_a_negative_weight_is_refused(parcels: Path) -> None:
    lines = (parcels / "told.csv").read_text().replace(",3.2188,", ",-1,", 1)
    (parcels / "told.csv").write_text(lines)
    assert "Q107" in run(*FILES, "--weight", "stands", code=2).output


def test_few_that_stand_for_many_give_no_share(parcels: Path) -> None:
    lines = (parcels / "told.csv").read_text().replace(",3.2188,", ",0,").replace(",0.1,", ",0,")
    (parcels / "told.csv").write_text(lines.replace(",,0,heavy", ",,1,heavy", 20))
    row = one(rows(*FILES, "--weight", "stands"), "message", message="delivery_note")
    assert row["n_effective"] == 20
    assert row["weighted"] is None
    assert row["share"] is not None
