"""Ops written out by simpler ones, for whoever runs a tape and does not know them all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT, PART, filled
from compgraph.compile.rewriting import again, rewritten
from compgraph.compile.tracer import Tracer
from compgraph.errors import CompgraphError
from compgraph.node import Node
from compgraph.primitive import OPS
from compgraph.rules.composition import COMPOSED
from compgraph.tape import Tape

__all__ = ["expanded"]

Form = Callable[..., Any]
NO_FORMS: Mapping[Callable[..., Any], Form] = MappingProxyType({})
MOST_ROUNDS = 16
"""How deep definitions may lie in each other; ours are at most five deep."""


def expanded(
    tape: Tape, known: Collection[Callable[..., Any]], forms: Mapping[Callable[..., Any], Form] = NO_FORMS
) -> Tape:
    """Return the tape in which ops are written out until all that is left is known, as far as that goes.

    An op is written out by evaluating its definition on tracers: the form that is given for it, that by which it is
    declared where it is a composition of others, or the code of the function itself where that is written in NumPy.
    What none of these reaches stays as it is.

    >>> import compgraph as cg
    >>> x = cg.Variable([1.0, 2.0])
    >>> [node.op.name for node in expanded(cg.Tape(cg.softplus(x)), {np.add, np.exp, np.log1p, np.maximum}) if node.op]
    ['maximum', 'absolute', 'negative', 'exp', 'log1p', 'add']
    >>> x = cg.Variable([1.0, 2.0])
    >>> log1p = {np.log1p: lambda x: np.log(1 + x)}
    >>> [node.op.name for node in expanded(cg.Tape(np.log1p(x)), {np.add, np.log}, log1p) if node.op]
    ['add', 'log']

    Args:
        tape: what to rewrite. Its nodes hold examples of their values, which tell shapes and dtypes.
        known: the functions that need not be written out.
        forms: for other functions the same by simpler ones, with the same arguments.
    """
    for _ in range(MOST_ROUNDS):
        changed: list[Node] = []

        def written_out(node: Node, inputs: tuple[Any, ...], changed: list[Node] = changed) -> Any:
            if node.op is PART and isinstance(inputs[0], (tuple, list)):
                return inputs[0][node.params["number"]]
            form = _form(node, known, forms)
            result = None if form is None else _traced(node, inputs, form)
            if result is not None:
                changed.append(node)
            return result

        tape = rewritten(tape, written_out)
        if not changed:
            break
    return rewritten(tape, _with_constants) if any(map(_takes_an_array, tape)) else tape


def _form(node: Node, known: Collection[Form], forms: Mapping[Form, Form]) -> Form | None:
    """How a node's op is evaluated by simpler ones, called as the function itself or, by its rule, as its forward."""
    op = node.op
    if op is None or op is CONSTANT or op is PART or op.function in known:
        return None
    if op.function in forms:
        return _as_forward(node, forms[op.function])
    if op.function in COMPOSED and (op.function not in OPS or "call" in node.params):
        composition = COMPOSED[op.function]
        return _as_forward(node, lambda *args, **kwargs: composition(args, kwargs))
    if hasattr(op.function, "__code__"):  # neither a ufunc nor another function of NumPy's
        return op.function if "call" in node.params else op.forward
    return None


def _as_forward(node: Node, form: Form) -> Form:
    """A form that is called as the function, for a node that may hold its inputs one by one."""
    assert node.op is not None
    if node.op.variadic and "call" not in node.params:
        return lambda *arrays, **params: form(list(arrays), **params)
    return form


@np.errstate(all="ignore")
def _traced(node: Node, inputs: tuple[Any, ...], form: Form) -> Any:
    """What stands in a node's place: a node, a number, several of these; None if the form cannot be traced."""
    args: Any = [Tracer(x.value, x) if isinstance(x, Node) else _fitted(x, node) for x in inputs]
    kwargs: Any = node.params
    if "call" in node.params:
        args, kwargs = filled(node.params["call"], args)
    try:
        result = form(*args, **kwargs)
    except (CompgraphError, TypeError, ValueError):  # the last two where NumPy asked a tracer for its numbers
        return None
    if isinstance(result, (tuple, list)):
        return tuple([_untraced(x) for x in result])
    found = _untraced(result)
    if not isinstance(found, Node):
        return found
    if _looks(found) != _looks(node):
        return None
    if type(found.value) is not type(node.value) and found.inputs:  # a Python number, which adapts to other dtypes
        return Node(found.op, node.value, found.inputs, found.params)
    return found


def _fitted(x: Any, node: Node) -> Any:
    """A Python float beside arrays in single precision, where a definition would make a float64 of it on its own."""
    fits = type(x) is float and isinstance(node.value, (np.ndarray, np.generic)) and node.dtype.kind == "f"
    return node.dtype.type(x) if fits else x


def _untraced(x: Any) -> Any:
    return x.node if isinstance(x, Tracer) else x


def _looks(node: Node) -> tuple[Any, ...]:
    return np.shape(node.value), np.result_type(node.value), type(node.value) is float


def _takes_an_array(node: Node) -> bool:
    return any(isinstance(x, np.ndarray) and x.ndim for x in node.inputs)


def _with_constants(node: Node, inputs: tuple[Any, ...]) -> Node | None:
    """A node that takes arrays as one that takes nodes which hold them, as everywhere else on a traced tape."""
    if not any(isinstance(x, np.ndarray) and x.ndim for x in inputs):
        return None
    return again(node, tuple([Node(CONSTANT, x, ()) if isinstance(x, np.ndarray) and x.ndim else x for x in inputs]))
