"""Every chart is well-formed XML with the marks that its numbers ask for, and no two labels stand upon each other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.surfaces.svg.kit import nodes, outside, overlapping, parsed, texts
from troth.surfaces.svg.bars import Bar, bars
from troth.surfaces.svg.frame import NARROW, WIDE, Chart
from troth.surfaces.svg.line import line
from troth.surfaces.svg.stacked import Stack, stacked
from troth.surfaces.svg.stretches import Figure
from troth.surfaces.svg.style import CSS

HOSTILE = "<script>alert(\"x\")</script> & 'more'"

ROWS = [
    Bar("survey", 0.22, 0.20, 0.24, "22.0% (3,092)", "bad"),
    Bar("a name that is a good deal longer than there is room for beside a bar", 0.01, 0.0, 0.03, "1.0% (4)"),
    Bar("thin", None, note="3 of 12: fewer than 30"),
]
POINTS = [Figure(f"2018-{month:02}", month / 100, month / 120, month / 80) for month in range(1, 13)]


def percent(value: float) -> str:
    """Return a share in percent."""
    return f"{value:.1%}"


def drawings(title: str, label: str) -> dict[str, Callable[[float], Chart]]:
    """Return how to draw one of each kind, with a title and a label in it."""
    return {
        "bars": lambda width: bars(title, "b", [Bar(label, 0.5, 0.4, 0.6), *ROWS], width=width, written=percent),
        "line": lambda width: line(title, "l", [*POINTS, Figure(label[:20], 0.2)], width=width, written=percent),
        "stacked": lambda width: stacked(
            title, "s", [Stack(label, {"SEND": 5, "HOLD": 90})], ["SEND", "HOLD"], width=width
        ),
    }


@pytest.mark.parametrize("kind", drawings("", ""))
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_a_chart_is_a_named_image_in_strict_xml_whatever_is_written_in_it(kind: str, width: float) -> None:
    chart = drawings(HOSTILE, HOSTILE)[kind](width)
    root = parsed(chart)
    assert root.get("role") == "img"
    (title,) = [node for node in root if node.tag.endswith("title")]
    assert title.text == chart.title == HOSTILE
    assert root.get("aria-labelledby") == title.get("id")
    assert not nodes(chart, "script")
    assert 'style="' not in chart.svg, "a strict policy blocks it"
    assert "http" not in chart.svg.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("kind", drawings("", ""))
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_no_two_labels_stand_upon_each_other_and_none_leaves_the_drawing(kind: str, width: float) -> None:
    chart = drawings("What it shows.", "confirmation of the order")[kind](width)
    assert overlapping(chart) == []
    assert outside(chart) == []


def test_a_bar_a_whisker_and_two_labels_for_each_row() -> None:
    chart = bars("Shares.", "b", ROWS, written=percent)
    assert len(nodes(chart, "rect", "bar")) == 2, "too few cases have no bar"
    assert len(nodes(chart, "path", "whisker")) == 2
    assert "3 of 12: fewer than 30" in texts(chart)
    assert [node.get("class") for node in nodes(chart, "rect")] == ["bar bad", "bar plain"]
    (cut,) = [node for node in nodes(chart, "text") if len(node)]
    assert cut[0].text == ROWS[1].label, "what is cut tells the whole"


def test_bars_are_as_long_as_their_values() -> None:
    chart = bars("Shares.", "b", [Bar("a", 0.25), Bar("b", 0.5), Bar("c", 0.0)], written=percent, top=1.0)
    one, other, nothing = (float(node.get("width", "")) for node in nodes(chart, "rect"))
    assert other == pytest.approx(2 * one, abs=0.02)
    assert nothing == 1.0


def test_a_line_has_a_point_and_a_tip_for_each_value_and_a_gap_where_there_is_none() -> None:
    points = [*POINTS[:4], Figure("2018-05", None), *POINTS[5:]]
    chart = line("Month by month.", "l", points, written=percent)
    assert len(nodes(chart, "circle", "dot")) == 11
    assert len(nodes(chart, "polyline", "line")) == 2
    assert len(nodes(chart, "polygon", "band")) == 2
    assert nodes(chart, "circle")[0][0].text == "2018-01: 1.0%"
    assert "2018-01" in texts(chart)
    assert "2018-12" in texts(chart)


def test_a_point_alone_shows_its_interval() -> None:
    chart = line("Month by month.", "l", [Figure("2018-01", 0.5, 0.4, 0.6), Figure("2018-02", None)], written=percent)
    assert len(nodes(chart, "line", "whisker")) == 1


def test_stacks_have_a_part_for_each_count_with_a_pattern_and_a_legend() -> None:
    rows = [Stack("false", {"SEND": 0, "HOLD": 30, "SUPPRESS": 70}), Stack("true", {"SEND": 100})]
    chart = stacked("Decisions.", "s", rows, ["SEND", "HOLD", "SUPPRESS"])
    wholes = [float(node.get("width", "")) for node in nodes(chart, "rect", "part")]
    assert len(wholes) == 3 + 2 + 1, "legend, first, second"
    assert len(nodes(chart, "pattern")) == 3
    assert {"SEND", "HOLD", "SUPPRESS", "30%", "70%", "100%"} <= set(texts(chart))
    assert wholes[3] + wholes[4] + 1 == pytest.approx(wholes[5], abs=0.1), "parts make up the whole"


@settings(max_examples=60)
@given(
    rows=st.lists(
        st.tuples(st.text(min_size=1, max_size=60), *[st.floats(0, 1)] * 3), min_size=1, max_size=8
    ),
    width=st.sampled_from([NARROW, WIDE]),
)  # fmt: skip
@example([("0", 0.0, 0.0, 3.1138112665938985e-242)], NARROW)
@example([("0", 0.0, 0.0, 5e-324)], WIDE)
def test_whatever_the_rows_bars_can_be_read_and_do_not_overlap(
    rows: list[tuple[str, float, float, float]], width: float
) -> None:
    printable = []
    for label, *three in rows:
        low, value, high = sorted(three)
        printable.append(Bar("".join(c if " " <= c <= "~" else "?" for c in label), value, low, high))
    chart = bars("Shares.", "b", printable, width=width, written=percent)
    assert overlapping(chart) == []
    assert len(nodes(chart, "rect", "bar")) == len(rows)


def _light(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    text = colour.lstrip("#")
    full = "".join(letter * 2 for letter in text) if len(text) == 3 else text
    parts = [int(full[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    """Return the contrast of two colours."""
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_every_colour_stands_out_from_its_ground(scheme: int) -> None:
    block = CSS.split(":root{")[1 + scheme].split("}")[0]
    colours = dict(part.strip().removeprefix("--").split(":") for part in block.split(";") if part.strip())
    ground = colours["ground"]
    assert min(_contrast(colours[name], ground) for name in ("ink", "soft")) >= 4.5
    marks = ("line", "bad", "good", "plain", "p0", "p1", "p2", "p3", "p4", "p5")
    assert min(_contrast(colours[name], ground) for name in marks) >= 3.0
