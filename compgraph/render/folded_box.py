"""What is written in a box that stands for several nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from compgraph.render.contents import Line, Run
from compgraph.render.folding import Group
from compgraph.render.one_line import one_line

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
    operations = sum(node.op is not None for node in group.nodes)
    variables = len(group.nodes) - operations
    lines = [Line(_title(group, names))]
    each = " each" if group.times > 1 else ""
    counts = [(operations // group.times, "operation"), (variables // group.times, "variable")]
    told = [counted(many, what) for many, what in counts if many]
    lines.append(Line((Run(", ".join(told) + each, "faint"),)))
    if operations:
        lines.append(Line((Run(f"{flow(entering)} → {flow(leaving)}".strip(), "faint"),)))
    else:
        lines.append(Line((Run(flow(group.nodes), "faint"),)))
    return lines


def _title(group: Group, names: Sequence[str]) -> tuple[Run, ...]:
    title = one_line(group.title, _LONGEST_TITLE)
    if not title:
        ends = [one_line(name, _LONGEST_TITLE // 3) for name in (names[0], names[-1])] if len(names) > 1 else []
        return (Run(" … ".join(ends), "name"),) if ends else (Run("variables", "faint"),)
    return (Run(title, "name"), Run(f" × {group.times:,}", "plain")) if group.times > 1 else (Run(title, "name"),)


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
    title = one_line(group.title, _LONGEST_TITLE) or "variables"
    times = f" × {group.times:,}" if group.times > 1 else ""
    return f"{title}{times}: {counted(len(group.nodes), 'node')} folded\n{', '.join(told)}"


def flow(things: Sequence[Any]) -> str:
    """The shapes of several nodes or arrays, alike ones counted.

    >>> import compgraph as cg
    >>> flow([cg.Variable(x) for x in (1.0, 2.0, [1.0], [[1.0, 2.0]], [[3.0, 4.0]])])
    '2 numbers, (1,), 2 × (1, 2)'
    """
    counts = Counter(thing.shape for thing in things)
    parts = [
        (f"{many} × {shape}" if many > 1 else str(shape)) if shape else "a number" if many == 1 else f"{many:,} numbers"
        for shape, many in counts.items()
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
