"""Which nodes a picture draws one by one and which as one box: scopes, what repeats itself, and variables alike.

What is folded to one box is always a stretch of the tape: nothing that was made in between is left out of it. So no
arrow can lead out of a box and back into it, however nodes are wired. (Variables are made of nothing, and may be left
out or bundled without harm.)
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from compgraph.errors import RenderError
from compgraph.node import Node
from compgraph.render.frames import DEEPEST
from compgraph.render.kind import kind_of
from compgraph.render.values import shape
from compgraph.scope import Scope

__all__ = ["MOST_NODES", "Fold", "Folding", "Group", "folding"]

Fold = bool | str | Collection[str] | None
"""None for what fits, True for all that can be folded, False for nothing, or the names of the scopes to fold."""

MOST_NODES = 200
"""The nodes that are drawn one by one where nothing is said of folding, and the boxes that folding aims at."""

_STRETCHES = 40
_MOST_ALIKE = 6
_FEWEST_TIMES, _FEWEST_OPERATIONS = 3, 8
_PERIODS, _COMPARISONS = 64, 20_000_000
_OPS_TOLD = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that are drawn as one box.

    Attributes:
        title: the name of the scope or of the operations.
        times: how often the same stands in it, one behind the other.
        nodes: what is in it, in tape order.
        home: the scope it stands in, of those that are drawn open; None outside of all.
    """

    title: str
    times: int
    nodes: tuple[Node, ...]
    home: Scope | None


@dataclass(frozen=True, slots=True)
class Folding:
    """The boxes of several nodes, and what has to be said of them.

    Attributes:
        groups: in tape order; each node is in one at most.
        note: a sentence for below the picture; empty where it was asked to be as it is.
    """

    groups: tuple[Group, ...] = ()
    note: str = ""


def folding(nodes: Sequence[Node], fold: Fold = None) -> Folding:
    """Choose what is drawn as one box.

    >>> import compgraph as cg
    >>> x = cg.Variable(0.5, "x")
    >>> for _ in range(5000):
    ...     x = np.tanh(2 * x)
    >>> found = folding(cg.Tape(x).nodes)
    >>> [(group.title, group.times, len(group.nodes)) for group in found.groups]
    [('multiply, tanh', 5000, 10000)]
    >>> found.note
    'folded: 10,001 nodes; fold=False draws each of them'

    Args:
        nodes: in tape order.
        fold: None folds nothing where there are at most :data:`MOST_NODES` nodes. Where there are more it folds what
            repeats itself and the scopes, of nested ones the inner where that is enough, and if all that leaves too
            many boxes, stretches of the tape. True folds the outermost scopes and what repeats itself, False nothing.
            A name, or several, folds the scopes of that name, or of that path, as in ``"network/layer"``; one behind
            the other that hold the same operations become one box.

    Raises:
        RenderError: a name that no scope has.
    """
    if fold is False or (fold is None and len(nodes) <= MOST_NODES):
        return Folding()
    whole = _outline(nodes)
    if fold is None or fold is True:
        groups = _fitting(nodes, whole, _depth(whole) if fold is None else 0)
        note = f"folded: {len(nodes):,} nodes; fold=False draws each of them" if fold is None and groups else ""
        return Folding(_in_order(groups), note)
    wanted = {fold} if isinstance(fold, str) else set(fold)
    names = {name for piece in _pieces(whole) for name in (piece.name, piece.path)}
    if unknown := sorted(map(str, wanted - names)):
        there = ", ".join(map(repr, sorted(names))) or "none: open one by `with compgraph.scope(name):`"
        raise RenderError(f"fold= names the scope {unknown[0]!r}, which is not in this graph; there are {there}")
    chosen = _folded(whole, lambda piece: piece.name in wanted or piece.path in wanted, plain=False)
    return Folding(_in_order(_bundled(nodes, list(chosen))))


def _fitting(nodes: Sequence[Node], whole: _Piece, deepest: int) -> list[Group]:
    """What is folded where scopes stay open as deep inside as the number of boxes allows."""
    groups: list[Group] = []
    for depth in range(deepest, -1, -1):

        def is_folded(piece: _Piece, open_ones: int = depth) -> bool:
            return piece.depth > open_ones

        groups = _bundled(nodes, list(_folded(whole, is_folded, plain=True)))
        if _boxes(nodes, groups) <= MOST_NODES:
            return groups
    return _bundled(nodes, _stretched(whole, groups))


# ---------------------------------------------------------------------------------------------------------- the outline


@dataclass(slots=True)
class _Piece:
    """A stretch of the tape inside one scope, with the stretches of inner scopes in their places."""

    scope: Scope | None
    depth: int
    items: list[Node | _Piece] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.scope.name if self.scope else ""

    @property
    def path(self) -> str:
        return "/".join(self.scope.path) if self.scope else ""


def _outline(nodes: Sequence[Node]) -> _Piece:
    whole = _Piece(None, 0)
    chains: dict[Scope, tuple[Scope, ...]] = {}
    opened = [whole]
    for node in nodes:
        scope = node.scope
        chain: tuple[Scope, ...] = ()
        if scope is not None:
            chain = chains.get(scope) or chains.setdefault(scope, scope.chain[:DEEPEST])
        shared = 0
        while shared < min(len(chain), len(opened) - 1) and opened[shared + 1].scope is chain[shared]:
            shared += 1
        del opened[shared + 1 :]
        for inner in chain[shared:]:
            piece = _Piece(inner, len(opened))
            opened[-1].items.append(piece)
            opened.append(piece)
        opened[-1].items.append(node)
    return whole


def _pieces(piece: _Piece) -> Iterator[_Piece]:
    for item in piece.items:
        if isinstance(item, _Piece):
            yield item
            yield from _pieces(item)


def _depth(whole: _Piece) -> int:
    return max((piece.depth for piece in _pieces(whole)), default=0)


def _nodes_in(piece: _Piece) -> Iterator[Node]:
    for item in piece.items:
        if isinstance(item, _Piece):
            yield from _nodes_in(item)
        else:
            yield item


# -------------------------------------------------------------------------------------------------------------- folding


def _folded(piece: _Piece, is_folded: Callable[[_Piece], bool], *, plain: bool) -> Iterator[Group]:
    """The groups in a piece; ``plain``: operations in no folded scope are folded too where they repeat themselves."""
    row: list[Node | Group] = []
    for item in piece.items:
        if isinstance(item, Node):
            if kind_of(item) == "operation":
                row.append(item)
        elif is_folded(item):
            row.append(Group(item.name, 1, tuple(_nodes_in(item)), piece.scope))
        else:
            yield from _repeated(row, piece.scope, plain=plain)
            row = []
            yield from _folded(item, is_folded, plain=plain)
    yield from _repeated(row, piece.scope, plain=plain)


def _repeated(row: list[Node | Group], home: Scope | None, *, plain: bool) -> Iterator[Group]:
    """The groups of a row, those that follow one another alike as one, and the operations that do."""
    numbers: dict[Any, int] = {}
    marks = [
        numbers.setdefault(_look(item) if plain or isinstance(item, Group) else id(item), len(numbers)) for item in row
    ]
    place = 0
    for start, period, times in _runs(marks):
        unit = row[start : start + period]
        if not all(isinstance(item, Group) for item in unit) and (
            times < _FEWEST_TIMES or period * times < _FEWEST_OPERATIONS
        ):
            continue
        yield from (item for item in row[place:start] if isinstance(item, Group))
        place = start + period * times
        nodes = tuple([node for item in row[start:place] for node in _nodes_of(item)])
        yield Group(_titles(unit), times, nodes, home)
    yield from (item for item in row[place:] if isinstance(item, Group))


def _look(item: Node | Group) -> Any:
    """What two operations, or two folded scopes, must have in common to be the same again."""
    if isinstance(item, Node):
        return item.op, shape(item.value)
    return item.title, tuple([(node.op, shape(node.value)) for node in item.nodes])


def _nodes_of(item: Node | Group) -> tuple[Node, ...]:
    return (item,) if isinstance(item, Node) else item.nodes


def _titles(unit: Sequence[Node | Group]) -> str:
    titles = [item.title if isinstance(item, Group) else item.op.name if item.op else "" for item in unit]
    if len(titles) <= _OPS_TOLD:
        return ", ".join(titles)
    return ", ".join([*titles[: _OPS_TOLD - 1], "…", titles[-1]])


def _runs(marks: Sequence[int]) -> list[tuple[int, int, int]]:
    """Where a row of marks repeats itself: (start, period, times) of runs apart from one another, in order.

    >>> _runs([7, 1, 2, 1, 2, 1, 2, 5, 5])
    [(1, 2, 3), (7, 1, 2)]

    A row has the period p from where on each mark is the same as the one p places on. Of runs that overlap the one that
    saves most is taken, and what it leaves of the others is looked at again.
    """
    row = np.asarray(marks)
    candidates: list[tuple[int, int, int, int]] = []

    def offer(start: int, end: int, period: int) -> None:
        times = (end - start) // period
        if times >= 2:
            heapq.heappush(candidates, (-period * (times - 1), period, start, end))

    for period in range(1, min(len(row) // 2, max(_PERIODS, _COMPARISONS // max(len(row), 1))) + 1):
        for start, end in _spans(row[period:] == row[:-period], period):
            offer(start, end + period, period)
    free = np.ones(len(row), bool)
    runs: list[tuple[int, int, int]] = []
    while candidates:
        _, period, start, end = heapq.heappop(candidates)
        if free[start:end].all():
            times = (end - start) // period
            free[start : start + period * times] = False
            runs.append((start, period, times))
        else:
            for left, right in _spans(free[start:end], 2 * period):
                offer(start + left, start + right, period)
    return sorted(runs)


def _spans(truths: np.ndarray[Any, Any], shortest: int) -> list[tuple[int, int]]:
    """Where an array of truths is true so many times in a row or more: from where to before where."""
    edges = np.flatnonzero(np.diff(truths.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    long = edges[edges[:, 1] - edges[:, 0] >= shortest]
    return [(int(start), int(end)) for start, end in long]


def _stretched(whole: _Piece, groups: Sequence[Group]) -> list[Group]:
    """The tape in a few stretches of about as many operations or boxes."""
    group_of = {id(node): group for group in groups for node in group.nodes}
    row: list[Node | Group] = []
    for node in _nodes_in(whole):
        item = group_of.get(id(node), node)
        if kind_of(node) == "operation" and (not row or item is not row[-1]):
            row.append(item)
    found = []
    for part in np.array_split(np.arange(len(row)), min(_STRETCHES, len(row))) if row else ():
        nodes = tuple([node for place in part for node in _nodes_of(row[place])])
        most = Counter(node.op.name for node in nodes if node.op).most_common(_OPS_TOLD + 1)
        told = [name for name, _ in most[:_OPS_TOLD]] + ["…"] * (len(most) > _OPS_TOLD)
        found.append(Group(", ".join(told), 1, nodes, None))
    return found


def _bundled(nodes: Sequence[Node], groups: list[Group]) -> list[Group]:
    """The groups, and with them the variables, and the constants, that many of enter the same boxes as one box."""
    box_of: dict[int, int] = {id(node): id(group) for group in groups for node in group.nodes}
    uses: dict[int, set[int]] = {}
    for node in nodes:
        box = box_of.get(id(node), id(node))
        for x in node.inputs:
            if isinstance(x, Node) and not x.inputs and id(x) not in box_of:
                uses.setdefault(id(x), set()).add(box)
    alike: dict[Any, list[Node]] = {}
    for node in nodes:
        if id(node) in uses:
            alike.setdefault((frozenset(uses[id(node)]), node.scope, kind_of(node)), []).append(node)
    bundles = [Group("", 1, tuple(leaves), leaves[0].scope) for leaves in alike.values() if len(leaves) > _MOST_ALIKE]
    return [*groups, *bundles]


def _boxes(nodes: Sequence[Node], groups: Sequence[Group]) -> int:
    return len(nodes) - sum(len(group.nodes) - 1 for group in groups)


def _in_order(groups: Sequence[Group]) -> tuple[Group, ...]:
    return tuple(sorted(groups, key=lambda group: group.nodes[0].index))
