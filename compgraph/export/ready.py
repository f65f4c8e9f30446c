"""A function as the tape of one call in which every op is known to whoever will run it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT, PART, filled
from compgraph.compile.capture import Program, Signature, capture, same_program
from compgraph.compile.optimise import optimised
from compgraph.compile.passes.expand import expanded
from compgraph.errors import TracingError
from compgraph.node import Node
from compgraph.primitive import Op
from compgraph.tape import Tape
from compgraph.tracing import title

__all__ = ["arguments_of", "dtype_of", "loop_of", "name_of", "ready"]

ndarray = np.ndarray
WEAK = (float, int, complex)


def ready(
    f: Callable[..., Any],
    leaves: Sequence[Any],
    signature: Signature,
    known: Collection[Callable[..., Any]],
    forms: Mapping[Callable[..., Any], Callable[..., Any]],
    where: str,
) -> Program:
    """Trace a call of a function, optimise it, and write out what the other side does not know.

    Args:
        f: the function; it may be the result of a transform.
        leaves, signature: a call of it, taken apart by :func:`compgraph.compile.capture.signature_of`.
        known: the functions that the other side has.
        forms: for others, definitions by simpler ones; see :func:`compgraph.compile.passes.expand.expanded`.
        where: what the other side is called, for messages.

    Raises:
        TracingError: the function cannot be traced, or does something else each time, or some of what it does has no
            counterpart; the message names all of that at once.
    """
    program = capture(f, leaves, signature)
    if not same_program(program, capture(f, leaves, signature)):
        raise TracingError(
            f"{title(f)} is not the same at every call: traced twice on the same arguments, it did different things. "
            "Randomness, a counter or any other state would be frozen: make it an argument"
        )
    program, _ = optimised(program)
    program = program._replace(tape=expanded(program.tape, known, forms))
    refused = _without_counterpart(program.tape, known)
    if refused:
        raise TracingError(
            f"{title(f)} cannot be given to {where}, which has no counterpart of {', '.join(refused)}: write it by "
            "other functions, or leave that part of the computation in NumPy"
        )
    return program


def _without_counterpart(tape: Tape, known: Collection[Callable[..., Any]]) -> list[str]:
    """The names of the functions of a tape that are not known, each once, in their order."""
    names: dict[str, None] = {}
    for node in tape:
        if node.op is None or node.op is CONSTANT or node.op is PART or node.op.function in known:
            continue
        names[name_of(node.op)] = None
    return list(names)


def name_of(op: Op) -> str:
    """What people call an op: as NumPy's function or SciPy's, or by its own name.

    >>> from compgraph.compile.calls import op_of
    >>> name_of(op_of(np.tanh)), name_of(op_of(np.linalg.inv)), name_of(op_of(np.logaddexp.reduce))
    ('np.tanh', 'np.linalg.inv', 'np.logaddexp.reduce')
    """
    function = op.function
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"np.{owner.__name__}.{function.__name__}"
    name = getattr(function, "__name__", op.name)
    for space, prefix in ((np, "np"), (np.linalg, "np.linalg"), (np.fft, "np.fft")):
        if getattr(space, name, None) is function:
            return f"{prefix}.{name}"
    return f"scipy.special.{name}" if isinstance(function, np.ufunc) else op.name


def arguments_of(node: Node, values: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments with which a node's function is called, with these values in the place of its inputs.

    Args:
        node: made by an op.
        values: one for each of its inputs.
    """
    if "call" in node.params:
        args, kwargs = filled(node.params["call"], values)
        return tuple(args), dict(kwargs)
    assert node.op is not None
    args = (list(values),) if node.op.variadic else tuple(values)
    return args, dict(node.params)


def dtype_of(x: Any) -> np.dtype[Any]:
    """The dtype of a node's value, or of an array or a number; of Python's numbers that which NumPy gives them.

    >>> dtype_of(1.0).name, dtype_of(np.float32(1)).name
    ('float64', 'float32')
    """
    return np.result_type(x.value if isinstance(x, Node) else x)


def loop_of(ufunc: np.ufunc, inputs: Sequence[Any]) -> tuple[np.dtype[Any], ...]:
    """The dtypes in which NumPy evaluates a ufunc: one for each input, then one for each result.

    >>> [dtype.name for dtype in loop_of(np.multiply, [0.5, np.float32(2)])]
    ['float32', 'float32', 'float32']

    Args:
        ufunc: the function.
        inputs: nodes, arrays and numbers; Python's numbers take on the dtype of the others.
    """
    given = [_kind(x.value if isinstance(x, Node) else x) for x in inputs]
    dtypes = ufunc.resolve_dtypes((*given, *[None] * ufunc.nout))
    return tuple(dtypes)


def _kind(x: Any) -> Any:
    return type(x) if type(x) in WEAK else np.result_type(x)
