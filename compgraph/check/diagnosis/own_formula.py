"""The person's own formula as a tape: run on nodes, evaluated again with one value or one operation otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compgraph.check.names import call_with_names
from compgraph.check.scene import Scene
from compgraph.node import Node, Variable
from compgraph.tape import Tape

__all__ = ["OwnFormula", "own_formula"]


class OwnFormula:
    """A hand-derived gradient as a graph of the operations it was written with.

    Attributes:
        result: the gradient, a node.
        nodes: its nodes by the names they have in the person's function.
        arrays: the constants in it by theirs.
        tape: the graph.
    """

    def __init__(self, result: Node, nodes: Mapping[str, Node], arrays: Mapping[str, Any]) -> None:
        self.result = result
        self.nodes = nodes
        self.arrays = arrays
        self.names = {node: name for name, node in nodes.items()}
        self.tape = Tape(result)

    def with_values(self, values: Mapping[Node, Any], constant: Any = None, instead: Any = None) -> Any:
        """The gradient, were some nodes, or one constant array, other values; None where it cannot be computed."""
        found: dict[Node, Any] = dict(values)

        def value_of(x: Any) -> Any:
            if isinstance(x, Node):
                return found[x]
            return instead if constant is not None and x is constant else x

        try:
            with np.errstate(all="ignore"):
                for node in self.tape:
                    if node in found:
                        continue
                    if node.op is None:
                        found[node] = node.value
                    else:
                        inputs = [value_of(x) for x in node.inputs]
                        found[node] = node.op.forward(*inputs, **node.params)
        except (ArithmeticError, ValueError, TypeError, IndexError):
            return None
        return np.asarray(found[self.result])


def own_formula(scene: Scene, name: str) -> OwnFormula | None:
    """Run the hand-derived function on nodes.

    Args:
        scene: where.
        name: of what the gradient is meant.

    Returns:
        The formula of that gradient; None where the function does not run on nodes, such as one that writes into
        arrays, or where gradients were given as values.
    """
    problem = scene.problem
    if not callable(problem.manual):
        return None
    args, kwargs = problem.arguments([Variable(value, each) for each, value in scene.leaves_by_value()])
    try:
        derived = call_with_names(problem.manual, *args, **kwargs)
    except Exception:  # it is another's code, of arrays, and may do with a node whatever it likes
        return None
    result = problem.by_variable(derived.result).get(name)
    return OwnFormula(result, derived.nodes, derived.arrays) if isinstance(result, Node) else None
