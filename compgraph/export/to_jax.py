"""to_jax: a function and its derivatives, as derived here, for JAX to run and to compile for other devices."""

from __future__ import annotations

import functools
import importlib.util
import sys
import traceback
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from compgraph.compile.calls import CONSTANT, PART
from compgraph.compile.capture import Program, Signature, signature_of
from compgraph.compile.compiled import _places
from compgraph.errors import DtypeError, MissingExtraError, TracingError, UseError
from compgraph.export.jax_ops import array_of, known_in_jax
from compgraph.export.ready import arguments_of, dtype_of, name_of, ready
from compgraph.export.written_out import forms_of_special
from compgraph.nested import flatten, unflatten
from compgraph.node import Node
from compgraph.tracing import title

__all__ = ["to_jax"]

ndarray = np.ndarray
MOST_VERSIONS = 16
"""For so many signatures at a time a trace is kept."""

WIDE = frozenset({np.dtype(np.float64), np.dtype(np.complex128)})


class Version(NamedTuple):
    """What was traced for one signature."""

    signature: Signature
    program: Program


def to_jax(f: Callable[..., Any], *, static: int | str | Iterable[int | str] = ()) -> Callable[..., Any]:
    """Return the same function on JAX's arrays, for ``jax.jit`` and the devices that it reaches.

    >>> import compgraph as cg
    >>> def cost(w, b):
    ...     return np.sum(np.tanh(w * 3.0 + b))
    >>> g = to_jax(cg.value_and_grad(cost, (0, 1)))

    In a program that has imported JAX, ``jax.jit(g)(w, b)`` then gives the value and both derivatives, compiled by XLA.

    The derivatives are compgraph's own. At the first call for each signature (the shapes and dtypes of the arguments,
    and what is static) the function is traced with NumPy as :func:`compgraph.compile` does it, derived and simplified,
    and what is left is a list of array operations. Each call goes through the list with ``jax.numpy`` in the place of
    NumPy. JAX is asked for no derivative, and is never imported here: it is the module that the caller's program has
    imported, and used for running alone. The result is pure and may be passed to JAX's own transforms.

    JAX computes in float32 unless told otherwise. Where the trace has a float64 and JAX would make it a float32, this
    raises; say ``jax.config.update("jax_enable_x64", True)`` at the start of the program. What ``jax.jit`` is given it
    converts by itself, before it arrives here.

    Args:
        f: a function written in NumPy, or a transform of one, such as ``value_and_grad(cost)``. Its arguments may be
            arrays, numbers, and trees of them.
        static: positions or names of arguments to take as they are, as for :func:`compgraph.compile`; give the same to
            ``jax.jit``, as its ``static_argnums`` or ``static_argnames``.

    Returns:
        A function that takes JAX's arrays, NumPy's and numbers, also inside of ``jax.jit``, and returns JAX's arrays,
        in the same tree as f would.

    Raises:
        TracingError: at a call: the function decides by a value, calls something that JAX has no counterpart of, or
            calls JAX itself; or an argument is none of NumPy's kinds.
        DtypeError: at a call: float64 is needed and JAX has it switched off.
        UseError: f is no function, or ``static`` names no argument of it; or at a call: the program has not imported
            JAX.
        MissingExtraError: JAX is not installed.
    """
    if not callable(f):
        raise UseError(f"to_jax takes a function, and not its result: {type(f).__name__} cannot be called")
    fixed = _places(f, frozenset([static] if isinstance(static, (int, str)) else static))
    versions: list[Version] = []

    @functools.wraps(f)
    def in_jax(*args: Any, **kwargs: Any) -> Any:
        jax = _module()
        examples, signature = signature_of(_examples(jax, args, fixed), _examples(jax, kwargs, fixed), fixed)
        program = next((version.program for version in versions if version.signature == signature), None)
        if program is None:
            try:
                program = ready(f, examples, signature, known_in_jax(), forms_of_special(), "JAX")
            except Exception as error:
                if not _met_jax(error):
                    raise
                raise TracingError(
                    f"{title(f)} meets JAX itself while it is traced with NumPy: write it with np. in the place of "
                    "jnp., and of JAX's arrays make arguments, or NumPy's if they come from around it: np.asarray(x)"
                ) from error
            del versions[: len(versions) - MOST_VERSIONS + 1]
            versions.append(Version(signature, program))
        _check_precision(jax, program, title(f))
        leaves = _leaves(args, kwargs, fixed)
        return _replayed(jax, program, [leaves[i] for i in program.places])

    return in_jax


def _module() -> Any:
    """JAX, as the caller's program has imported it."""
    jax = sys.modules.get("jax")
    if jax is not None:
        return jax
    if importlib.util.find_spec("jax") is None:
        raise MissingExtraError("a function made by to_jax", "jax", "jax")
    raise UseError("a function made by to_jax runs on the JAX of your program: import jax before calling it")


def _met_jax(error: BaseException) -> bool:
    """Whether an error comes out of JAX's code, or is this package's refusal of a value of JAX's."""
    walked = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    modules = [str(frame.f_globals.get("__name__")).partition(".")[0] for frame in walked]
    hidden = any("JAX" in note for note in getattr(error, "__notes__", ()))  # it takes its own frames away, and says so
    refused = modules[-1:] == ["compgraph"] and any(map(_of_jax, walked[-1].f_locals.values()))
    told = error.__cause__ is not None and _met_jax(error.__cause__)  # an error of JAX's, in this package's words
    return "jax" in modules or hidden or refused or told


def _of_jax(x: Any) -> bool:
    return type(x).__module__.partition(".")[0] in ("jax", "jaxlib")


# ------------------------------------------------------------------------------------------------------- the arguments


def _examples(jax: Any, given: Any, fixed: Collection[int | str]) -> Any:
    """Arguments, by position or by name, as a trace takes them: examples in the place of JAX's arrays."""
    if isinstance(given, dict):
        return {name: _example_tree(jax, x) if name not in fixed else _fixed(x, name) for name, x in given.items()}
    return tuple([_example_tree(jax, x) if i not in fixed else _fixed(x, i) for i, x in enumerate(given)])


def _fixed(x: Any, place: int | str) -> Any:
    """A static argument, which is none of JAX's values."""
    if any(_of_jax(leaf) and hasattr(leaf, "shape") for leaf in flatten(x)[0]):
        raise TracingError(
            f"argument {place!r} is static and was given as an array of JAX's, as jax.jit makes of every argument: "
            "name it in static_argnums= or static_argnames= of jax.jit too"
        )
    return x


def _example_tree(jax: Any, x: Any) -> Any:
    leaves, structure = flatten(x)
    return unflatten(structure, [_example(jax, leaf) for leaf in leaves])


def _example(jax: Any, x: Any) -> Any:
    """An array of NumPy for one of JAX's, which may be a tracer: of its shape and dtype, with harmless entries."""
    if isinstance(x, (ndarray, np.generic, float, int)):
        return x
    if not (hasattr(x, "shape") and hasattr(x, "dtype")):
        if not isinstance(x, (list, type(None))) and not jax.tree_util.all_leaves([x]):
            raise TracingError(
                f"an argument of type {type(x).__name__} is a pytree that only JAX was told of: give its parts, in a "
                "dict, a tuple or a list"
            )
        return x
    dtype = _dtype(x)
    if dtype.kind in "fc":
        example = np.random.default_rng(0).uniform(0.25, 0.75, x.shape).astype(dtype)
        if x.ndim >= 2 and x.shape[-1] == x.shape[-2]:
            example += x.shape[-1] * np.eye(x.shape[-1], dtype=dtype)  # which has an inverse, and a Cholesky factor
    else:
        example = np.zeros(x.shape, dtype)
    if x.ndim:
        return example
    return example.item() if getattr(x, "weak_type", False) and dtype.kind != "b" else example[()]


def _dtype(x: Any) -> np.dtype[Any]:
    """The dtype of an array of JAX's, which is to be one of NumPy's."""
    if not isinstance(x.dtype, np.dtype):
        raise TracingError(
            f"an argument of dtype {x.dtype} has no counterpart in NumPy: draw from a random key outside, and give the "
            "numbers"
        )
    if x.dtype.kind not in "biufc":
        raise TracingError(
            f"an argument of dtype {x.dtype} has no counterpart in NumPy: convert it, as x.astype(jnp.float32) does"
        )
    return x.dtype


def _leaves(args: tuple[Any, ...], kwargs: dict[str, Any], fixed: Collection[int | str]) -> list[Any]:
    """The leaves of the arguments themselves, in the order of the signature's."""
    pairs = [*enumerate(args), *sorted(kwargs.items())]
    return [leaf for place, x in pairs for leaf in ([x] if place in fixed else flatten(x)[0])]


def _check_precision(jax: Any, program: Program, name: str) -> None:
    """Refuse to compute in single precision what NumPy computes in double precision."""
    if jax.dtypes.canonicalize_dtype(np.float64) == np.float64:
        return
    outputs = frozenset(program.tape.outputs)
    for node in program.tape:
        if isinstance(node.value, (tuple, list)):
            continue
        if dtype_of(node) in WIDE and (isinstance(node.value, (ndarray, np.generic)) or node in outputs):
            what = node.name or ("a constant" if node.op in (None, CONSTANT) else f"a result of {name_of(node.op)}")
            raise DtypeError(
                f"{name}: {what} is of dtype {dtype_of(node)}, which JAX would silently make single precision: call "
                'jax.config.update("jax_enable_x64", True) at the start of the program, or make the arguments, and the '
                "arrays and NumPy scalars that the function uses, float32"
            )


# ------------------------------------------------------------------------------------------------------------ running


def _replayed(jax: Any, program: Program, arguments: Sequence[Any]) -> Any:
    """The results of a program, computed by JAX."""
    known = known_in_jax()
    values: dict[Node, Any] = {}
    for node, x in zip(program.arguments, arguments, strict=True):
        values[node] = array_of(jax, x, dtype_of(node))
    for node in program.tape:
        if node.op is None:
            continue
        if node.op is CONSTANT:
            values[node] = node.value  # still NumPy's: an index and a condition have to be known
            continue
        inputs = [values[x] if isinstance(x, Node) else x for x in node.inputs]
        if node.op is PART:
            values[node] = inputs[0][node.params["number"]]
            continue
        args, kwargs = arguments_of(node, inputs)
        try:
            value = known[node.op.function](jax, node, *args, **kwargs)
        except (TypeError, ValueError, IndexError, NotImplementedError) as error:
            raise TracingError(f"JAX cannot evaluate {name_of(node.op)} as it is called here: {error}") from error
        values[node] = value if isinstance(node.value, tuple) else array_of(jax, value, dtype_of(node))
    return unflatten(program.structure, [array_of(jax, values[node], dtype_of(node)) for node in program.tape.outputs])
