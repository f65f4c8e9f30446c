"""Order statistics, averages and covariances."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.primitive import call
from compgraph.rules.complex_parts import conjugated, is_complex, real_only, real_part
from compgraph.rules.composition import composed, value_of
from compgraph.rules.indexing import take
from compgraph.rules.masked_reduction import NAN_REDUCTIONS, with_gaps
from compgraph.rules.picking import along
from compgraph.rules.reduction import REDUCTIONS
from compgraph.rules.shape import cast
from compgraph.unknown import Unknown, possible

__all__: list[str] = []


def _last(a: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """The reduced axes laid end to end as the last one, and the shape with each of them of length one."""
    ndim = np.ndim(a)
    axes = (
        tuple(range(ndim)) if axis is None else tuple(i % ndim for i in (axis if isinstance(axis, tuple) else (axis,)))
    )
    shape = np.shape(a)
    kept = [i for i in range(ndim) if i not in axes]
    moved = np.transpose(a, (*kept, *axes)) if kept + list(axes) != list(range(ndim)) else a
    flat = np.reshape(moved, (*[shape[i] for i in kept], int(np.prod([shape[i] for i in axes]))))
    return flat, tuple([1 if i in axes else n for i, n in enumerate(shape)])


def _shaped(result: Any, q_shape: tuple[int, ...], kept: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    """From the quantiles as the last axis to NumPy's shape of them: first the axes of q."""
    result = np.moveaxis(result, -1, 0)
    shape = kept if keepdims else tuple(np.shape(result)[1:])
    return np.reshape(result, (*q_shape, *shape))


def _between(ordered: Any, places: Any, dtype: Any) -> Any:
    """The values at fractional places of an ordered last axis, on the straight line between two neighbours."""
    low = np.floor(places).astype(int)
    share = (places - low).astype(dtype)
    below = along(ordered, low, -1)
    above = along(ordered, low + (share > 0), -1)
    return below + (above - below) * share


def _dtype(a: Any, q: Any) -> Any:
    """The dtype of a quantile: a Python number leaves that of the array as it is."""
    return np.result_type(value_of(a)) if isinstance(q, (int, float)) else np.result_type(value_of(a), q)


def _quantile(
    a: Any, q: Any, axis: Any = None, overwrite_input: Any = None, method: str = "linear", keepdims: bool = False
) -> Any:
    """A quantile is a place among the ordered entries: that of n numbers 0, 1, 2, ... is the place itself."""
    real_only("a quantile between two values", a)
    return _at_places(a, q, axis, method, keepdims)


def _at_places(a: Any, q: Any, axis: Any, method: str, keepdims: bool) -> Any:
    flat, kept = _last(a, axis)
    n = np.shape(flat)[-1]
    q, dtype = np.asarray(q), _dtype(a, q)
    places = np.asarray(np.quantile(np.arange(n, dtype=float), q, method=method)).reshape(-1)  # type: ignore[call-overload]
    result = _between(np.sort(flat, axis=-1), np.broadcast_to(places, (*np.shape(flat)[:-1], places.size)), dtype)
    lost = np.any(np.isnan(flat), axis=-1)
    if possible(lost):
        result = np.where(np.expand_dims(lost, -1), np.nan, result)
    return _shaped(result, q.shape, kept, axis, keepdims)


def _nanquantile(
    a: Any, q: Any, axis: Any = None, overwrite_input: Any = None, method: str = "linear", keepdims: bool = False
) -> Any:
    real_only("a quantile between two values", a)
    return _at_places_but_nan(a, q, axis, method, keepdims)


def _at_places_but_nan(a: Any, q: Any, axis: Any, method: str, keepdims: bool) -> Any:
    flat, kept = _last(a, axis)
    q, dtype = np.asarray(q), _dtype(a, q)
    gaps = np.isnan(flat)
    counts = np.sum(~gaps, axis=-1)
    most = np.shape(flat)[-1]
    table = np.zeros((most + 1, q.size))
    for n in range(most + 1) if isinstance(counts, Unknown) else np.unique(counts):
        some = np.arange(max(n, 1), dtype=float)  # nothing at all is of no place; any will do
        table[n] = np.asarray(np.quantile(some, q, method=method)).reshape(-1)  # type: ignore[call-overload]
    places = take(table, counts)
    result = _between(np.sort(flat, axis=-1), places, dtype)  # which puts NaN last
    if possible(counts == 0):
        result = np.where(np.expand_dims(counts == 0, -1), np.nan, result)
    return _shaped(result, q.shape, kept, axis, keepdims)


def _median(a: Any, axis: Any = None, overwrite_input: Any = None, keepdims: bool = False) -> Any:
    return _at_places(a, 0.5, axis, "linear", keepdims)  # complex numbers too, by the order that NumPy sorts them in


def _nanmedian(a: Any, axis: Any = None, overwrite_input: Any = None, keepdims: bool = False) -> Any:
    return _at_places_but_nan(a, 0.5, axis, "linear", bool(keepdims))


def _percentile(
    a: Any, q: Any, axis: Any = None, overwrite_input: Any = None, method: str = "linear", keepdims: bool = False
) -> Any:
    return _quantile(a, np.true_divide(q, 100), axis, method=method, keepdims=keepdims)


def _nanpercentile(
    a: Any, q: Any, axis: Any = None, overwrite_input: Any = None, method: str = "linear", keepdims: bool = False
) -> Any:
    return _nanquantile(a, np.true_divide(q, 100), axis, method=method, keepdims=keepdims)


def _quantiles(scale: int) -> Any:
    return (
        call("5", q=0.3 * scale),
        call("4b", q=np.array([0.1, 0.5, 1.0]) * scale, axis=0),
        call("2b3", q=0.71 * scale, axis=(0, -1), keepdims=True),
        call("5", q=np.array([[0.2, 0.4]]) * scale, method="hazen"),
        call("5", q=0.33 * scale, method="nearest"),
        call("4", q=0.5 * scale, method="averaged_inverted_cdf"),
    )


composed(np.median, _median, domain=(-3, 3), calls=REDUCTIONS[:-1])
composed(np.quantile, _quantile, domain=(-3, 3), calls=_quantiles(1))
composed(np.percentile, _percentile, domain=(-3, 3), calls=_quantiles(100))
composed(np.nanmedian, _nanmedian, domain=(-3, 3), calls=NAN_REDUCTIONS, forward=with_gaps(np.nanmedian))
NAN_QUANTILES = (
    call("25", q=0.3),
    call("253", q=np.array([0.2, 1.0]), axis=(0, 1)),
    call("35", q=0.7, axis=1, keepdims=True),
)
composed(np.nanquantile, _nanquantile, domain=(-3, 3), calls=NAN_QUANTILES, forward=with_gaps(np.nanquantile))
composed(np.nanpercentile, _nanpercentile, domain=(-3, 3), calls=NAN_QUANTILES, forward=with_gaps(np.nanpercentile))
composed(
    np.ptp,
    lambda a, axis=None, keepdims=False: (
        np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)
    ),
    domain=(-3, 3),
    calls=REDUCTIONS[:-1],
)


# ------------------------------------------------------------------------------------------------------------- averages


def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, keepdims: bool = False) -> Any:
    if weights is None:
        average = np.mean(a, axis=axis, keepdims=keepdims)
        scale: Any = np.asarray(np.size(value_of(a)) / max(np.size(value_of(average)), 1), np.result_type(value_of(a)))
    else:
        if np.shape(weights) != np.shape(a):
            axes = axis if isinstance(axis, tuple) else (axis,)
            if axis is None:
                raise TypeError("Axis must be specified when shapes of a and weights differ.")
            if np.shape(weights) != tuple([np.shape(a)[i] for i in axes]):
                raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
            order = np.argsort([i % np.ndim(a) for i in axes])
            lengths = [n if i in [j % np.ndim(a) for j in axes] else 1 for i, n in enumerate(np.shape(a))]
            weights = np.broadcast_to(np.reshape(np.transpose(weights, order), lengths), np.shape(a))
        scale = np.sum(weights, axis=axis, keepdims=keepdims)
        average = np.sum(a * weights, axis=axis, keepdims=keepdims) / scale
        if is_complex(average) and not is_complex(scale):
            scale = cast(scale, dtype=average.dtype)
    if not returned:
        return average
    return average, (scale if np.shape(scale) == np.shape(average) else np.broadcast_to(scale, np.shape(average)))


composed(
    np.average,
    _average,
    domain=((-3, 3), (0.2, 2)),
    calls=(
        call("ab"),
        call("ab,ab"),
        call("ab,b", axis=1),
        call("abc,ca", axis=(2, 0), keepdims=True),
        call("ab,ab", axis=0, returned=True),
        call("ab", axis=0, returned=True),
    ),
    forward=lambda a, weights=None, **params: np.average(a, weights=weights, **params),
)


def _rows(m: Any, rowvar: bool) -> Any:
    if np.ndim(m) > 2:
        raise ValueError("m has more than 2 dimensions")
    m = np.atleast_2d(m) if np.ndim(m) < 2 else m if rowvar else np.transpose(m)
    return cast(m, dtype=np.result_type(value_of(m), np.float64))  # as NumPy does


def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Any:
    X = _rows(m, rowvar)
    if y is not None:
        X = np.concatenate([X, _rows(y, rowvar)])
    ddof = int(not bias) if ddof is None else ddof
    w = None
    if fweights is not None:
        w = np.asarray(value_of(fweights), float)
    if aweights is not None:
        w = aweights if w is None else w * aweights
    if w is None:
        mean, total, freedom = np.mean(X, axis=1, keepdims=True), 1.0, np.shape(X)[1] - ddof
        centred = X - mean
        return np.squeeze(centred @ np.transpose(conjugated(centred)) * (1.0 / freedom))
    total = np.sum(w)
    freedom = total - ddof if aweights is None else total - ddof * np.sum(w * aweights) / total
    centred = X - np.expand_dims(X @ w / total, 1)
    return np.squeeze((centred * w) @ np.transpose(conjugated(centred)) / freedom)


def _corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    c = _cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    deviations = np.sqrt(real_part(np.diagonal(c)))
    return c / np.expand_dims(deviations, 1) / deviations


composed(
    np.cov,
    _cov,
    domain=((-3, 3), (-3, 3)),
    calls=(
        call("a4"),
        call("4"),
        call("4,4"),
        call("a4,b4", bias=True),
        call("4a", rowvar=False, fweights=np.array([1, 2, 1, 3])),
        call("a4", aweights=np.array([0.5, 2.0, 1.0, 1.5])),
        call("a4", fweights=np.array([1, 2, 1, 3]), aweights=np.array([0.5, 2.0, 1.0, 1.5]), ddof=0),
    ),
)
composed(np.corrcoef, _corrcoef, domain=(-3, 3), calls=(call("25"), call("5,5"), call("52", rowvar=False)))
