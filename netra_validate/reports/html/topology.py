"""The environment as a picture: its resources, what each needs, and how each was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from netra_validate.causes import Causes
from netra_validate.model import DeclaredResource, ProbeResult, ResourceRef
from netra_validate.reports.html import states, texts
from netra_validate.reports.html.drawing import Box, Drawing, draw_narrow, draw_wide
from netra_validate.reports.html.layers import Edge
from netra_validate.reports.html.states import State
from netra_validate.reports.html.texts import cut, cut_to_cells
from netra_validate.wording import counted

MOST_NODES: Final = 400
_MOST_EDGES: Final = 1_200
"""More cannot be told apart."""

_TALL: Final = 1_800
"""Pixels: two screens, of which nobody loses the thread."""

_NAME_CELL: Final = 7.9
_KIND_CELL: Final = 7.0
"""Widths of a letter, in pixels: both are in a font with one width."""
_BESIDE: Final = 46
"""Pixels of a node that its sign and its edges take."""


@dataclass(frozen=True, slots=True)
class Node:
    """A resource in the picture."""

    box: Box
    state: State
    kind: str
    name: str
    title: str
    """All of it, for those who point at it or cannot see it."""
    root: bool
    href: str | None
    """Where its worst probe stands on the page."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """One resource needs another."""

    path: str
    hot: bool
    """Whether the failure goes along it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawing of the topology."""

    name: str
    width: int
    height: int
    tall: bool
    """Whether it has to be scrolled in a box of its own."""
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]


@dataclass(frozen=True, slots=True)
class Topology:
    """Both drawings, and what to say about them."""

    pictures: tuple[Picture, ...]
    label: str
    """What a picture shows, in words."""
    legend: tuple[State, ...]
    left_out: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the picture is made from."""

    resources: Sequence[DeclaredResource]
    probes: Mapping[ResourceRef, Sequence[ProbeResult]]
    roots: frozenset[ResourceRef]
    anchors: Mapping[str, str]

    def state(self, at: int) -> State:
        return states.of_resource(self.probes.get(self.resources[at].ref, ()))


def topology(
    resources: Sequence[DeclaredResource],
    probes: Iterable[ProbeResult],
    trees: Causes,
    anchors: Mapping[str, str],
) -> Topology | None:
    """The picture, or None where nothing is declared."""
    if not resources:
        return None
    by_resource: defaultdict[ResourceRef, list[ProbeResult]] = defaultdict(list)
    for probe in probes:
        by_resource[probe.resource].append(probe)
    roots = frozenset(root.resource for root in trees.roots)
    known = _Known(resources[:MOST_NODES], by_resource, roots, anchors)
    edges = list(_edges(known.resources))
    drawings = (
        ("wide", draw_wide(len(known.resources), edges[:_MOST_EDGES])),
        ("narrow", draw_narrow(len(known.resources), edges[:_MOST_EDGES])),
    )
    return Topology(
        tuple(_picture(name, drawing, known) for name, drawing in drawings),
        _label(known),
        _legend(known),
        _left_out(len(resources) - MOST_NODES, len(edges) - _MOST_EDGES),
    )


def _edges(resources: Sequence[DeclaredResource]) -> Iterator[Edge]:
    """What needs what, by number. A need of what is not declared has no place in the picture."""
    number: dict[ResourceRef, int] = {}
    for at, resource in enumerate(resources):
        number.setdefault(resource.ref, at)
    for at, resource in enumerate(resources):
        for needed in resource.needs:
            if needed in number and number[needed] != at:
                yield at, number[needed]


def _picture(name: str, drawing: Drawing, known: _Known) -> Picture:
    return Picture(
        name,
        drawing.width,
        drawing.height,
        drawing.height > _TALL,
        tuple(_node(at, box, known) for at, box in enumerate(drawing.boxes)),
        tuple(sorted(_arrows(drawing, known), key=lambda arrow: arrow.hot)),
    )


def _arrows(drawing: Drawing, known: _Known) -> Iterator[Arrow]:
    for line in drawing.lines:
        yield Arrow(line.path, _is_hot(line.edge, known))


def _node(at: int, box: Box, known: _Known) -> Node:
    ref = known.resources[at].ref
    probes = known.probes.get(ref, ())
    state, root = known.state(at), ref in known.roots
    words = [state.label, *(["root cause"] if root else [])]
    looked = f", {counted(len(probes), 'probe')}" if probes else ""
    return Node(
        box,
        state,
        cut_to_cells(ref.kind, int((box.width - _BESIDE) / _KIND_CELL)),
        cut_to_cells(ref.name, int((box.width - _BESIDE) / _NAME_CELL)),
        f"{cut(str(ref), 2 * texts.NAME)}: {', '.join(words)}{looked}",
        root,
        _href(probes, state, known),
    )


def _href(probes: Sequence[ProbeResult], state: State, known: _Known) -> str | None:
    ranked = sorted(probes, key=lambda probe: (states.of_probe(probe) != state, probe.id))
    return f"#{known.anchors[ranked[0].id]}" if ranked else None


def _is_hot(edge: Edge, known: _Known) -> bool:
    """Whether what is needed has failed, and what needs it is not well either."""
    user, needed = (known.state(end).name for end in edge)
    return needed == "fail" and user in {"fail", "error"}


def _label(known: _Known) -> str:
    roots = sorted(str(ref) for ref in known.roots)[:3]
    cause = f"; root cause: {', '.join(cut(root, texts.NAME) for root in roots)}" if roots else ""
    return f"{counted(len(known.resources), 'resource')} and what each needs{cause}"


def _legend(known: _Known) -> tuple[State, ...]:
    """Every state in the picture, the worst first."""
    present = {known.state(at) for at in range(len(known.resources))}
    return tuple(state for state in states.WORST_FIRST if state in present)


def _left_out(nodes: int, edges: int) -> str | None:
    left = [
        counted(count, noun)
        for count, noun in ((nodes, "more resource"), (edges, "more arrow"))
        if count > 0
    ]
    return f"{' and '.join(left)} would not fit into the picture" if left else None
