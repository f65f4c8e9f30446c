"""The derivative of one operation in one of its operands, where both are numbers: what stands on an arrow."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.errors import CompgraphError
from compgraph.node import Node
from compgraph.primitive import Joint
from compgraph.pull import apply_rule, fit

__all__ = ["local_derivatives"]


def local_derivatives(node: Node) -> list[float | None]:
    """Apply the op's rules to a cotangent of 1.

    >>> import compgraph as cg
    >>> a, b = cg.variables(a=5.0, b=3.0)
    >>> local_derivatives(a * b), local_derivatives(a * a), local_derivatives(2 * a)
    ([3.0, 5.0], [5.0, 5.0], [None, 2.0])

    Args:
        node: an operation.

    Returns:
        For each input in order its local derivative; None for a constant, for an input that is an array, and where
        the rule has no real number to give.
    """
    nothing: list[float | None] = [None] * len(node.inputs)
    if node.op is None or not _is_real(node.value):
        return nothing
    args = [x.value if isinstance(x, Node) else x for x in node.inputs]
    wanted = [isinstance(x, Node) and _is_real(x.value) for x in node.inputs]
    if not any(wanted):
        return nothing
    try:
        with np.errstate(all="ignore"):
            if isinstance(node.op.vjps, Joint):
                found = list(apply_rule(node.op.vjps.rule, 1.0, node.value, args, node.params))
            else:
                rules = [vjp if want else None for vjp, want in zip(node.op.vjps, wanted, strict=False)]
                found = [None if vjp is None else apply_rule(vjp, 1.0, node.value, args, node.params) for vjp in rules]
            slopes = [
                None if not want or cotangent is None else fit(cotangent, x, node.op)
                for want, cotangent, x in zip(wanted, found, args, strict=False)
            ]
    except (CompgraphError, ArithmeticError):
        return nothing
    return [None if slope is None or not _is_real(slope) else float(slope) for slope in slopes] + nothing[len(slopes) :]


def _is_real(value: Any) -> bool:
    return type(value) is float or (
        isinstance(value, (int, float, np.number)) and not isinstance(value, np.complexfloating)
    )
