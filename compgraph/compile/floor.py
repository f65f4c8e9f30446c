"""What a tape must cost at least, and what it should cost as NumPy runs it, by what this machine was measured to do.

The floor: each multiplication of a matrix product at the rate of BLAS, and each array that goes in or comes out once
through memory. The prediction: for each op the time it takes to begin, and for each entry what that kind of op takes.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from compgraph.compile.calls import CONSTANT
from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["Machine", "floor_seconds", "flops", "measured_machine", "predicted_seconds"]

ndarray = np.ndarray
PRODUCTS = frozenset({np.dot, np.matmul, np.vdot})
SLOW = frozenset({np.tanh, np.exp, np.log, np.sin, np.cos, np.power, np.log1p, np.expm1, np.arctan, np.sinh, np.cosh})


class Machine(NamedTuple):
    """What a machine was measured to do.

    Attributes:
        call: seconds that an op on arrays takes before it does anything.
        entry: seconds for an entry of an array in the cache, of an addition or the like.
        slow_entry: the same of a tanh.
        byte: seconds for a byte that is read from memory or written to it.
        flop: seconds for an addition or a multiplication in a matrix product.
    """

    call: float
    entry: float
    slow_entry: float
    byte: float
    flop: float


@functools.cache
def measured_machine() -> Machine:
    """Measure this machine, once; it takes about a tenth of a second."""
    one, two, cached, big = np.ones(1), np.empty(1), np.ones(1 << 13), np.ones(1 << 22)
    out = np.empty_like(cached)
    target = np.empty_like(big)
    square = np.ones((384, 384))
    product = np.empty_like(square)
    call = _fastest(lambda: np.add(one, one, out=two), 200)
    return Machine(
        call,
        max(_fastest(lambda: np.add(cached, cached, out=out), 20) - call, 0.0) / cached.size,
        max(_fastest(lambda: np.tanh(cached, out=out), 20) - call, 0.0) / cached.size,
        _fastest(lambda: np.copyto(target, big), 1) / (2 * big.nbytes),
        _fastest(lambda: np.dot(square, square, out=product), 1) / (2 * 384**3),
    )


def _fastest(work: Callable[[], Any], times: int) -> float:
    found = math.inf
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(times):
            work()
        found = min(found, (time.perf_counter() - start) / times)
    return found


def flops(tape: Tape) -> int:
    """How many additions and multiplications the matrix products of a tape take.

    >>> import compgraph as cg
    >>> W, X = cg.variables(W=np.ones((3, 4)), X=np.ones((4, 5)))
    >>> flops(cg.Tape(W @ X))
    120
    """
    return sum(_flops(node) for node in tape)


def _flops(node: Node) -> int:
    if node.op is None or node.op.function not in PRODUCTS or not node.inputs:
        return 0
    first = node.inputs[0]
    inner = np.shape(first.value if isinstance(first, Node) else first)
    if node.op.function is np.vdot:
        return 2 * int(math.prod(inner))
    return 2 * int(math.prod(np.shape(node.value))) * (inner[-1] if inner else 1)


def floor_seconds(tape: Tape, machine: Machine) -> float:
    """The least that a tape can take: its matrix products, or its arguments, constants and results through memory."""
    ends = [node.value for node in tape if node.op is None or node.op is CONSTANT]
    ends += [node.value for node in tape.outputs]
    return max(flops(tape) * machine.flop, _nbytes(ends) * machine.byte)


def predicted_seconds(tape: Tape, machine: Machine) -> float:
    """What a tape should take, each op for itself, with its results in the cache."""
    total = 0.0
    for node in tape:
        if node.op is None or node.op is CONSTANT or node.op.function is np.transpose:
            continue
        entries = [node.value, *[x.value if isinstance(x, Node) else x for x in node.inputs]]
        most = max((x.size for x in entries if isinstance(x, ndarray)), default=0)
        total += machine.call if most else machine.call / 4
        if node.op.function in PRODUCTS:
            total += _flops(node) * machine.flop
        else:
            total += most * (machine.slow_entry if node.op.function in SLOW else machine.entry)
    return total


def _nbytes(values: Iterable[Any]) -> int:
    return sum(x.nbytes for x in values if isinstance(x, ndarray))
