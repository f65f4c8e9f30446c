"""The chain rule for one derivative, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from compgraph.errors import ConversionError, DtypeError, GradientError, SettingError
from compgraph.explain.chain import COUNTED, Factor, Graph, Path, ScalarStep, Step, count_paths
from compgraph.explain.naming import Naming
from compgraph.node import Node
from compgraph.reverse import gradients
from compgraph.tape import Tape

__all__ = ["Explanation", "explained"]


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """The chain rule for one derivative; ``print`` shows it as text, a notebook as HTML.

    >>> import compgraph as cg
    >>> b, c = cg.variables(b=3.0, c=2.0)
    >>> J = b * c
    >>> cg.explain(J, wrt=b).value
    2.0

    It holds text and numbers only: what is done to the graph later does not change it.

    Attributes:
        output, by: the names of what is differentiated, and of what with respect to.
        value: the derivative itself, of exactly the shape and dtype of the node.
        count: how many paths lead from the one to the other; 10¹⁵ also stands for more. 0: it does not depend on it.
        paths: each of them, where all are numbers and the paths are few.
        factors: the local derivatives on these paths.
        steps: else the steps of the backward pass, from the output down.
        left_out: how many factors or steps are left out.
        before_gap: how many steps stand before those left out.
        notes: sentences on what is shown and what is not.
    """

    output: str
    by: str
    value: Any
    count: int
    paths: tuple[Path, ...] = ()
    factors: tuple[Factor, ...] = ()
    steps: tuple[ScalarStep | Step, ...] = ()
    left_out: int = 0
    before_gap: int = 0
    notes: tuple[str, ...] = ()

    @cached_property
    def text(self) -> str:
        """As plain text, at most 100 columns wide but for long formulas."""
        from compgraph.explain.text import text

        return text(self)

    @cached_property
    def latex(self) -> str:
        """The formulas in LaTeX: an ``aligned`` environment, to be put into math mode."""
        from compgraph.explain.latex import latex

        return latex(self)

    @cached_property
    def html(self) -> str:
        """As a piece of HTML without any style or script of its own."""
        from compgraph.explain.html import html

        return html(self)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Explanation of d{self.output}/d{self.by}: {self.count} {'path' if self.count == 1 else 'paths'}>"

    def _repr_html_(self) -> str:
        return self.html

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex}\n$$"


def explained(
    output: Node, wrt: Node, spaces: Sequence[Mapping[str, Any]], most_paths: int, most_steps: int
) -> Explanation:
    """Explain one derivative.

    Args:
        output, wrt, most_paths, most_steps: those of :func:`compgraph.explain`, as is what is returned and raised.
        spaces: the variables that nodes and constant arrays are named after, nearest first.
    """
    _check(output, wrt, most_paths, most_steps)
    tape = Tape(output)
    naming = Naming(tape, *spaces, others=[wrt])
    (value,) = gradients(output, [wrt])
    over, under = naming(output), naming(wrt)
    if wrt not in naming.number:
        return Explanation(over, under, value, 0)
    graph = Graph(tape, wrt, naming)
    count = count_paths(graph)
    notes = []
    if graph.is_scalar and (count <= most_paths or wrt is output):
        factors, left_out = graph.edges(most_steps)
        paths = graph.paths()
        products = [path.product for path in paths]
        largest = max([abs(product) for product in products if np.isfinite(product)], default=0.0)
        if not np.isclose(sum(products), value, rtol=1e-4, atol=1e-6 * largest, equal_nan=True):
            notes.append(
                f"the products add up to {sum(products):.6g}, and the derivative is {value:.6g}: "
                "nothing flows from an exact zero, whatever the local derivatives behind it"
            )
        return Explanation(over, under, value, count, paths, factors, (), left_out, 0, tuple(notes))
    if graph.is_scalar:
        many = f"more than {COUNTED:.0e}".replace("e+", "e") if count == COUNTED else f"{count:,}"
        notes.append(
            f"{many} paths lead from {under} to {over}, more than the {most_paths} that are written out; node by node, "
            "each derivative made of those of the nodes that use it, sums over all of them"
        )
    steps, before, left_out = graph.steps(most_steps)
    return Explanation(over, under, value, count, (), (), steps, left_out, before, tuple(notes))


def _check(output: Any, wrt: Any, most_paths: Any, most_steps: Any) -> None:
    if not isinstance(output, Node):
        raise ConversionError(
            f"explain(output, wrt=) explains the derivative of a node, not of {type(output).__name__}: "
            "does the output depend on a Variable at all?"
        )
    if not isinstance(wrt, Node):
        raise ConversionError(
            f"explain(output, wrt=) takes one node as wrt, not {type(wrt).__name__}: give a variable or a node on the "
            "way, and explain several one by one"
        )
    if output.shape != ():
        entry = ", ".join("0" * output.ndim)
        raise GradientError(
            f"the output has shape {output.shape}, so it has no one derivative: explain one entry, output[{entry}], "
            "or reduce it to a number (np.sum, np.mean)"
        )
    if output.dtype.kind == "c":
        raise DtypeError(
            f"the output is complex ({output.dtype}), and has no one derivative: explain its real part, "
            "its imaginary part or its absolute value"
        )
    for name, limit, least in (("most_paths", most_paths, 0), ("most_steps", most_steps, 2)):
        if isinstance(limit, bool) or not isinstance(limit, (int, np.integer)) or limit < least:
            raise SettingError(f"{name}={limit!r}: give a whole number from {least} on")
