"""``explain`` and ``tape``, as they are called."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compgraph.explain.explanation import Explanation
    from compgraph.explain.tape_table import TapeTable
    from compgraph.node import Node
    from compgraph.tape import Tape

# What explains is imported when it is asked for: it is no part of `import compgraph`.

__all__ = ["explain", "tape"]


def explain(
    output: Node,
    *,
    wrt: Node,
    names: Mapping[str, Any] | None = None,
    most_paths: int = 6,
    most_steps: int = 24,
) -> Explanation:
    """Explain one derivative by the chain rule: the paths, the local derivatives, their products and the sum of those.

    >>> import compgraph as cg
    >>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    >>> u = b * c
    >>> v = a + u
    >>> J = 3 * v
    >>> print(cg.explain(J, wrt=b))
    dJ/db, the derivative of J with respect to b, by the chain rule
    <BLANKLINE>
      u = b × c = 6    du/db = c = 2
      v = a + u = 11   dv/du = 1
      J = 3 × v = 33   dJ/dv = 3
    <BLANKLINE>
    dJ/db = dJ/dv · dv/du · du/db = 3 · 1 · 2 = 6

    With arrays on the way it goes through the backward pass step by step, in matrix form with the shapes, and says why
    a transpose or a sum appears. The derivatives are computed for the explanation; ``node.grad`` is neither read nor
    set. The formulas are those of any table of derivatives; the numbers are the engine's.

    Args:
        output: a node that is a single number.
        wrt: the node to differentiate with respect to: a variable or any node on the way.
        names: the variables whose names the explanation uses for nodes and constant arrays, by name; without it those
            of the caller. A node's own ``name`` wins over them; one without any is called v4 after its number on the
            tape, as in :func:`compgraph.explain.tape`.
        most_paths: how many paths are written out. Where there are more, the derivatives of all nodes on the way are
            shown instead, each made of those of the nodes that use it.
        most_steps: how many steps, or local derivatives, are shown; of more than that the first and the last ones.

    Returns:
        The explanation; ``str()`` of it is text, and it has the forms ``.latex`` and ``.html``.

    Raises:
        ConversionError: the output or ``wrt`` is not a node.
        GradientError: the output is not a single number.
        DtypeError: the output is complex.
        SettingError: a limit that is no number of things.
    """
    from compgraph.explain.explanation import explained
    from compgraph.render.names import namespaces

    spaces = namespaces(sys._getframe(1)) if names is None else (names,)
    return explained(output, wrt, spaces, most_paths, most_steps)


def tape(
    output: Node | Tape | Iterable[Node], *, names: Mapping[str, Any] | None = None, most_rows: int = 60
) -> TapeTable:
    """List every node that an output depends on, in the order of computation, with its value and derivative.

    >>> import compgraph as cg
    >>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    >>> u = b * c
    >>> v = a + u
    >>> J = 3 * v
    >>> J.backward()
    >>> print(cg.tape(J))
    #  name  op        inputs  shape  value  dJ/d·
    -  ----  --------  ------  -----  -----  -----
    1  a     variable          ()         5      3
    2  b     variable          ()         3      6
    3  c     variable          ()         2      9
    4  u     multiply  b, c    ()         6      3
    5  v     add       a, u    ()        11      3
    6  J     multiply  3, v    ()        33      1

    Args:
        output: a node, or several, or a :class:`compgraph.Tape`.
        names: the variables whose names the table uses for nodes and constant arrays, by name; without it those of the
            caller. A node's own ``name`` wins over them; one without any is called v4 after its number.
        most_rows: how many rows are shown; of a longer list the first and the last ones.

    Returns:
        The table, at most 100 columns wide: arrays are summarised, and long names are cut. The derivatives are those
        that ``backward()`` left on the nodes; the last column is blank where there are none.

    Raises:
        ConversionError: an output that is not a node.
        SettingError: a limit that is no number of rows.
    """
    from compgraph.explain.tape_table import listed
    from compgraph.render.names import namespaces

    spaces = namespaces(sys._getframe(1)) if names is None else (names,)
    return listed(output, spaces, most_rows)
