"""How each function of NumPy is called in JAX: nearly all by the same name, with the same arguments.

Each function here takes the module ``jax``, the node, and the arguments of the call. Where NumPy and JAX choose
different dtypes, those of NumPy are kept: the trace has them.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from compgraph.compile.tracer import _astype
from compgraph.errors import TracingError
from compgraph.export.ready import arguments_of, dtype_of, loop_of
from compgraph.node import Node
from compgraph.rules.contraction import contract
from compgraph.rules.indexing import embed
from compgraph.rules.shape import cast
from compgraph.rules.update import added, replaced

__all__ = ["IN_JAX", "array_of", "known_in_jax"]

Evaluate = Callable[..., Any]

UFUNCS = """
    add subtract multiply divide remainder floor_divide fmod power float_power negative positive absolute fabs sign
    signbit copysign nextafter heaviside maximum minimum fmax fmin floor ceil trunc rint square sqrt cbrt reciprocal
    exp exp2 expm1 log log2 log10 log1p logaddexp logaddexp2 sin cos tan arcsin arccos arctan arctan2 hypot sinh cosh
    tanh arcsinh arccosh arctanh deg2rad rad2deg radians degrees conjugate isfinite isinf isnan greater greater_equal
    less less_equal equal not_equal logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor
    invert left_shift right_shift gcd lcm
"""

IN_THE_RESULTS_DTYPE = "sum prod mean cumsum cumprod concatenate stack clip"
"""Functions whose arrays are converted to the dtype of the result first, as NumPy does."""

AS_THEY_ARE = """
    max min amax amin var std any all argmax argmin count_nonzero transpose swapaxes moveaxis reshape ravel expand_dims
    squeeze broadcast_to flip roll rot90 tril triu sinc i0 round around real imag angle take_along_axis searchsorted
    nan_to_num
    linalg.inv linalg.solve linalg.det linalg.pinv linalg.svd linalg.qr linalg.slogdet
    fft.fft fft.ifft fft.rfft fft.irfft
"""


def array_of(jax: Any, x: Any, dtype: Any) -> Any:
    """An array of JAX, of a dtype or, where its wide integers are switched off, of the next one that it has."""
    return jax.numpy.asarray(x, jax.dtypes.canonicalize_dtype(dtype))


def _found(space: Any, name: str) -> Any:
    return operator.attrgetter(name)(space)


def _ufunc(ufunc: Any, evaluate: Callable[[Any], Evaluate]) -> Evaluate:
    def evaluated(jax: Any, node: Node, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise TracingError(
                f"np.{ufunc.__name__}(..., {', '.join(kwargs)}=) has no counterpart in JAX: leave it out"
            )
        loop = loop_of(ufunc, arguments_of(node, node.inputs)[0])
        arrays = [array_of(jax, x, dtype) for x, dtype in zip(args, loop, strict=False)]
        return evaluate(jax)(*arrays)

    return evaluated


def _in_dtype(name: str) -> Evaluate:
    def evaluated(jax: Any, node: Node, *args: Any, **kwargs: Any) -> Any:
        def converted(x: Any) -> Any:
            if isinstance(x, (list, tuple)):
                return [converted(part) for part in x]
            return None if x is None else array_of(jax, x, dtype_of(node))

        first, *rest = args
        return _found(jax.numpy, name)(converted(first), *rest, **kwargs)

    return evaluated


def _by_name(name: str) -> Evaluate:
    def evaluated(jax: Any, node: Node, *args: Any, **kwargs: Any) -> Any:
        return _found(jax.numpy, name)(*args, **kwargs)

    return evaluated


def _clip(jax: Any, node: Node, a: Any, a_min: Any = None, a_max: Any = None, **named: Any) -> Any:
    low, high = named.get("min", a_min), named.get("max", a_max)
    low, high = [None if x is None else array_of(jax, x, dtype_of(node)) for x in (low, high)]
    return jax.numpy.clip(array_of(jax, a, dtype_of(node)), low, high)


def _where(jax: Any, node: Node, condition: Any, x: Any, y: Any) -> Any:
    return jax.numpy.where(condition, *[array_of(jax, part, dtype_of(node)) for part in (x, y)])


def _cast(jax: Any, node: Node, a: Any, *dtype: Any, **named: Any) -> Any:
    return array_of(jax, a, dtype_of(node))


def _argsort(jax: Any, node: Node, a: Any, axis: Any = -1, **kind: Any) -> Any:
    return jax.numpy.argsort(a, axis=axis, stable=True)  # as good as any kind NumPy has


def _sort(jax: Any, node: Node, a: Any, axis: Any = -1, **kind: Any) -> Any:
    return jax.numpy.sort(a, axis=axis)


def _same(jax: Any, node: Node, a: Any, *order: Any, **kwargs: Any) -> Any:
    return a


def _fix(jax: Any, node: Node, x: Any) -> Any:
    return jax.numpy.trunc(x)


def _contract(jax: Any, node: Node, operands: Any, subscripts: str) -> Any:
    return jax.numpy.einsum(subscripts, *[array_of(jax, x, dtype_of(node)) for x in operands], precision="highest")


def _convolve(jax: Any, node: Node, a: Any, v: Any, mode: str = "full") -> Any:
    a, v = (array_of(jax, x, dtype_of(node)) for x in (a, v))
    return jax.numpy.convolve(a, v, mode=mode, precision="highest")


def _index(index: Any) -> Any:
    """An index as JAX takes it: a list of places as an array."""
    if isinstance(index, tuple):
        return tuple([_index(part) for part in index])
    return np.asarray(index) if isinstance(index, list) else index


def _getitem(jax: Any, node: Node, a: Any, index: Any) -> Any:
    return jax.numpy.asarray(a)[_index(index)]


def _embed(jax: Any, node: Node, entries: Any, index: Any, shape: Any) -> Any:
    return jax.numpy.zeros(shape, jax.dtypes.canonicalize_dtype(dtype_of(node))).at[_index(index)].add(entries)


def _spread(jax: Any, whole: Any, entries: Any, index: Any) -> Any:
    """The entries as NumPy spreads them over the places of an index: further axes of length 1 in front are left out."""
    places = np.arange(whole.size).reshape(whole.shape)[index]
    own = list(np.shape(entries))
    while len(own) > np.ndim(places) and own[0] == 1:
        own = own[1:]
    return places, jax.numpy.broadcast_to(jax.numpy.reshape(entries, own), np.shape(places))


def _added(jax: Any, node: Node, a: Any, entries: Any, index: Any) -> Any:
    whole = array_of(jax, a, dtype_of(node))
    _, entries = _spread(jax, whole, array_of(jax, entries, dtype_of(node)), _index(index))
    return whole.at[_index(index)].add(entries)


def _replaced(jax: Any, node: Node, a: Any, entries: Any, index: Any) -> Any:
    """Of the entries for one place the last stays, which JAX leaves open: the others are left out."""
    whole = array_of(jax, a, dtype_of(node))
    places, entries = _spread(jax, whole, array_of(jax, entries, dtype_of(node)), _index(index))
    flat = np.ravel(places)
    last = np.unique(flat[::-1], return_index=True)[1]
    kept = flat.size - 1 - last
    filled = jax.numpy.ravel(whole).at[flat[kept]].set(jax.numpy.ravel(entries)[kept])
    return jax.numpy.reshape(filled, whole.shape)


def _matmul(jax: Any) -> Evaluate:
    """A product of matrices in all digits of its dtype, which accelerators give only when asked."""
    return lambda x, y: jax.numpy.matmul(x, y, precision="highest")


def _dot(jax: Any, node: Node, a: Any, b: Any) -> Any:
    return jax.numpy.dot(*[array_of(jax, x, dtype_of(node)) for x in (a, b)], precision="highest")


def _of_one_triangle(name: str) -> Evaluate:
    """A decomposition that reads one triangle of a symmetric matrix only, where JAX would mix both."""

    def evaluated(jax: Any, node: Node, a: Any, *args: Any, **kwargs: Any) -> Any:
        return _found(jax.numpy, name)(a, *args, **kwargs, symmetrize_input=False)

    return evaluated


IN_OWN_WAY: dict[Callable[..., Any], Evaluate] = {
    np.clip: _clip, np.where: _where, cast: _cast, _astype: _cast, float: _cast, np.argsort: _argsort, np.sort: _sort,
    np.copy: _same, np.fix: _fix, np.matmul: _ufunc(np.matmul, _matmul), np.dot: _dot, contract: _contract,
    **{_found(np, name): _of_one_triangle(name) for name in ("linalg.cholesky", "linalg.eigh", "linalg.eigvalsh")},
    np.convolve: _convolve, operator.getitem: _getitem, embed: _embed, added: _added, replaced: _replaced,
}  # fmt: skip


def _of_numpy(name: str) -> Callable[[Any], Evaluate]:
    return lambda jax: _found(jax.numpy, name)


IN_JAX: dict[Callable[..., Any], Evaluate] = {
    **{getattr(np, name): _ufunc(getattr(np, name), _of_numpy(name)) for name in UFUNCS.split()},
    **{_found(np, name): _in_dtype(name) for name in IN_THE_RESULTS_DTYPE.split()},
    **{_found(np, name): _by_name(name) for name in AS_THEY_ARE.split()},
    **IN_OWN_WAY,
}
"""By NumPy's function how it is evaluated in JAX."""

SPECIAL: dict[str, Callable[[Any], Evaluate]] = {
    "erf": lambda jax: jax.lax.erf, "erfc": lambda jax: jax.lax.erfc, "erfinv": lambda jax: jax.lax.erf_inv,
    "gammaln": lambda jax: jax.lax.lgamma, "psi": lambda jax: jax.lax.digamma,
    "gammainc": lambda jax: jax.lax.igamma, "gammaincc": lambda jax: jax.lax.igammac,
    "betainc": lambda jax: jax.lax.betainc, "i0e": lambda jax: jax.lax.bessel_i0e,
    "i1e": lambda jax: jax.lax.bessel_i1e,
}  # fmt: skip
"""Ufuncs of scipy.special by name, and what JAX has of the same meaning without its own package for them."""


def known_in_jax() -> dict[Callable[..., Any], Evaluate]:
    """By function how it is evaluated in JAX: NumPy's, and those of SciPy if anybody has imported it."""
    special = sys.modules.get("scipy.special")
    if special is None:
        return IN_JAX
    ufuncs = {name: getattr(special, name) for name in SPECIAL}
    return {**IN_JAX, **{ufunc: _ufunc(ufunc, SPECIAL[name]) for name, ufunc in ufuncs.items()}}
