"""A graph as shapes: wide for a desk, in layers, and narrow for a phone, one node to a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from netra_validate.reports.html.layers import Edge, Layered, layered, spread

_WIDTH: Final = 200
"""Of a node, in CSS pixels: a name of eighteen letters."""
_HEIGHT: Final = 54
_BEND: Final = 16
"""Room for an edge between nodes."""
_GAP: Final = 26
_BETWEEN_ROWS: Final = 56
_MARGIN: Final = 14
"""Around the picture: the ring of a root cause needs some of it."""
_PER_ROW: Final = 4
"""Nodes beside each other: so many fit on a page at a desk. A larger layer takes several rows."""
_PASSES: Final = 6
_PORTS: Final = 24
"""Between the ends of two edges on one side of a node."""
_ASIDE: Final = 7
_TIP: Final = 7
"""How far from a node an arrow ends: the ring of a root cause lies between."""

_NARROW: Final = 340
"""Width of the narrow picture: a phone has 390 and a margin on each side."""
_NARROW_HEIGHT: Final = 50
_NARROW_GAP: Final = 20
_LANE: Final = 11
_BEFORE_LANES: Final = 20
"""From a node to the first lane: an arrow has to fit."""
_MOST_LANES: Final = 8
"""Lanes beside the nodes; more would leave no room for names. From there on they are shared."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node is drawn."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Line:
    """How an edge is drawn: the data of an SVG path."""

    edge: Edge
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture of a graph."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    """Of each node."""
    lines: tuple[Line, ...]


def draw_wide(count: int, edges: Iterable[Edge]) -> Drawing:
    """In layers, what needs above what is needed. Nodes that nothing ties stand below."""
    edges = sorted(set(edges))
    graph = layered(count, edges, widest=_PER_ROW)
    lines = list(_rows(graph, count))
    tops = _tops(lines)
    centres = _centres(lines, graph, count)
    left = min((centres[node] - _width(node, count) / 2 for node in centres), default=0)
    centres = {node: centre - left for node, centre in centres.items()}
    boxes = tuple(
        Box(round(centres[node] - _WIDTH / 2), tops[node], _WIDTH, _HEIGHT) for node in range(count)
    )
    return Drawing(
        round(max((centres[node] + _width(node, count) / 2 for node in centres), default=0)),
        max((box.y + box.height for box in boxes), default=0) + _MARGIN,
        boxes,
        tuple(_curves(graph, centres, tops)),
    )


def _rows(graph: Layered, count: int) -> Iterator[tuple[int, ...]]:
    """The lines of the picture: the layers, then what nothing ties, in lines of about one size."""
    tied = {node for edge in graph.paths for node in edge}
    for row in graph.rows:
        nodes = tuple(node for node in row if node in tied or node >= count)
        if nodes:
            yield nodes
    loose = [node for node in range(count) if node not in tied]
    lines = -(-len(loose) // _PER_ROW)
    for at in range(lines):
        yield tuple(loose[at * len(loose) // lines : (at + 1) * len(loose) // lines])


def _tops(lines: Sequence[Sequence[int]]) -> dict[int, int]:
    step = _HEIGHT + _BETWEEN_ROWS
    return {node: _MARGIN + at * step for at, line in enumerate(lines) for node in line}


def _width(node: int, count: int) -> int:
    """Of a node or a bend, with the room around it."""
    return _WIDTH + _GAP if node < count else _BEND


def _centres(lines: Sequence[Sequence[int]], graph: Layered, count: int) -> dict[int, float]:
    """Where each node stands across: near what it is tied to, without overlap."""
    near: defaultdict[int, set[int]] = defaultdict(set)
    for path in graph.paths.values():
        for high, low in pairwise(path):
            near[high].add(low)
            near[low].add(high)
    widths = [[_width(node, count) for node in line] for line in lines]
    reach = max(map(sum, widths), default=0) / 2
    centres: dict[int, float] = {}
    for line, sizes in zip(lines, widths, strict=True):
        centres.update(zip(line, spread([0.0] * len(line), sizes, reach), strict=True))
    for turn in range(_PASSES):
        for line, sizes in list(zip(lines, widths, strict=True))[:: 1 if turn % 2 else -1]:
            wanted = [_mean(near[node], centres, centres[node]) for node in line]
            centres.update(zip(line, spread(wanted, sizes, reach), strict=True))
    return centres


def _mean(near: Iterable[int], centres: Mapping[int, float], otherwise: float) -> float:
    places = [centres[node] for node in sorted(near)]
    return sum(places) / len(places) if places else otherwise


def _curves(
    graph: Layered, centres: Mapping[int, float], tops: Mapping[int, int]
) -> Iterator[Line]:
    """Each edge from the side of the node that needs to the side of the one that is needed."""
    ways = {
        edge: path if path[0] == edge[0] else path[::-1]
        for edge, path in sorted(graph.paths.items())
    }
    leaving = _ports(ways, centres, end=0)
    arriving = _ports(ways, centres, end=-1)
    for edge, way in ways.items():
        down = tops[way[-1]] > tops[way[0]]
        # Two edges to and fro between the same nodes go beside each other.
        aside = 0 if way is graph.paths[edge] else _ASIDE
        across = [centres[node] + aside for node in way]
        across[0] += leaving[edge]
        across[-1] += arriving[edge]
        yield Line(edge, _curve(across, [tops[node] for node in way], down=down))


def _ports(
    ways: Mapping[Edge, tuple[int, ...]], centres: Mapping[int, float], *, end: int
) -> dict[Edge, float]:
    """How far from the middle of its node each edge ends, so that no two end in one point."""
    at_node: defaultdict[int, list[Edge]] = defaultdict(list)
    for edge in ways:
        at_node[edge[end]].append(edge)
    shifts: dict[Edge, float] = {}
    for edges in at_node.values():
        edges.sort(key=lambda edge: (centres[ways[edge][1 if end == 0 else -2]], edge))
        step = min(_PORTS, _WIDTH * 0.8 / len(edges))
        for at, edge in enumerate(edges):
            shifts[edge] = (at - (len(edges) - 1) / 2) * step
    return shifts


def _curve(across: Sequence[float], tops: Sequence[int], *, down: bool) -> str:
    """A path that leaves and arrives upright and runs straight through the rows between."""
    enter, leave = (0, _HEIGHT) if down else (_HEIGHT, 0)
    x, y = round(across[0]), tops[0] + leave
    parts = [f"M{x} {y}"]
    for step, (centre, top) in enumerate(zip(across[1:], tops[1:], strict=True), 1):
        last = step == len(across) - 1
        to_x, to_y = round(centre), top + enter - (_TIP if down else -_TIP) * last
        middle = (y + to_y) // 2
        parts.append(f"C{x} {middle} {to_x} {middle} {to_x} {to_y}")
        x, y = to_x, top + leave
        if not last:
            parts.append(f"V{y}")
    return "".join(parts)


def draw_narrow(count: int, edges: Iterable[Edge]) -> Drawing:
    """One node to a line; edges run in lanes at the left, one lane for each node that is needed."""
    edges = sorted({edge for edge in edges if edge[0] != edge[1]})
    graph = layered(count, edges)
    tied = {node for edge in edges for node in edge}
    order = [node for row in graph.rows for node in row if node in tied]
    order += [node for node in range(count) if node not in tied]
    place = {node: at for at, node in enumerate(order)}
    lanes = _lanes(edges, place)
    left = _MARGIN + (_LANE * max(lanes.values()) + _BEFORE_LANES if lanes else 0)
    step = _NARROW_HEIGHT + _NARROW_GAP
    boxes = tuple(
        Box(left, _MARGIN + place[node] * step, _NARROW - left - _MARGIN, _NARROW_HEIGHT)
        for node in range(count)
    )
    return Drawing(
        _NARROW,
        2 * _MARGIN + count * step - _NARROW_GAP if count else 0,
        boxes,
        tuple(Line(edge, _bracket(boxes, edge, left, lanes[edge[1]])) for edge in edges),
    )


def _lanes(edges: Sequence[Edge], place: Mapping[int, int]) -> dict[int, int]:
    """A lane for each node that is needed, from the right; short ones lie inside."""
    spans: dict[int, tuple[int, int]] = {}
    for user, needed in edges:
        low, high = spans.get(needed, (place[needed], place[needed]))
        spans[needed] = (min(low, place[user]), max(high, place[user]))
    taken: list[list[tuple[int, int]]] = []
    lanes: dict[int, int] = {}
    for needed, span in sorted(spans.items(), key=_length):
        lane = next((at for at, others in enumerate(taken) if _free(others, span)), len(taken))
        lanes[needed] = min(lane, _MOST_LANES - 1)
        if lane == len(taken) and lane < _MOST_LANES:
            taken.append([])
        taken[lanes[needed]].append(span)
    return lanes


def _length(item: tuple[int, tuple[int, int]]) -> tuple[int, int]:
    needed, (low, high) = item
    return (high - low, needed)


def _free(others: Iterable[tuple[int, int]], span: tuple[int, int]) -> bool:
    return all(high < span[0] or span[1] < low for low, high in others)


def _bracket(boxes: Sequence[Box], edge: Edge, left: int, lane: int) -> str:
    """Out of the node that needs, along the lane, into the node that is needed."""
    start, end = (boxes[node].y + boxes[node].height // 2 for node in edge)
    down = 1 if end > start else -1
    start, end = start + 7, end - 7  # leaving below where others arrive
    x, bow = left - _BEFORE_LANES - _LANE * lane, 8
    return (
        f"M{left} {start}H{x + bow}Q{x} {start} {x} {start + bow * down}"
        f"V{end - bow * down}Q{x} {end} {x + bow} {end}H{left - _TIP}"
    )
