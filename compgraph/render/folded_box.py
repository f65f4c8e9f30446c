"""What is written in a box that stands for several nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from compgraph.node import Node
from compgraph.render.contents import Line, Run
from compgraph.render.folding import Group
from compgraph.render.kind import kind_of
from compgraph.render.one_line import one_line
from compgraph.render.values import shape

__all__ = ["counted", "flow", "folded_description", "folded_lines"]

_LONGEST_TITLE = 40
_SHAPES_TOLD = 3
_OPS_TOLD = 8


def folded_lines(group: Group, names: Sequence[str], entering: Sequence[Any], leaving: Sequence[Any]) -> list[Line]:
    """Name the group, count what is in it, and tell the shapes that go in and come out.

    >>> import compgraph as cg
    >>> x = cg.Variable([0.1, 0.2])
    >>> y = 2 * (1 + 2 * (1 + x))
    >>> group = Group("layer", 2, tuple(cg.Tape(y).nodes[1:]), None)
    >>> [line.text for line in folded_lines(group, [], [x], [y])]
    ['layer × 2', '2 operations each', '(2,) → (2,)']

    Args:
        group: what is folded.
        names: those that its nodes have; a group of variables without a title goes by the first and the last.
        entering: the nodes and constant arrays outside that it is made of.
        leaving: the nodes in it that something outside is made of, and outputs.
    """
    kinds = Counter(map(kind_of, group.nodes))
    lines = [Line(_title(group, names))]
    each = " each" if group.times > 1 else ""
    counts = [(kinds[kind] // group.times, kind) for kind in ("operation", "variable", "constant")]
    told = [counted(many, kind) for many, kind in counts if many]
    lines.append(Line((Run(", ".join(told) + each, "faint"),)))
    if kinds["operation"]:
        lines.append(Line((Run(f"{flow(entering)} → {flow(leaving)}".strip(), "faint"),)))
    else:
        lines.append(Line((Run(flow(group.nodes), "faint"),)))
    return lines


def _title(group: Group, names: Sequence[str]) -> tuple[Run, ...]:
    title = one_line(group.title, _LONGEST_TITLE)
    if not title:
        ends = [one_line(name, _LONGEST_TITLE // 3) for name in (names[0], names[-1])] if len(names) > 1 else []
        return (Run(" … ".join(ends), "name"),) if ends else (Run(_leaves(group), "faint"),)
    return (Run(title, "name"), Run(f" × {group.times:,}", "plain")) if group.times > 1 else (Run(title, "name"),)


def _leaves(group: Group) -> str:
    """What a group without a title is of: it is of one kind."""
    return f"{kind_of(group.nodes[0])}s"


def folded_description(group: Group) -> str:
    """The same in words, with how often each op stands in it.

    >>> import compgraph as cg
    >>> x = cg.Variable(0.1)
    >>> print(folded_description(Group("layer", 1, (x, x * x, x + x, x * 3), None)))
    layer: 4 nodes folded
    multiply 2, variable 1, add 1
    """
    counts = Counter("variable" if node.op is None else node.op.name for node in group.nodes).most_common()
    told = [f"{name} {many:,}" for name, many in counts[:_OPS_TOLD]] + ["…"] * (len(counts) > _OPS_TOLD)
    title = one_line(group.title, _LONGEST_TITLE) or _leaves(group)
    times = f" × {group.times:,}" if group.times > 1 else ""
    return f"{title}{times}: {counted(len(group.nodes), 'node')} folded\n{', '.join(told)}"


def flow(things: Sequence[Any]) -> str:
    """The shapes of several nodes or arrays, alike ones counted.

    >>> import compgraph as cg
    >>> flow([cg.Variable(x) for x in (1.0, 2.0, [1.0], [[1.0, 2.0]], [[3.0, 4.0]])])
    '2 numbers, (1,), 2 × (1, 2)'
    """
    counts = Counter(shape(thing.value if isinstance(thing, Node) else thing) for thing in things)
    parts = [
        (f"{many} × {told}" if many > 1 else told) if told != "()" else "a number" if many == 1 else f"{many:,} numbers"
        for told, many in counts.items()
    ]
    if len(parts) > _SHAPES_TOLD:
        others = sum(list(counts.values())[_SHAPES_TOLD - 1 :])
        parts = [*parts[: _SHAPES_TOLD - 1], f"{others:,} others"]
    return ", ".join(parts)


def counted(many: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "box"), counted(2000, "box"), counted(0, "variable")
    ('1 box', '2,000 boxes', '0 variables')
    """
    return f"{many:,} {what}{'' if many == 1 else 'es' if what.endswith('x') else 's'}"
