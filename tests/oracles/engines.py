"""The engines that run programs: the value, the gradients and second derivatives of one number made of all results.

That number is Σ w · result over all entries of all results of the program, with fixed weights w. The second derivatives
are those of Σ v · gradient, with fixed v: the Hessian times a vector.
"""

from __future__ import annotations

import functools
import importlib
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import compgraph as cg
from compgraph.rules.composition import COMPOSED
from tests.oracles.invariants import singular, spectral
from tests.oracles.programs import Program, outputs, weights

__all__ = ["NUMPY", "Answer", "Engine", "belongs", "by_compgraph", "by_jax", "by_torch", "missing", "qualified"]


class Answer(NamedTuple):
    """What an engine says of a program, in arrays."""

    results: tuple[Any, ...]
    gradients: tuple[Any, ...]
    second: tuple[Any, ...]


Engine = Callable[[Program, bool], Answer]


def qualified(name: str, function: Any) -> str:
    """The name of an op or a composition as it is written after ``np.``."""
    inside = getattr(function, "__module__", "") == "numpy.linalg" and not name.startswith("linalg.")
    return f"linalg.{name}" if inside else name


def belongs(function: Any) -> bool:
    """Whether a function is NumPy's or compgraph's own: neither SciPy's nor declared by a test."""
    module = getattr(function, "__module__", None) or ""
    if isinstance(function, np.ufunc):
        return getattr(np, function.__name__, None) is function
    return module.startswith(("numpy", "compgraph.rules", "_operator")) and "scipy" not in module


def _of_a_sequence(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arrays, **params: function(list(arrays), **params)


NUMPY: dict[str, Callable[..., Any]] = {
    **{c.name: c.forward for c in COMPOSED.values() if belongs(c.function)},
    **{
        qualified(op.name, function): _of_a_sequence(function) if op.variadic else function
        for function, op in cg.OPS.items()
        if belongs(function)
    },
    "getitem": lambda a, index: operator.getitem(np.asarray(a) if isinstance(a, float) else a, index),
    "linalg.eigh": lambda a, UPLO="L": spectral(*np.linalg.eigh(a, UPLO)),
    "linalg.svd": lambda a, full_matrices=True, compute_uv=True: (
        singular(*np.linalg.svd(a, full_matrices)) if compute_uv else np.linalg.svd(a, compute_uv=False)
    ),
    "linalg.lstsq": lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0],
    "chosen": lambda x, y, condition: np.where(condition, x, y),
    "chosen by sign": lambda a, x, y: np.where(a > 0, x, y),
}
"""NumPy's functions and compgraph's own by name, which take arrays and nodes alike."""


def _vectors(values: list[Any]) -> list[Any]:
    return [weights(np.shape(x), 1000 + i).astype(np.asarray(x).dtype) for i, x in enumerate(values)]


def by_compgraph(program: Program, second: bool = True) -> Answer:
    values = [cg.Variable(x) if wanted else x for x, wanted in zip(program.inputs, program.variable, strict=True)]
    variables = [values[i] for i in program.variables]
    results = outputs(program, NUMPY, values)
    total: Any = 0.0
    for i, result in enumerate(results):
        total = total + np.sum(np.asarray(weights(result.shape, i), result.dtype) * result)
    plain = tuple([getattr(result, "value", result) for result in results])
    if not isinstance(total, cg.Node):
        zeros = tuple([np.zeros_like(x.value) for x in variables])
        return Answer(plain, zeros, zeros if second else ())
    if not second:
        return Answer(plain, tuple(cg.gradients(total, variables)), ())
    gradients = cg.gradients(total, variables, create_graph=True)
    along: Any = 0.0
    for v, gradient in zip(_vectors([x.value for x in variables]), gradients, strict=True):
        along = along + np.sum(v * gradient)
    return Answer(plain, tuple([g.value for g in gradients]), tuple(cg.gradients(along, variables)))


def by_torch(program: Program, second: bool = True) -> Answer:
    import torch

    from tests.oracles.in_torch import FUNCTIONS, as_array, as_tensor

    values = [as_tensor(x, wanted) for x, wanted in zip(program.inputs, program.variable, strict=True)]
    variables = [values[i] for i in program.variables]
    results = outputs(program, FUNCTIONS, values)
    total: Any = torch.zeros((), dtype=values[0].dtype)
    for i, result in enumerate(results):
        total = total + torch.sum(as_tensor(weights(tuple(result.shape), i)).to(result.dtype) * result)
    plain = tuple([as_array(result) for result in results])
    if not total.requires_grad:
        zeros = tuple([np.zeros(tuple(x.shape)) for x in variables])
        return Answer(plain, zeros, zeros if second else ())
    gradients = torch.autograd.grad(total, variables, create_graph=second, materialize_grads=True)
    found: Any = ()
    if second:
        vectors = _vectors([as_array(x) for x in variables])
        along = sum(torch.sum(torch.from_numpy(v) * g) for v, g in zip(vectors, gradients, strict=True))
        if along.requires_grad:
            found = torch.autograd.grad(along, variables, materialize_grads=True)
        else:
            found = [torch.zeros_like(x) for x in variables]
    return Answer(plain, tuple(map(as_array, gradients)), tuple(map(as_array, found)))


def by_jax(program: Program, second: bool = True, compiled: bool = True) -> Answer:
    """JAX's answer: of the compiled program, or of one operation after the other, which takes much longer.

    Compiled as in_jax sets it up, JAX 0.10 at times loses part of a gradient of min (once in 500 random programs),
    which the same operations one after the other do not.
    """
    from tests.oracles.in_jax import FUNCTIONS, jax, jnp

    def total(*variables: Any) -> Any:
        values = list(program.inputs)
        for i, x in zip(program.variables, variables, strict=True):
            values[i] = x
        results = outputs(program, FUNCTIONS, values)
        return sum(jnp.sum(weights(jnp.shape(r), i).astype(r.dtype) * r) for i, r in enumerate(results)), results

    positions = tuple(range(len(program.variables)))
    variables = [np.asarray(program.inputs[i]) for i in program.variables]
    vectors = _vectors(variables)

    def along(*variables: Any) -> Any:
        gradients, results = jax.grad(total, positions, has_aux=True)(*variables)
        return sum(jnp.sum(v * g) for v, g in zip(vectors, gradients, strict=True)), (gradients, results)

    def everything(*variables: Any) -> Any:
        if not second:
            gradients, results = jax.grad(total, positions, has_aux=True)(*variables)
            return results, gradients, ()
        found, (gradients, results) = jax.grad(along, positions, has_aux=True)(*variables)
        return results, gradients, found

    run = jax.jit(everything) if compiled else everything
    return Answer(*[tuple(map(np.asarray, part)) for part in run(*variables)])


@functools.cache
def missing(name: str) -> str | None:
    """Why an engine cannot be used, or None."""
    try:
        importlib.import_module(name)
    except ImportError as error:
        return f"{name} is not installed: {error}"
    return None
