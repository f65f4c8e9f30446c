"""PyTorch under NumPy's names: for each function its counterpart, called as NumPy's function is.

Where a function or a way of calling it has no counterpart, :class:`NoCounterpartError` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from tests.oracles.invariants import singular, spectral

__all__ = ["FUNCTIONS", "NoCounterpartError", "as_array", "as_tensor"]

torch.set_num_threads(1)  # of arrays as small as these more threads only make the others wait


class NoCounterpartError(Exception):
    """PyTorch has no function that does this."""


def as_tensor(x: Any, requires_grad: bool = False) -> Any:
    tensor = torch.from_numpy(np.array(x))
    return tensor.requires_grad_() if requires_grad else tensor


def as_array(x: Any) -> Any:
    return x.detach().clone().numpy()  # a copy, since PyTorch's gradients may be zeros without memory


def only(condition: bool, what: str) -> None:
    if not condition:
        raise NoCounterpartError(what)


def dims(a: Any, axis: Any) -> Any:
    return tuple(range(a.ndim)) if axis is None else axis


def along(function: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction, or a function of one axis: axis, keepdims and ddof under PyTorch's names for them."""

    def call(a: Any, axis: Any = None, keepdims: bool = False, ddof: float | None = None) -> Any:
        more = {} if ddof is None else {"correction": ddof}
        return function(a, dim=dims(a, axis), keepdim=keepdims, **more)

    return call


def prod(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    axes = dims(a, axis)
    for axis in sorted([i % a.ndim for i in (axes if isinstance(axes, tuple) else (axes,))], reverse=True):
        a = torch.prod(a, dim=axis, keepdim=keepdims)
    return a


def one_axis(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function along one axis; NumPy's of no axis is that of the flattened array."""

    def call(a: Any, axis: Any = None) -> Any:
        return function(a.reshape(-1), dim=0) if axis is None else function(a, dim=axis)

    return call


def getitem(a: Any, index: Any) -> Any:
    """Indexing as NumPy does it; PyTorch has no slices that go backward, so the axis is turned round for them."""
    parts = list(index) if isinstance(index, tuple) else [index]
    masks = [p for p in parts if isinstance(p, np.ndarray) and p.dtype.kind == "b"]
    width = sum(p.ndim - 1 for p in masks) + sum(p is not None and p is not ... for p in parts)
    axis = 0
    for i, part in enumerate(parts):
        if part is None:
            continue
        if part is ...:
            axis += a.ndim - width
        elif isinstance(part, slice) and part.step is not None and part.step < 0:
            places = range(a.shape[axis])[part]
            last = a.shape[axis] - 1
            a = torch.flip(a, (axis,))
            parts[i] = slice(last - places[0], last - places[-1] + 1, -part.step) if places else slice(0, 0)
            axis += 1
        elif isinstance(part, (list, np.ndarray)):
            parts[i] = torch.as_tensor(np.array(part))
            axis += parts[i].ndim if parts[i].dtype == torch.bool else 1
        else:
            axis += 1
    return a[tuple(parts)]


def transposed(a: Any) -> Any:
    return a.permute(tuple(reversed(range(a.ndim))))


def in_order(function: Callable[..., Any]) -> Callable[..., Any]:
    """Reading and writing the entries in NumPy's two orders."""

    def call(a: Any, shape: Any = -1, order: str = "C") -> Any:
        lengths = np.empty(tuple(a.shape)).reshape(shape).shape
        if order == "C":
            return function(a, lengths)
        return transposed(function(transposed(a), lengths[::-1]))

    return call


def flip(m: Any, axis: Any = None) -> Any:
    return torch.flip(m, (axis,) if isinstance(axis, int) else dims(m, axis))


def squeeze(a: Any, axis: Any = None) -> Any:
    return torch.squeeze(a) if axis is None else torch.squeeze(a, axis)


def expand_dims(a: Any, axis: Any) -> Any:
    axes = axis if isinstance(axis, tuple) else (axis,)
    for i in sorted(i % (a.ndim + len(axes)) for i in axes):
        a = torch.unsqueeze(a, i)
    return a


def concatenate(*arrays: Any, axis: Any = 0) -> Any:
    return torch.concatenate([a.reshape(-1) for a in arrays]) if axis is None else torch.concatenate(arrays, dim=axis)


def dot(a: Any, b: Any) -> Any:
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    return torch.tensordot(a, b, dims=([a.ndim - 1], [max(b.ndim - 2, 0)]))


def inner(a: Any, b: Any) -> Any:
    return a * b if a.ndim == 0 or b.ndim == 0 else torch.inner(a, b)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    if not isinstance(axes, int):
        axes = [list(x) if isinstance(x, (tuple, list)) else [x] for x in axes]
    return torch.tensordot(a, b, dims=axes)


def solve(a: Any, b: Any) -> Any:
    return torch.linalg.solve(a, b[..., None])[..., 0] if b.ndim == 1 else torch.linalg.solve(a, b)


def lstsq(a: Any, b: Any) -> Any:
    found = torch.linalg.lstsq(a, b[:, None] if b.ndim == 1 else b, driver="gelsd")[0]
    return found[:, 0] if b.ndim == 1 else found


def clip(a: Any, a_min: Any = None, a_max: Any = None) -> Any:
    if a_min is not None and a_max is not None and not isinstance(a_min, float):
        a, a_min, a_max = torch.broadcast_tensors(a, a_min, a_max)
    return torch.clip(a, a_min, a_max)


def rounded(a: Any, decimals: int = 0) -> Any:
    return torch.round(a, decimals=decimals)


def cross_entropy(a: Any, y: Any) -> Any:
    a, y = torch.broadcast_tensors(a, y)
    only(not y.requires_grad, "the derivative by the target")
    return torch.nn.functional.binary_cross_entropy(a, y, reduction="none")


def cross_entropy_with_logits(z: Any, y: Any) -> Any:
    z, y = torch.broadcast_tensors(z, y)
    return torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    return torch.linalg.norm(x, ord, dim=axis, keepdim=keepdims)


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return torch.diagonal(a, offset, axis1, axis2).sum(-1)


def nan_reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, axis=None, keepdims=False: function(with_gaps(a), dim=dims(a, axis), keepdim=keepdims)


def with_gaps(a: Any) -> Any:
    """The array with NaN where the compositions' own calls put it."""
    from compgraph.rules.masked_reduction import with_gaps as theirs

    gaps = theirs(lambda a: a)(np.zeros(tuple(a.shape)))
    return torch.where(torch.from_numpy(np.isnan(gaps)), torch.nan, a)


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    def end(x: Any) -> Any:
        if x is None:
            return None
        x = torch.as_tensor(x, dtype=a.dtype)
        shape = list(a.shape)
        shape[axis] = x.shape[axis] if x.ndim else 1
        return x.expand(shape)

    return torch.diff(a, n, axis, end(prepend), end(append)) if n else a


def gradient(f: Any, *spacing: Any, axis: Any = None, edge_order: int = 1) -> Any:
    only(not any(x.requires_grad for x in spacing), "the derivative by the spacing")
    axes = dims(f, axis)
    parts = torch.gradient(f, spacing=float(spacing[0]) if spacing else 1.0, dim=axes, edge_order=edge_order)
    return parts[0] if len(parts) == 1 else parts


def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    return torch.trapezoid(y, x, dim=axis) if x is not None else torch.trapezoid(y, dx=dx, dim=axis)


def taken(a: Any, indices: Any, axis: Any = None, mode: str = "raise") -> Any:
    only(mode == "raise", "indices beyond the ends")
    indices = torch.as_tensor(np.asarray(indices))
    if axis is None:
        return torch.take(a, indices)
    indices = torch.where(indices < 0, indices + a.shape[axis], indices)
    found = torch.index_select(a, axis, indices.reshape(-1))
    return found.reshape((*a.shape[:axis], *indices.shape, *a.shape[axis + 1 :]))


def sections(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(ary: Any, indices_or_sections: Any, axis: int | None = None) -> Any:
        given = indices_or_sections if isinstance(indices_or_sections, int) else tuple(indices_or_sections)
        return list(function(ary, given) if axis is None else function(ary, given, dim=axis))

    return call


def mirrored(a: Any, UPLO: str) -> Any:
    """The symmetric matrix of one triangle: NumPy reads one triangle, and PyTorch spreads the gradient over both."""
    half = torch.tril(a) if UPLO == "L" else torch.triu(a).mT
    return half + torch.tril(half, -1).mT


def fourier(name: str) -> Callable[..., Any]:
    function = getattr(torch.fft, name)
    planes = (-2, -1) if name.endswith("2") else None
    if name.endswith(("n", "2")):
        return lambda a, s=None, axes=planes, norm=None: function(a, s, axes, norm)
    return lambda a, n=None, axis=-1, norm=None: function(a, n, axis, norm)


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    return singular(*torch.linalg.svd(a, full_matrices)) if compute_uv else torch.linalg.svdvals(a)


def quantile(a: Any, q: Any, axis: Any = None, keepdims: bool = False, method: str = "linear") -> Any:
    only(method in {"linear", "nearest"} and not isinstance(axis, tuple) and np.ndim(q) < 2, "this kind of quantile")
    return torch.quantile(a, torch.as_tensor(q, dtype=a.dtype), dim=axis, keepdim=keepdims, interpolation=method)


def unary(*names: str) -> dict[str, Callable[..., Any]]:
    return {name: getattr(torch, name) for name in names}


FOURIER: tuple[str, ...] = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft", "fftn", "ifftn", "rfftn", "irfftn")
FOURIER += ("fft2", "ifft2", "rfft2", "irfft2")

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **unary(
        "positive", "negative", "absolute", "sign", "floor", "ceil", "trunc", "fix", "square", "sqrt", "reciprocal"
    ),
    **unary("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "logaddexp", "logaddexp2"),
    **unary("sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "hypot", "deg2rad", "rad2deg"),
    **unary("sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "sinc", "i0", "sigmoid", "relu"),
    **unary("add", "subtract", "multiply", "divide", "remainder", "floor_divide", "fmod", "copysign", "heaviside"),
    **unary("maximum", "minimum", "fmax", "fmin", "nextafter", "where", "matmul"),
    **unary("float_power", "kron", "fliplr", "flipud", "atleast_1d", "atleast_2d"),
    **unary("atleast_3d", "real", "angle"),
    "fabs": torch.abs,
    "conjugate": torch.conj,
    "rint": torch.round,
    "round": rounded,
    "around": rounded,
    "power": torch.pow,
    "radians": torch.deg2rad,
    "degrees": torch.rad2deg,
    "leaky_relu": lambda x, slope=0.01: torch.nn.functional.leaky_relu(x, slope),
    "softplus": lambda x: torch.logaddexp(x, torch.zeros((), dtype=x.dtype)),
    "softmax": lambda x, axis=-1: torch.softmax(x, dim=axis),
    "log_softmax": lambda x, axis=-1: torch.log_softmax(x, dim=axis),
    "logsumexp": along(torch.logsumexp),
    "binary_cross_entropy": cross_entropy,
    "binary_cross_entropy_with_logits": cross_entropy_with_logits,
    "clip": clip,
    "chosen": lambda x, y, condition: torch.where(torch.as_tensor(condition), x, y),
    "chosen by sign": lambda a, x, y: torch.where(a > 0, x, y),
    # reductions
    "sum": along(torch.sum),
    "mean": along(torch.mean),
    "max": along(torch.amax),
    "min": along(torch.amin),
    "amax": along(torch.amax),
    "amin": along(torch.amin),
    "prod": prod,
    "var": lambda a, axis=None, keepdims=False, ddof=0: along(torch.var)(a, axis, keepdims, ddof),
    "std": lambda a, axis=None, keepdims=False, ddof=0: along(torch.std)(a, axis, keepdims, ddof),
    "norm": along(torch.linalg.vector_norm),
    "p-norm": lambda x, p, axis=None, keepdims=False: torch.linalg.vector_norm(x, p, axis, keepdims),
    "cumsum": one_axis(torch.cumsum),
    "cumprod": one_axis(torch.cumprod),
    # shapes and places
    "getitem": getitem,
    "transpose": lambda a, axes=None: transposed(a) if axes is None else torch.permute(a, axes),
    "matrix_transpose": lambda x: x.mT,
    "linalg.matrix_transpose": lambda x: x.mT,
    "swapaxes": lambda a, axis1, axis2: torch.swapaxes(a, axis1, axis2),
    "moveaxis": lambda a, source, destination: torch.moveaxis(a, source, destination),
    "reshape": in_order(torch.reshape),
    "ravel": in_order(torch.reshape),
    "expand_dims": expand_dims,
    "squeeze": squeeze,
    "broadcast_to": lambda array, shape: torch.broadcast_to(array, shape),
    "concatenate": concatenate,
    "stack": lambda *arrays, axis=0: torch.stack(arrays, dim=axis),
    "cast": lambda x, dtype: x.to(torch.from_numpy(np.empty(0, dtype)).dtype),
    "astype": lambda x, dtype: x.to(torch.from_numpy(np.empty(0, dtype)).dtype),
    "copy": lambda a, order="K": torch.clone(a),
    "flip": flip,
    "roll": lambda a, shift, axis=None: torch.roll(a, shift, axis),
    "rot90": lambda m, k=1, axes=(0, 1): torch.rot90(m, k, axes),
    "tril": lambda m, k=0: torch.tril(m, k),
    "triu": lambda m, k=0: torch.triu(m, k),
    "diagonal": lambda a, offset=0, axis1=0, axis2=1: torch.diagonal(a, offset, axis1, axis2),
    "linalg.diagonal": lambda a, offset=0: torch.diagonal(a, offset, -2, -1),
    "trace": trace,
    "linalg.trace": lambda x, offset=0: trace(x, offset, -2, -1),
    "diag": lambda v, k=0: torch.diag(v, k),
    "diagflat": lambda v, k=0: torch.diagflat(v, k),
    "vander": lambda x, N=None, increasing=False: torch.vander(x, N, increasing),
    "tile": lambda A, reps: torch.tile(A, (reps,) if isinstance(reps, int) else reps),
    "repeat": lambda a, repeats, axis=None: torch.repeat_interleave(a, torch.as_tensor(repeats), dim=axis),
    "broadcast_arrays": lambda *arrays: list(torch.broadcast_tensors(*arrays)),
    "meshgrid": lambda *xi, indexing="xy": list(torch.meshgrid(*xi, indexing=indexing)),
    "full_like": lambda a, fill_value, shape=None: (
        fill_value.expand(a.shape if shape is None else shape) * 1.0 + 0.0 * a.sum()
    ),
    # splitting and joining
    "split": sections(torch.tensor_split),
    "array_split": sections(torch.tensor_split),
    "hsplit": sections(torch.hsplit),
    "vsplit": sections(torch.vsplit),
    "dsplit": sections(torch.dsplit),
    "unstack": lambda x, axis=0: torch.unbind(x, axis),
    "vstack": lambda *arrays: torch.vstack(arrays),
    "hstack": lambda *arrays: torch.hstack(arrays),
    "dstack": lambda *arrays: torch.dstack(arrays),
    "column_stack": lambda *arrays: torch.column_stack(arrays),
    # picking
    "take": taken,
    "take_along_axis": lambda arr, indices, axis: torch.take_along_dim(arr, torch.as_tensor(indices), dim=axis),
    "extract": lambda arr, condition: torch.masked_select(arr, torch.as_tensor(condition)),
    "sort": lambda a, axis=-1: torch.sort(a.reshape(-1) if axis is None else a, dim=-1 if axis is None else axis)[0],
    "quantile": quantile,
    "nansum": nan_reduction(torch.nansum),
    "nanmean": nan_reduction(torch.nanmean),
    "diff": diff,
    "gradient": gradient,
    "trapezoid": trapezoid,
    # of an integer exponent below 0 PyTorch's gradient is 0
    "ldexp": lambda x1, x2: torch.ldexp(x1, torch.as_tensor(x2).to(x1.dtype)),
    "nan_to_num": lambda x, nan=0.0, posinf=None, neginf=None: torch.nan_to_num(
        x + torch.tensor([0.0, torch.nan, torch.inf, -torch.inf], dtype=x.dtype), nan, posinf, neginf
    ),
    # products
    "dot": dot,
    "inner": inner,
    "outer": lambda a, b: torch.outer(a.reshape(-1), b.reshape(-1)),
    "linalg.outer": torch.outer,
    "tensordot": tensordot,
    "linalg.tensordot": tensordot,
    "vdot": lambda a, b: torch.vdot(a.reshape(-1), b.reshape(-1)),
    "vecdot": lambda x1, x2, axis=-1: torch.linalg.vecdot(x1, x2, dim=axis),
    "linalg.vecdot": lambda x1, x2, axis=-1: torch.linalg.vecdot(x1, x2, dim=axis),
    "linalg.matmul": torch.linalg.matmul,
    "linalg.multi_dot": lambda *arrays: torch.linalg.multi_dot(arrays),
    "linalg.cross": lambda x1, x2, axis=-1: torch.linalg.cross(*torch.broadcast_tensors(x1, x2), dim=axis),
    "einsum": lambda *operands, subscripts, optimize=False: torch.einsum(subscripts, *operands),
    **{f"fft.{name}": fourier(name) for name in FOURIER},
    "fft.fftshift": lambda x, axes=None: torch.fft.fftshift(x, axes),
    "fft.ifftshift": lambda x, axes=None: torch.fft.ifftshift(x, axes),
    # linear algebra
    "linalg.inv": torch.linalg.inv,
    "linalg.det": torch.linalg.det,
    "linalg.pinv": torch.linalg.pinv,
    "linalg.solve": solve,
    "linalg.cholesky": lambda a, upper=False: torch.linalg.cholesky(a, upper=upper),
    "linalg.slogdet": lambda a: tuple(torch.linalg.slogdet(a)),
    "linalg.lstsq": lstsq,
    "linalg.tensorinv": lambda a, ind=2: torch.linalg.tensorinv(a, ind),
    "linalg.tensorsolve": lambda a, b, axes=None: torch.linalg.tensorsolve(a, b, axes),
    "linalg.eigh": lambda a, UPLO="L": spectral(*torch.linalg.eigh(mirrored(a, UPLO))),
    "linalg.svd": svd,
    "linalg.eigvalsh": lambda a, UPLO="L": torch.linalg.eigvalsh(mirrored(a, UPLO)),
    "linalg.svdvals": lambda x: torch.linalg.svdvals(x),
    "linalg.qr": lambda a, mode="reduced": torch.linalg.qr(a, mode=mode) if mode != "r" else torch.linalg.qr(a)[1],
    "linalg.cond": lambda x, p=None: torch.linalg.cond(x, p),
    "linalg.norm": norm,
    "linalg.vector_norm": lambda x, axis=None, keepdims=False, ord=2: torch.linalg.vector_norm(x, ord, axis, keepdims),
    "linalg.matrix_norm": lambda x, keepdims=False, ord="fro": torch.linalg.matrix_norm(x, ord, keepdim=keepdims),
    "linalg.matrix_power": lambda a, n: torch.linalg.matrix_power(a, n),
    "cov": lambda m, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None: torch.cov(
        m if rowvar else m.T,
        correction=1 - bias if ddof is None else ddof,
        fweights=None if fweights is None else torch.as_tensor(fweights),
        aweights=None if aweights is None else torch.as_tensor(aweights),
    ),
    "corrcoef": lambda x, rowvar=True: torch.corrcoef(x if rowvar else x.T),
}
