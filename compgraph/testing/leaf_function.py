"""A function of trees as a function from real arrays to real arrays: what is checked, at any order.

The arrays are the leaves of the arguments and of the result. A complex one is two of them, its real and its imaginary
part. What has no derivative, such as labels in integers or a name, is a constant in the arguments and left out of the
result.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from compgraph.errors import GradientError
from compgraph.nested import flatten, paths, ravel, unflatten, unravel
from compgraph.node import Node
from compgraph.tracing import Argnums, places_of, title
from compgraph.transforms import jvp, vjp

__all__ = ["LeafFunction", "along", "flat", "leaf_function", "name_of", "plain", "pulled_back"]


class LeafFunction(NamedTuple):
    """A function from real arrays to real arrays, and a point of it.

    Attributes:
        call: takes as many arrays or numbers as ``at`` holds, plain ones or nodes, and returns a tuple of them.
        at: the point: a tuple of arrays and numbers.
        inputs: how each of them is written in code, such as ``params['W']``.
        outputs: the same for the results.
    """

    call: Callable[..., tuple[Any, ...]]
    at: tuple[Any, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def name_of(f: Callable[..., Any]) -> str:
    """What a function is called in messages; one without a name is f.

    >>> name_of(np.sum), name_of(lambda x: x)
    ('sum', 'f')
    """
    name = title(f)
    return name if name.isidentifier() else "f"


def leaf_function(f: Callable[..., Any], args: Sequence[Any], argnums: Argnums | None = None) -> LeafFunction:
    """Return a function of trees as one of real arrays.

    >>> found = leaf_function(lambda p, label: p["w"] ** 2 + label, [{"w": 3.0, "b": np.ones(2)}, np.array(1)])
    >>> found.inputs, found.outputs
    (("p['w']", "p['b']"), ('f',))
    >>> [float(x) for x in found.call(4.0, np.zeros(2))]
    [17.0]

    Args:
        f: a function written in plain NumPy.
        args: its arguments, arrays, numbers and trees of them.
        argnums: the arguments to differentiate by, positions or names; all by default.

    Raises:
        GradientError: there is no number or array of floats in these arguments, or none in the result.
    """
    chosen = range(len(args)) if argnums is None else [_position(f, place, len(args)) for place in _several(argnums)]
    names = _argument_names(f, len(args))
    taken = [flatten(x) for x in args]
    inputs: list[str] = []
    at: list[Any] = []
    for i in chosen:
        leaves, structure = taken[i]
        for path, leaf in zip(paths(structure, names[i]), leaves, strict=True):
            if _is_complex(leaf):
                inputs += [f"{path}.real", f"{path}.imag"]
                at += [np.real(leaf), np.imag(leaf)]
            elif _has_derivative(leaf):
                inputs.append(path)
                at.append(_as_floats(leaf))
    if not at:
        raise GradientError(
            f"{name_of(f)} is to be differentiated and its arguments hold no number and no array of floats: "
            "give an array of integers as floats, or another argnums"
        )

    def arguments(leaves: Sequence[Any]) -> list[Any]:
        rest = iter(leaves)
        built = []
        for i, (own, structure) in enumerate(taken):
            if i not in chosen:
                built.append(_copied(args[i]))
                continue
            put = []
            for leaf in own:
                if _is_complex(leaf):
                    real, imaginary = next(rest), next(rest)
                    put.append(real + 1j * imaginary)
                else:
                    put.append(next(rest) if _has_derivative(leaf) else _copied(leaf))
            built.append(unflatten(structure, put))
        return built

    outputs: list[str] = []

    def call(*leaves: Any) -> tuple[Any, ...]:
        results, structure = flatten(f(*arguments(leaves)))
        outputs.clear()
        found = []
        for path, leaf in zip(paths(structure, name_of(f)), results, strict=True):
            if _is_complex(leaf):
                outputs.extend([f"{path}.real", f"{path}.imag"])
                found += [np.real(leaf), np.imag(leaf)]
            elif _has_derivative(leaf):
                outputs.append(path)
                found.append(_as_floats(leaf))
        return tuple(found)

    if not call(*[_copied(x) for x in at]):
        raise GradientError(f"{name_of(f)} returned no number and no array of floats: is a return missing?")
    return LeafFunction(call, tuple(at), tuple(inputs), tuple(outputs))


def pulled_back(function: LeafFunction, u: Any) -> LeafFunction:
    """Return the function of the gradients in reverse mode, of the result's entries with fixed weights.

    >>> square = leaf_function(lambda x: x**2, [3.0])
    >>> pulled_back(square, np.array([1.0])).call(3.0), pulled_back(square, np.array([1.0])).outputs
    ((6.0,), ('(df/dx)',))

    Args:
        function: what to differentiate.
        u: the weights, end to end in one vector.
    """

    def call(*leaves: Any) -> tuple[Any, ...]:
        value, pull = vjp(function.call, *leaves)
        return pull(tuple(unravel(u, [plain(x) for x in value])))

    single = len(function.outputs) == 1 and u.size == 1 and u[0] == 1
    of = function.outputs[0] if single else f"<u, {_common(function.outputs)}>"
    return function._replace(call=call, outputs=tuple([f"(d{of}/d{name})" for name in function.inputs]))


def along(function: LeafFunction, t: Any) -> LeafFunction:
    """Return the function of the derivatives in forward mode, along a fixed direction.

    >>> along(leaf_function(lambda x: x**2, [3.0]), np.array([2.0])).call(3.0)
    (12.0,)

    Args:
        function: what to differentiate.
        t: the direction, end to end in one vector.
    """

    def call(*leaves: Any) -> tuple[Any, ...]:
        tangents: tuple[Any, ...] = jvp(function.call, leaves, unravel(t, [plain(x) for x in leaves]))[1]
        return tangents

    return function._replace(call=call, outputs=tuple([f"(d{name} along t)" for name in function.outputs]))


def plain(x: Any) -> Any:
    """The value of a node; what is none as it is."""
    return x.value if isinstance(x, Node) else x


def _common(outputs: Sequence[str]) -> str:
    """What results are called together: the part that all the names begin with."""
    first = outputs[0]
    return first if len(outputs) == 1 else first.split("[")[0].split(".")[0]


def _several(argnums: Argnums) -> Sequence[int | str]:
    return (argnums,) if isinstance(argnums, (int, str)) else tuple(argnums)


def _position(f: Callable[..., Any], place: int | str, count: int) -> int:
    (found,) = places_of(f, (place,))
    position = found if isinstance(found, int) else found.position
    if position is None or not -count <= position < count:
        raise GradientError(f"argnums: {name_of(f)} is called with {count} arguments by position and has no {place!r}")
    return position % count


def _argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """What the arguments are called where the function says it."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # functions written in C need not say what they take
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][:count]
    return names + [f"args[{i}]" for i in range(len(names), count)]


def _is_complex(x: Any) -> bool:
    if isinstance(x, list):
        return np.asarray(x).dtype.kind == "c"
    return isinstance(x, (complex, np.ndarray, np.generic, Node)) and np.result_type(plain(x)).kind == "c"


def _has_derivative(x: Any) -> bool:
    """Whether a leaf is a number or an array of floats; a Python integer stands for a float."""
    if isinstance(x, (np.ndarray, np.generic, Node)):
        return bool(np.result_type(plain(x)).kind == "f")
    if isinstance(x, list):
        return np.asarray(x).dtype.kind in "if"
    return isinstance(x, (int, float)) and not isinstance(x, bool)


def _as_floats(x: Any) -> Any:
    if isinstance(x, list):
        return np.asarray(x, np.float64)
    return float(x) if isinstance(x, int) else x


def _copied(x: Any) -> Any:
    """An array that the function may do with as it likes."""
    return x.copy() if isinstance(x, np.ndarray) else x


def flat(values: Sequence[Any]) -> Any:
    """Numbers and arrays end to end in one vector of float64."""
    return np.asarray(ravel(values), np.float64)
