"""The complex derivative of a holomorphic function, which is one number where a gradient has two parts."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from compgraph.errors import GradientError
from compgraph.nested import flatten, unflatten
from compgraph.node import Node
from compgraph.reverse import gradients
from compgraph.tape import Tape
from compgraph.tracing import Argnums, Place, is_nested, lift, places_of, title
from compgraph.unknown import Unknown

__all__ = ["check_cauchy_riemann", "holomorphic_grad"]


def holomorphic_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Return the function that computes the complex derivative f'(z) of a holomorphic function.

    >>> import compgraph as cg
    >>> cg.holomorphic_grad(lambda z: z**3)(1 + 2j)
    np.complex128(-9+12j)
    >>> cg.holomorphic_grad(cg.holomorphic_grad(lambda z: z**3))(1 + 2j)
    np.complex128(6+12j)

    The cotangent of 1 pulled back is f'(z), and that of i has to be i f'(z): these are the equations of Cauchy and
    Riemann. Both are computed, and where they disagree the function is refused.

    Args:
        f: a function written in plain NumPy that returns a single complex number.
        argnums: the argument to differentiate with respect to: its position or its name; or a tuple of these.

    Returns:
        A function of the same arguments. Its result has the argument's shape, or structure, and is complex; a real
        argument is taken as a complex one. For several arguments it is a tuple. Inside another ``holomorphic_grad``
        it can be differentiated again.

    Raises:
        GradientError: ``f`` is not holomorphic there, or returned something else than a single complex number.

    Source: L. Ahlfors, "Complex Analysis", section 2.1.
    """
    places = places_of(f, argnums)
    single = isinstance(argnums, str) or hasattr(argnums, "__index__")

    @functools.wraps(f)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        held: list[Any] = list(args)
        named = dict(kwargs)
        for place in places:
            _make_complex(place, held, named)
        lifted = lift(f, held, named, places)
        output = f(*lifted.args, **lifted.kwargs)
        _check_output(f, output)
        if isinstance(output, Node):
            nested = is_nested(Tape(output), lifted.nodes)
            found = gradients(output, lifted.nodes, seed=1.0, create_graph=nested)
            check_cauchy_riemann(f, found, gradients(output, lifted.nodes, seed=1j))
        else:
            found = [np.zeros(node.shape, node.dtype)[()] for node in lifted.nodes]
        slopes = lifted.arranged(found)
        return slopes[0] if single else slopes

    return derivative


def _make_complex(place: Place, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Put complex numbers into the place of real ones; an argument that is missing is reported by the call itself."""
    if isinstance(place, int):
        if -len(args) <= place < len(args):
            args[place] = _complex(args[place])
    elif place.name in kwargs:
        kwargs[place.name] = _complex(kwargs[place.name])
    elif place.position is not None and place.position < len(args):
        args[place.position] = _complex(args[place.position])


def _complex(argument: Any) -> Any:
    leaves, structure = flatten(argument)
    return unflatten(structure, [_complex_leaf(leaf) for leaf in leaves])


def _complex_leaf(x: Any) -> Any:
    if isinstance(x, (Node, Unknown)):
        plain: Any = x
        return x if x.dtype.kind == "c" else plain + 0j
    array = np.asarray(x)
    return array.astype(np.result_type(array.dtype, np.complex64))[()] if array.dtype.kind in "iuf" else x


def _check_output(f: Callable[..., Any], output: Any) -> None:
    value = output.value if isinstance(output, Node) else output
    if np.shape(value) != ():
        raise GradientError(
            f"{title(f)} returned an array of shape {np.shape(value)}, which has no one derivative: "
            "return a single complex number; of an elementwise function the sum of its entries"
        )
    if not isinstance(value, Unknown) and np.asarray(value).dtype.kind not in "iufc":
        raise GradientError(f"{title(f)} returned {value!r}, which is no number: is a return missing?")
    if isinstance(output, Node) and output.dtype.kind != "c":
        raise GradientError(
            f"{title(f)} returned a real number of a complex one, which is not holomorphic unless it is constant: "
            "ask compgraph.grad for its gradient ∂/∂x - i ∂/∂y"
        )


def check_cauchy_riemann(f: Callable[..., Any], along_one: list[Any], along_i: list[Any]) -> None:
    """Refuse a function of which the gradients for the seeds 1 and i disagree by more than rounding.

    >>> check_cauchy_riemann(np.exp, [np.array([2.0 + 1j])], [np.array([-1.0 + 2j])])

    Raises:
        GradientError: the second are not i times the first.
    """
    for one, i in zip(along_one, along_i, strict=True):
        if isinstance(one.value if isinstance(one, Node) else one, Unknown):
            continue
        turned: Any = 1j * np.asarray(one.value if isinstance(one, Node) else one)
        tolerance = float(np.sqrt(np.finfo(turned.dtype).eps))
        gap, size = np.max(np.abs(i - turned), initial=0.0), np.max(np.abs(i) + np.abs(turned), initial=0.0)
        if gap > tolerance * size:  # NaN is no disagreement
            raise GradientError(
                f"{title(f)} is not holomorphic: its derivatives along the real and the imaginary axis disagree, as "
                "those of conj, abs, real, imag and angle do; ask compgraph.grad for the gradient of a real result, "
                "or compgraph.vjp for both parts"
            )
