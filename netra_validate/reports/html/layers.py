"""Where to draw the nodes of a graph: layers from top to bottom, after Sugiyama.

Sugiyama, Tagawa, Toda, "Methods for Visual Understanding of Hierarchical System Structures" (1981):
take the circles out, give each node a layer (the longest path to it), order each layer by the
barycentre of its neighbours, then give coordinates. Pure, and the same for the same graph.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right, insort
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Edge = tuple[int, int]
"""From the node that needs to the node that is needed."""

_SWEEPS: Final = 8
"""Times that the layers are ordered anew: after a few nothing gets better."""

_MOST_BENDS: Final = 1_500
"""Points at which long edges get round the layers between. With more, edges go straight."""


@dataclass(frozen=True, slots=True)
class Layered:
    """A graph in layers. Numbers from ``count`` on are bends of edges that pass through."""

    rows: tuple[tuple[int, ...], ...]
    """From top to bottom, each from left to right."""
    paths: Mapping[Edge, tuple[int, ...]]
    """For each edge the nodes and bends that it goes along, in the order of the rows."""


def layered(count: int, edges: Iterable[Edge], *, widest: int | None = None) -> Layered:
    """Lay out the nodes ``0 … count - 1``. An edge from a node to itself is left out.

    Args:
        count: of the nodes.
        edges: between them, circles and all.
        widest: the most nodes of one row; a larger layer becomes several, so that the edges of the
            first get round the nodes of the next.
    """
    chosen = sorted({edge for edge in edges if edge[0] != edge[1]})
    back = _back_edges(count, chosen)
    forward = {edge: _turned(edge, back) for edge in chosen}
    layer = _layers(count, set(forward.values()))
    layer = _split(layer, widest or count)
    paths = _paths(count, forward, layer)
    for path in paths.values():
        for step, bend in enumerate(path):
            layer.setdefault(bend, layer[path[0]] + step)
    return Layered(_ordered(layer, paths.values()), paths)


def _turned(edge: Edge, back: set[Edge]) -> Edge:
    return (edge[1], edge[0]) if edge in back else edge


def _back_edges(count: int, edges: Sequence[Edge]) -> set[Edge]:
    """The edges that close a circle when walked depth first."""
    after = _adjacency(edges)
    back: set[Edge] = set()
    done: set[int] = set()
    for start in range(count):
        on_path: dict[int, None] = {}
        stack = [(start, False)]
        while stack:
            node, left = stack.pop()
            if left:
                del on_path[node]
                done.add(node)
            elif node not in done and node not in on_path:
                on_path[node] = None
                stack.append((node, True))
                back.update((node, needed) for needed in after[node] if needed in on_path)
                stack.extend((needed, False) for needed in reversed(after[node]))
    return back


def _layers(count: int, edges: set[Edge]) -> dict[int, int]:
    """The longest path to each node; what nothing needs is drawn right above what it needs."""
    after = _adjacency(sorted(edges))
    open_edges = defaultdict(int, {needed: 0 for _, needed in edges})
    for _, needed in edges:
        open_edges[needed] += 1
    layer = dict.fromkeys(range(count), 0)
    tops = [node for node in range(count) if not open_edges[node]]
    waiting = deque(tops)
    while waiting:
        node = waiting.popleft()
        for needed in after[node]:
            layer[needed] = max(layer[needed], layer[node] + 1)
            open_edges[needed] -= 1
            if not open_edges[needed]:
                waiting.append(needed)
    for node in tops:
        layer[node] = min((layer[needed] - 1 for needed in after[node]), default=0)
    return layer


def _split(layer: Mapping[int, int], widest: int) -> dict[int, int]:
    """The layers with none wider than that, each in pieces of about one size."""
    members: defaultdict[int, list[int]] = defaultdict(list)
    for node, at in layer.items():
        members[at].append(node)
    split: dict[int, int] = {}
    row = 0
    for _, nodes in sorted(members.items()):
        pieces = -(-len(nodes) // widest)
        for at, node in enumerate(nodes):
            split[node] = row + at * pieces // len(nodes)
        row += pieces
    return split


def _paths(
    count: int, forward: Mapping[Edge, Edge], layer: Mapping[int, int]
) -> dict[Edge, tuple[int, ...]]:
    """The way of each edge; edges to and fro between two nodes share one."""
    spans = {way: layer[way[1]] - layer[way[0]] - 1 for way in set(forward.values())}
    bends = sum(spans.values()) <= _MOST_BENDS
    ways: dict[Edge, tuple[int, ...]] = {}
    following = count
    for way, span in sorted(spans.items()):
        through = range(following, following + (span if bends else 0))
        ways[way] = (way[0], *through, way[1])
        following = through.stop
    return {edge: ways[way] for edge, way in forward.items()}


def _ordered(
    layer: Mapping[int, int], paths: Iterable[tuple[int, ...]]
) -> tuple[tuple[int, ...], ...]:
    """The layers, each in the order with the fewest crossings that the sweeps came by."""
    rows: list[list[int]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for node in sorted(layer):
        rows[layer[node]].append(node)
    links = sorted({pair for path in paths for pair in itertools.pairwise(path)})
    below = _adjacency(links)
    above = _adjacency([(low, high) for high, low in links])
    best, fewest = [list(row) for row in rows], _crossings(rows, below)
    for sweep in range(_SWEEPS):
        _sweep(rows if sweep % 2 == 0 else rows[::-1], above if sweep % 2 == 0 else below)
        crossings = _crossings(rows, below)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return tuple(tuple(row) for row in best)


def _sweep(rows: Sequence[list[int]], before: Mapping[int, list[int]]) -> None:
    """Order each row by the mean place of what its nodes are tied to in the rows before."""
    place: dict[int, float] = {}
    for row in rows:
        here = {node: float(at) for at, node in enumerate(row)}
        mean = {
            node: sum(near) / len(near)
            for node in row
            if (near := [place[other] for other in before[node] if other in place])
        }
        row.sort(key=lambda node: (mean.get(node, here[node]), here[node]))
        place.update({node: float(at) for at, node in enumerate(row)})


def _crossings(rows: Sequence[Sequence[int]], below: Mapping[int, list[int]]) -> int:
    """How often edges between neighbouring rows cross."""
    total = 0
    for high, low in itertools.pairwise(rows):
        place = {node: at for at, node in enumerate(low)}
        seen: list[int] = []
        for node in high:
            ends = sorted(place[other] for other in below[node] if other in place)
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _adjacency(edges: Iterable[Edge]) -> defaultdict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for start, end in edges:
        found[start].append(end)
    return found


def spread(wanted: Sequence[float], widths: Sequence[float], reach: float) -> list[float]:
    """Centres from left to right, as near to those wanted as their widths allow.

    Isotonic regression by pooling adjacent violators: what would overlap becomes one block around
    the mean of what its members want. Nothing goes further than ``reach`` from 0, if there is room.
    """
    offsets = [0.0]
    for left, right in itertools.pairwise(widths):
        offsets.append(offsets[-1] + (left + right) / 2)
    blocks: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=False):
        mean, size = want - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, members = blocks.pop()
            mean, size = (mean * size + other * members) / (size + members), size + members
        blocks.append((mean, size))
    means = [mean for mean, size in blocks for _ in range(size)]
    first = widths[0] / 2 - reach if widths else 0
    last = reach - widths[-1] / 2 - offsets[-1] if widths else 0
    # Within these bounds of the whole row everyone has room.
    return [
        max(first, min(last, mean)) + offset for mean, offset in zip(means, offsets, strict=False)
    ]
