"""Trends, sparks and step curves: strict XML, one mark for each number, links that lead to the rows, labels apart."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.surfaces.svg.kit import SPACE, nodes, outside, overlapping, parsed, texts
from troth.surfaces.svg.frame import NARROW, WIDE, Chart
from troth.surfaces.svg.scale import EM
from troth.surfaces.svg.survival import Jump, Mark, survival
from troth.surfaces.svg.trend import Step, room_of, spark, trend

HOSTILE = "<script>alert(\"x\")</script> & 'more'"


def percent(value: float) -> str:
    """Return a share in percent."""
    return f"{value:.1%}"


def steps(count: int = 13, href: str = "/rows?a=1&b=2") -> list[Step]:
    """Return a trend in which one step had too few cases."""
    made = [Step(f"{number} May 2013", 0.9 + number / 200, 0.88 + number / 200, 0.92 + number / 200, href, "note")
            for number in range(count)]  # fmt: skip
    return [*made[:2], Step(made[2].label, None, href=href, note="too few"), *made[3:]]


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_a_trend_has_a_dot_for_each_figure_and_a_link_for_each_step_that_a_finger_can_hit(width: float) -> None:
    drawn = trend(HOSTILE, "t", steps(), width=width, written=percent, share=True, target=0.95, target_says="objective")
    assert len(nodes(drawn, "circle")) == 12
    assert len(nodes(drawn, "polygon")) == 2, "a gap parts the band"
    links = nodes(drawn, "a")
    assert len(links) in (0, 13)
    for link in links:
        (field,) = link.findall(f"{SPACE}rect")
        assert float(field.get("width", "0")) >= 24
        assert link.get("href") == "/rows?a=1&b=2"
        assert link.get("aria-label")
        assert link.get("tabindex") == "-1"
    assert len(nodes(drawn, "line", "target")) == 1
    assert overlapping(drawn) == []
    assert outside(drawn) == []


@pytest.mark.parametrize("target", [0.0, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("figure", [0.05, 0.81, 0.99])
def test_the_words_of_an_objective_never_lie_on_its_line(target: float, figure: float) -> None:
    points = [Step("2 Mar 2026", figure, figure - 0.04, figure)]
    drawn = trend("says", "t", points, written=percent, share=True, target=target, target_says="objective")
    (line,), (words,) = nodes(drawn, "line", "target"), nodes(drawn, "text", "aimed")
    place, foot = float(line.get("y1", "nan")), float(words.get("y", "nan"))
    assert foot <= place - 3 or foot - EM >= place + 1
    assert foot - EM >= 0
    assert overlapping(drawn) == []
    assert outside(drawn) == []


def test_a_wide_trend_has_links_and_they_are_not_inside_of_the_image() -> None:
    drawn = trend("says", "t", steps(), written=percent, share=True)
    (image,) = [node for node in nodes(drawn, "g") if node.get("role") == "img"]
    assert image.get("aria-labelledby") == "t-title"
    assert len(nodes(drawn, "a")) == 13
    assert list(image.iter(f"{SPACE}a")) == []


def drawings() -> dict[str, Chart]:
    """Return one of each kind, with hostile words in it."""
    jumps = [Jump(60.0 * number, number / 12, number / 14, min(1.0, number / 10)) for number in range(1, 11)]
    marks = [Mark(360.0, 0.5, HOSTILE[:20])]
    return {
        "trend": trend(HOSTILE, "t", [Step(HOSTILE[:12], 0.5, href=HOSTILE, note=HOSTILE)], share=True),
        "spark": spark(HOSTILE, "s", steps()),
        "survival": survival(HOSTILE, "c", jumps, until=900.0, marks=marks, written=lambda value: f"{value:.0f} s"),
    }


@pytest.mark.parametrize("kind", list(drawings()))
def test_a_drawing_is_a_named_image_in_strict_xml_whatever_is_written_in_it(kind: str) -> None:
    chart = drawings()[kind]
    root = parsed(chart)
    (title,) = [node for node in root if node.tag.endswith("title")]
    assert title.text == chart.title == HOSTILE
    images = [node for node in root.iter() if node.get("role") == "img"]
    assert [node.get("aria-labelledby") for node in images] == [title.get("id")]
    assert not nodes(chart, "script")
    assert 'style="' not in chart.svg
    assert "http" not in chart.svg.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_a_step_curve_steps_and_says_its_median_without_touching_another_label(width: float) -> None:
    jumps = [Jump(3_600.0 * number, number / 12, number / 14, min(1.0, number / 10)) for number in range(1, 11)]
    drawn = survival("says", "c", jumps, until=40_000.0, width=width, unit=3_600.0, written=lambda t: f"{t / 3600:g} h",
                     marks=[Mark(21_600.0, 0.5, "half within 6 h")])  # fmt: skip
    (line,) = nodes(drawn, "polyline", "line")
    corners = [tuple(map(float, corner.split(","))) for corner in line.get("points", "").split()]
    assert len(corners) == 2 + 2 * len(jumps)
    assert all(one[0] == other[0] or one[1] == other[1] for one, other in itertools.pairwise(corners))
    assert len(nodes(drawn, "polygon", "band")) == 1
    assert "half within 6 h" in texts(drawn)
    assert overlapping(drawn) == []
    assert outside(drawn) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_the_room_holds_all_shares_and_stays_within_0_and_1(values: list[float]) -> None:
    room = room_of(values, share=True)
    assert room.low - 1e-9 <= min(values)
    assert max(values) <= room.high + 1e-9
    assert 0 <= room.low < room.high <= 1 + 1e-9
    assert 2 <= len(room.marks) <= 12


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=20))
def test_the_room_holds_all_times(values: list[float]) -> None:
    room = room_of(values, share=False)
    assert room.low <= min(values) * (1 + 1e-9)
    assert max(values) <= room.high * (1 + 1e-9)
    assert room.low < room.high


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=62), st.sampled_from([NARROW, WIDE, 460.0]))
def test_a_trend_of_any_values_keeps_its_labels_apart(values: list[float | None], width: float) -> None:
    points = [Step(f"{number} Jan 2013", value, value, value) for number, value in enumerate(values)]
    drawn = trend("says", "t", points, width=width, written=percent, share=True)
    assert len(nodes(drawn, "circle")) == sum(1 for value in values if value is not None)
    assert overlapping(drawn) == []
