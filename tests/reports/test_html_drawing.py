"""Where the nodes and arrows of the topology stand."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netra_validate.reports.html.drawing import draw_narrow, draw_wide
from netra_validate.reports.html.layers import layered, spread

DRAWERS = pytest.mark.parametrize("draw", [draw_wide, draw_narrow])


@st.composite
def graphs(draw):
    count = draw(st.integers(0, 25))
    node = st.integers(0, max(count - 1, 0))
    edges = draw(st.lists(st.tuples(node, node), max_size=40)) if count else []
    return count, edges


def rows_of(graph):
    return {node: at for at, row in enumerate(graph.rows) for node in row}


def test_what_is_needed_stands_below_what_needs_it():
    rows = rows_of(layered(4, [(0, 1), (1, 2), (0, 2), (3, 2)]))
    assert [rows[node] for node in range(4)] == [0, 1, 2, 1]


def test_a_long_edge_gets_round_the_layers_between():
    graph = layered(3, [(0, 1), (1, 2), (0, 2)])
    assert graph.paths[0, 2] == (0, 3, 2)
    assert set(graph.rows[1]) == {1, 3}


def test_crossings_that_need_not_be_are_not():
    graph = layered(6, [(0, 5), (1, 4), (2, 3)])
    order = [node - 3 for node in graph.rows[1]]
    assert graph.rows[0] == tuple(2 - at for at in order)


def test_a_circle_is_drawn_with_an_arrow_that_goes_up():
    graph = layered(3, [(0, 1), (1, 2), (2, 0)])
    assert [rows_of(graph)[node] for node in range(3)] == [0, 1, 2]
    drawing = draw_wide(3, [(0, 1), (1, 2), (2, 0)])
    (back,) = (line for line in drawing.lines if line.edge == (2, 0))
    steps = [int(word) for word in re.findall(r"-?\d+", back.path)]
    assert steps[1] > steps[-1]


def test_a_large_layer_takes_several_rows():
    graph = layered(14, [(0, node) for node in range(1, 13)] + [(1, 13)], widest=4)
    assert all(sum(node < 14 for node in row) <= 4 for row in graph.rows)


@given(graphs(), st.integers(1, 6))
def test_every_node_is_in_one_row_and_every_edge_goes_down_step_by_step(graph, widest):
    count, edges = graph
    found = layered(count, edges, widest=widest)
    rows = rows_of(found)
    assert sorted(node for row in found.rows for node in row) == sorted(rows)
    assert set(range(count)) <= set(rows)
    assert set(found.paths) == {edge for edge in edges if edge[0] != edge[1]}
    for edge, path in found.paths.items():
        assert {path[0], path[-1]} == set(edge)
        assert [rows[node] for node in path] == list(range(rows[path[0]], rows[path[-1]] + 1))


@DRAWERS
@given(graphs())
def test_no_node_lies_on_another_and_all_are_on_the_picture(draw, graph):
    count, edges = graph
    drawing = draw(count, edges)
    assert len(drawing.boxes) == count
    for at, box in enumerate(drawing.boxes):
        assert box.x >= 0
        assert box.x + box.width <= drawing.width
        assert box.y >= 0
        assert box.y + box.height <= drawing.height
        for other in drawing.boxes[:at]:
            assert (
                box.x + box.width <= other.x
                or other.x + other.width <= box.x
                or box.y + box.height <= other.y
                or other.y + other.height <= box.y
            )
    assert draw(count, reversed(edges)) == drawing


@DRAWERS
@given(graphs())
def test_every_arrow_stays_on_the_picture_and_ends_at_its_node(draw, graph):
    count, edges = graph
    drawing = draw(count, edges)
    assert {line.edge for line in drawing.lines} == {edge for edge in edges if edge[0] != edge[1]}
    for line in drawing.lines:
        assert re.fullmatch(r"(?:[MCHVQ](?:-?\d+ ?)+)+", line.path)
        across = [
            int(number)
            for pair in re.findall(r"[MCQ]([\d ]+)", line.path)
            for number in pair.split()[::2]
        ]
        assert all(0 <= x <= drawing.width for x in across)


@pytest.mark.parametrize("count", [0, 1])
@DRAWERS
def test_little_is_drawn_little(draw, count):
    drawing = draw(count, [])
    assert len(drawing.boxes) == count
    assert drawing.lines == ()


@DRAWERS
def test_a_wide_picture_fits_a_desk_and_a_narrow_one_a_phone(draw):
    edges = [(0, node) for node in range(1, 13)] + [(node, 13) for node in range(1, 13)]
    assert draw(20, edges).width <= (1_040 if draw is draw_wide else 340)


@DRAWERS
@pytest.mark.parametrize("shape", ["chain", "dense", "star"])
def test_three_hundred_nodes_take_no_time(draw, shape):
    nodes = range(300)
    edges = {
        "chain": [(node, node + 1) for node in nodes[:-1]],
        "dense": [(one, other) for one in nodes for other in range(one % 7, 300, 97)],
        "star": [(0, node) for node in nodes[1:]],
    }[shape]
    began = time.process_time()
    assert len(draw(300, edges).boxes) == 300
    assert time.process_time() - began < 2


@given(
    st.lists(st.tuples(st.floats(-500, 500), st.floats(1, 100)), max_size=12),
    st.floats(1_200, 5_000),
)
def test_what_is_spread_keeps_its_order_and_its_distance(items, reach):
    wanted, widths = [want for want, _ in items], [width for _, width in items]
    centres = spread(wanted, widths, reach)
    for at in range(len(centres) - 1):
        assert centres[at + 1] - centres[at] >= (widths[at] + widths[at + 1]) / 2 - 1e-6
    assert all(abs(centre) <= reach for centre in centres)


def test_what_has_room_stands_where_it_wants():
    assert spread([-100, 50], [10, 10], 500) == [-100, 50]
    assert spread([0, 0], [10, 10], 500) == [-5, 5]
    assert spread([400, 400], [10, 10], 100) == [85, 95]
