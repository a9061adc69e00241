"""Layered graphs: every node and edge is drawn once, no two labels touch, circles are no matter, up to 60 states."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.surfaces.svg.kit import SPACE, nodes, outside, overlapping, parsed, texts
from troth.surfaces.svg.graph import TALL, Node, graph
from troth.surfaces.svg.layers import Edge, layered
from troth.surfaces.svg.placed import nearest

MOST = 60
HOSTILE = "<script>alert(\"x\")</script> & 'more'"


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[str], list[Edge]]:
    """Return a graph of up to 60 nodes, with circles, loops, doubles and names of all lengths."""
    count = draw(st.integers(1, 14))
    names = [
        f"{draw(st.sampled_from(['s', 'on_its_way', 'a_state_with_a_rather_long_name']))}{n}" for n in range(count)
    ]
    ends = st.sampled_from(names)
    return names, draw(st.lists(st.tuples(ends, ends), max_size=3 * count))


def drawn(names: list[str], edges: list[Edge]) -> object:
    """Return the drawing of a graph whose nodes are links with a count."""
    return graph("States.", "g", [Node(name, "1,204", f"/x/{name}", name) for name in names], edges)


@settings(max_examples=60)
@given(graphs())
@example((["a"], [("a", "a")]))
@example((["a", "b"], [("a", "b"), ("b", "a"), ("a", "b")]))
@example((["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a")]))
def test_every_node_and_edge_is_drawn_once_and_no_labels_touch(made: tuple[list[str], list[Edge]]) -> None:
    names, edges = made
    chart = graph(
        "States.", "g", [Node(name, "7", f"/x/{name}", name, ("usable", "terminal")) for name in names], edges
    )
    assert sorted(node.get("data-node", "") for node in nodes(chart, "a")) == sorted(names)
    lines = [(one.get("data-from"), one.get("data-to")) for one in nodes(chart, "path", "edge")]
    assert sorted(lines) == sorted(set(edges))
    assert overlapping(chart) == []
    assert outside(chart) == []
    boxes = [_box(one) for one in nodes(chart, "rect", "box")]
    assert not any(_touch(one, other) for one, other in combinations(boxes, 2))


@settings(max_examples=40)
@given(graphs())
def test_the_same_graph_is_the_same_drawing(made: tuple[list[str], list[Edge]]) -> None:
    assert str(drawn(*made)) == str(drawn(*made))


@settings(max_examples=60)
@given(graphs())
def test_edges_lead_from_layer_to_layer_and_end_at_their_nodes(made: tuple[list[str], list[Edge]]) -> None:
    names, edges = made
    made_layers = layered(names, edges)
    for (one, other), path in made_layers.paths.items():
        assert (path[0].node, path[0].lane, path[-1].node, path[-1].lane) == (one, "", other, "")
        assert all(abs(here.layer - there.layer) == 1 for here, there in pairwise(path))
        assert all(item.node == other for item in path[1:])
    placed = [item for layer in made_layers.layers for item in layer]
    assert len(placed) == len(set(placed))
    assert {item.node for item in placed if not item.lane} == set(names)
    for number, layer in enumerate(made_layers.layers):
        assert all(item.layer == number for item in layer)


def test_without_circles_everything_points_downward() -> None:
    names = [f"s{n}" for n in range(12)]
    edges = [(f"s{a}", f"s{b}") for a in range(12) for b in range(a + 1, 12, 3)]
    rank = {item.node: item.layer for layer in layered(names, edges).layers for item in layer if not item.lane}
    assert all(rank[one] < rank[other] for one, other in edges)


@pytest.mark.parametrize("dense", [False, True])
def test_sixty_states_are_drawn(dense: bool) -> None:
    names = [f"state_{n}" for n in range(MOST)]
    step = 1 if dense else 7
    edges = [(f"state_{a}", f"state_{b}") for a in range(MOST) for b in range(0, MOST, step) if a != b]
    edges = edges[:1_200]
    chart = graph("States.", "g", [Node(name, "0") for name in names], edges)
    assert len(nodes(chart, "path", "edge")) == len(set(edges))
    assert len(nodes(chart, "rect", "box")) == MOST
    assert overlapping(chart) == []


def test_what_leads_to_one_node_from_afar_shares_its_way() -> None:
    names = ["a", "b", "c", "d", "end"]
    edges = [*pairwise(names), *((name, "end") for name in names[:-1])]
    lanes = [item for layer in layered(names, edges).layers for item in layer if item.lane]
    assert len(lanes) == 3


def test_texts_are_escaped_and_a_node_that_leads_nowhere_is_no_link() -> None:
    chart = graph(HOSTILE, "g", [Node(HOSTILE, "3", "", HOSTILE), Node("b", "", '/x?"<')], [(HOSTILE, "b")])
    root = parsed(chart)
    assert not list(root.iter(f"{SPACE}script"))
    assert len(nodes(chart, "a")) == 1
    assert nodes(chart, "a")[0].get("href") == '/x?"<'
    assert "3" in texts(chart)


def test_a_long_name_is_cut_and_told_in_full() -> None:
    chart = graph("t", "g", [Node("a_state_with_a_name_that_is_longer_than_any_box", "1", "", "the whole name")], [])
    assert any(text.endswith("…") for text in texts(chart))
    assert "the whole name" in str(chart.svg)


def test_a_title_stands_above_its_name_on_two_lines_if_need_be_and_touches_nothing() -> None:
    titles = ("Ready", "With the driver, on its way to the store", "Unverschwiegenheitsverpflichtungserklärungen")
    made = [Node(f"a_name_{n}", "1,204", f"/x/{n}", "says", title=title) for n, title in enumerate(titles)]
    chart = graph("States.", "g", made, [("a_name_0", "a_name_1"), ("a_name_0", "a_name_2")])
    assert texts(chart)[:3] == ["Ready", "a_name_0", "1,204"]
    assert {"With the driver, on", "its way to the store", "a_name_1"} <= set(texts(chart))
    assert overlapping(chart) == []
    assert {node.get("data-count") for node in nodes(chart, "text")} == {None, "a_name_0", "a_name_1", "a_name_2"}
    boxes = [[float(one.get(name, "nan")) for name in ("y", "height")] for one in nodes(chart, "rect", "box")]
    assert {tall for _, tall in boxes} == {TALL + 16}, "all are as tall as the tallest"
    feet = [float(one.get("y", "nan")) for one in nodes(chart, "text", "code")]
    assert all(top < foot < top + tall for foot, (top, tall) in zip(feet, boxes, strict=True))


def test_what_leads_to_a_node_without_a_line_stands_in_its_box_and_keeps_its_layer() -> None:
    names = ["a", "b", "c", "end"]
    all_edges = [("a", "b"), ("b", "c"), ("a", "end"), ("b", "end"), ("c", "end")]
    made = [Node(name, "7", f"/x/{name}", title=name * 3) for name in names[:3]]
    made.append(Node("end", "7", "/x/end", title="The end", more="from 2 more states"))
    chart = graph("States.", "g", made, [*all_edges[:2], all_edges[-1]], all_edges[2:4])
    lines = {(one.get("data-from"), one.get("data-to")) for one in nodes(chart, "path", "edge")}
    assert lines == {("a", "b"), ("b", "c"), ("c", "end")}
    assert "from 2 more states" in texts(chart)
    assert overlapping(chart) == []
    boxes = [[float(one.get(name, "nan")) for name in ("y", "height")] for one in nodes(chart, "rect", "box")]
    assert {tall for _, tall in boxes} == {TALL + 16}
    (foot,) = [float(one.get("y", "nan")) for one in nodes(chart, "text", "leads")]
    assert max(top for top, _ in boxes) < foot < max(top + tall for top, tall in boxes)

    def layer(edges: list[Edge], unseen: list[Edge]) -> dict[str, int]:
        return {item.node: item.layer for row in layered(names, edges, unseen).layers for item in row if not item.lane}

    assert layer([("a", "b")], [("a", "c"), ("c", "b"), ("b", "end")]) == {"a": 0, "c": 1, "b": 2, "end": 3}


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=12), st.floats(1, 60))
def test_places_keep_their_order_and_their_room(wishes: list[float], room: float) -> None:
    found = nearest(wishes, [1.0] * len(wishes), [room] * (len(wishes) - 1))
    assert all(after - before >= room - 1e-6 for before, after in pairwise(found))
    if all(after - before >= room for before, after in pairwise(wishes)):
        assert found == pytest.approx(wishes)


def _box(node: object) -> tuple[float, float, float, float]:
    """Return left, right, top and bottom of a rectangle."""
    x, y, wide, tall = (float(node.get(name)) for name in ("x", "y", "width", "height"))  # type: ignore[attr-defined]
    assert tall == TALL
    return x, x + wide, y, y + tall


def _touch(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Return whether two rectangles overlap."""
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]
