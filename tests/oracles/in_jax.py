"""JAX under NumPy's names: ``jax.numpy`` where it has the name, and what stands elsewhere in JAX.

Set up for small programs that run once: on the CPU, in double precision, without the costly optimisations.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from compgraph.rules.masked_reduction import with_gaps
from compgraph.rules.picking import FIRST, SECOND
from tests.oracles.invariants import singular, spectral

__all__ = ["FUNCTIONS", "jax", "jnp"]

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_disable_most_optimizations", True)


SEQUENCES = ("concatenate", "stack", "vstack", "hstack", "dstack", "column_stack")
GAPS: tuple[str, ...] = (
    "nansum",
    "nanprod",
    "nanmean",
    "nanvar",
    "nanstd",
    "nanmax",
    "nanmin",
    "nancumsum",
    "nancumprod",
)
GAPS += ("nanmedian", "nanquantile", "nanpercentile")


class _Names(dict[str, Callable[..., Any]]):
    """A table that looks up in ``jax.numpy`` what it has no entry for."""

    def __missing__(self, name: str) -> Callable[..., Any]:
        place: Any = jnp
        for part in name.split("."):
            place = getattr(place, part, None)
        if not callable(place):
            raise KeyError(name)
        return place


def _of_a_sequence(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arrays, **params: function(list(arrays), **params)


def _with_gaps(function: Callable[..., Any]) -> Callable[..., Any]:
    """With NaN where the compositions' own calls put it."""

    def gapped(a: Any, **params: Any) -> Any:
        gaps = np.isnan(with_gaps(lambda x: x)(np.zeros(a.shape)))
        return function(jnp.where(gaps, jnp.nan, a), **params)

    return gapped


def _eigh(a: Any, UPLO: str = "L") -> Any:
    """That of one triangle, which the other one mirrors."""
    half = jnp.tril(a) if UPLO == "L" else jnp.swapaxes(jnp.triu(a), -1, -2)
    return jnp.linalg.eigh(half + jnp.swapaxes(jnp.tril(half, -1), -1, -2), symmetrize_input=False)


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    found = jnp.linalg.svd(a, full_matrices, compute_uv)
    return singular(*found) if compute_uv else found


def _bincount(weights: Any, x: Any, minlength: int = 0) -> Any:
    return jnp.bincount(x, weights, minlength, length=max(int(np.max(x)) + 1, minlength))


def _partition(a: Any, kth: Any, axis: int = -1) -> Any:
    raise NotImplementedError("the order on either side of kth is nowhere specified, and is another one in JAX")


FUNCTIONS = _Names(
    {
        "getitem": lambda a, index: operator.getitem(jnp.asarray(a), index),
        "sigmoid": jax.nn.sigmoid,
        "relu": jax.nn.relu,
        "leaky_relu": lambda x, slope=0.01: jax.nn.leaky_relu(x, slope),
        "softplus": jax.nn.softplus,
        "softmax": jax.nn.softmax,
        "log_softmax": jax.nn.log_softmax,
        "logsumexp": jax.nn.logsumexp,
        "binary_cross_entropy_with_logits": lambda z, y: jax.nn.softplus(z) - y * z,
        "norm": lambda x, axis=None, keepdims=False: jnp.linalg.vector_norm(x, axis=axis, keepdims=keepdims),
        "p-norm": lambda x, p, axis=None, keepdims=False: jnp.linalg.vector_norm(
            x, ord=p, axis=axis, keepdims=keepdims
        ),
        "clip": lambda a, a_min=None, a_max=None: jnp.clip(a, a_min, a_max),
        "chosen": lambda x, y, condition: jnp.where(condition, x, y),
        "chosen by sign": lambda a, x, y: jnp.where(a > 0, x, y),
        "cast": lambda x, dtype: jnp.asarray(x).astype(dtype),
        "einsum": lambda *operands, subscripts, optimize="optimal": jnp.einsum(
            subscripts, *operands, optimize=optimize
        ),
        "take": lambda a, indices, axis=None, mode="raise": jnp.take(
            a, np.asarray(indices), axis, mode=None if mode == "raise" else mode
        ),
        "compress": lambda a, condition, axis=None: jnp.compress(np.array(condition), a, axis),
        "extract": lambda arr, condition: jnp.extract(condition, arr, size=int(np.sum(condition))),
        "select": lambda a, b, default: jnp.select([FIRST, SECOND], jnp.broadcast_arrays(a, b, default)[:2], default),
        "choose": lambda a, b, mode="clip": jnp.choose(np.array([0, 1, 2]), [a, b], mode=mode),
        "block": lambda a, b, c, d: jnp.block([[a, b], [c, d]]),
        "insert": lambda arr, values, obj, axis=None: jnp.insert(
            arr, np.array(obj) if isinstance(obj, list) else obj, values, axis
        ),
        "delete": lambda arr, obj, axis=None: jnp.delete(arr, np.array(obj) if isinstance(obj, list) else obj, axis),
        "bincount": _bincount,
        "linalg.multi_dot": _of_a_sequence(jnp.linalg.multi_dot),
        "linalg.lstsq": lambda a, b: jnp.linalg.lstsq(a, b)[0],
        "linalg.eigh": lambda a, UPLO="L": spectral(*_eigh(a, UPLO)),
        "linalg.eigvalsh": lambda a, UPLO="L": _eigh(a, UPLO)[0],
        "linalg.svd": _svd,
        "copy": lambda a, order="K": jnp.copy(a),
        "interp": lambda x, fp, **params: jnp.interp(x, np.array([0.0, 1.0, 1.5, 3.0]), fp, **params),
        "repeat": lambda a, repeats, axis=None: jnp.repeat(
            a, repeats, axis, total_repeat_length=int(np.sum(repeats)) if np.ndim(repeats) else None
        ),
        "nan_to_num": lambda x, **params: jnp.nan_to_num(x + np.array([0.0, np.nan, np.inf, -np.inf]), **params),
        "partition": _partition,
        "fix": jnp.trunc,
        "astype": lambda x, dtype: jnp.asarray(x).astype(dtype),
        "average": lambda a, weights=None, **params: jnp.average(a, weights=weights, **params),
        "float_power": lambda x1, x2=2.0: jnp.float_power(x1, x2),
        "ldexp": lambda x1, x2: jnp.ldexp(x1, x2),
        **{name: _of_a_sequence(getattr(jnp, name)) for name in SEQUENCES},
        **{name: _with_gaps(getattr(jnp, name)) for name in GAPS},
    }
)
