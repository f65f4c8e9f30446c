"""Which derivatives the nodes of a tape carry: those of which output, if any.

``node.grad`` is what the last ``backward()`` that reached the node left there, and that may have started from another
node, or from a seed other than 1. A picture that says ``dJ/da = 3`` has to know that it is J's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.node import Node
from compgraph.reverse import sweep
from compgraph.tape import Tape

__all__ = ["differentiated_output"]


def differentiated_output(tape: Tape) -> Node | None:
    """Find the output whose derivatives the nodes carry, by differentiating it again and comparing.

    >>> import compgraph as cg
    >>> a, b = cg.variables(a=5.0, b=3.0)
    >>> J = a * b
    >>> K = a + b
    >>> J.backward()
    >>> differentiated_output(cg.Tape([J, K])) is J
    True
    >>> K.backward()  # now a and b carry the derivatives of K
    >>> differentiated_output(cg.Tape(J)) is None
    True

    Args:
        tape: of any number of outputs.

    Returns:
        The last output of one entry from which a ``backward()`` with the seed 1 leaves exactly these derivatives on
        all that it depends on; None where there is no such output.
    """
    for output in sorted(tape.outputs, key=lambda node: -node.index):
        if output.grad is not None and output.size == 1:
            behind = Tape(output)
            cotangents = sweep(behind, 1.0)
            if all(_same(node.grad, cotangents.get(node, 0.0)) for node in behind):
                return output
    return None


def _same(gradient: Any, cotangent: Any) -> bool:
    if gradient is None:
        return False
    largest = float(np.max(np.abs(gradient), initial=0.0, where=np.isfinite(gradient)))
    # the same sums, perhaps in the other order that a threaded matrix product takes
    return np.allclose(gradient, cotangent, rtol=1e-5, atol=1e-7 * largest, equal_nan=True)
