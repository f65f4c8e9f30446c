"""ExactArray: a NumPy array of residues, on which NumPy's functions are those of exact numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.check.proof.residue import Residue, no_meaning
from compgraph.errors import CompgraphError, MissingRuleError, MutationError

__all__ = ["ExactArray", "apply_function", "apply_ufunc", "wrapped"]

ndarray = np.ndarray


class ExactArray(ndarray):
    """An array of residues and plain numbers, of dtype object.

    >>> from compgraph.check.proof.draw import Draw
    >>> W = np.array(Draw(seed=0).parameters([1.0, 2.0])).view(ExactArray)
    >>> bool(np.sum(np.exp(W)) == np.exp(W[0]) + np.exp(W[1]))
    True
    """

    @property
    def value(self) -> Any:
        """Itself, where a rule asks for the plain value of a node."""
        return self

    __compgraph_record__ = staticmethod(Residue.__compgraph_record__)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return apply_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return apply_function(function, args, kwargs)

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """A copy: another floating dtype rounds differently, and here nothing is rounded."""
        return self.copy() if np.dtype(dtype).kind in "fO" else super().astype(dtype, *args, **kwargs)


def wrapped(x: Any) -> Any:
    """What a function of NumPy's returned: an array of objects as one of ours, one of no axes as its entry."""
    if isinstance(x, ndarray) and x.dtype == object:
        return x.view(ExactArray) if x.ndim else x[()]
    if type(x) in (tuple, list):
        return type(x)([wrapped(part) for part in x])
    return x


def apply_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A ufunc of arrays of which some are exact."""
    from compgraph.check.proof.functions import BY_OPERATOR, entrywise_form

    targets = kwargs.get("out")
    if targets is not None:
        if any(isinstance(target, ndarray) and target.dtype != object for target in targets):
            raise MutationError(
                f"np.{ufunc.__name__} would write exact entries into an array of dtype {targets[0].dtype}, as += does: "
                "make it with np.zeros_like(parameter), or np.zeros(shape, dtype=object)"
            )
        kwargs = {**kwargs, "out": tuple([_plain(target) for target in targets])}
    plain = [_plain(x) for x in inputs]
    if method == "__call__" and (entrywise := entrywise_form(ufunc)) is not None:
        kwargs.pop("dtype", None)
        result = entrywise(*plain, **kwargs)
    elif ufunc in BY_OPERATOR:
        result = getattr(ufunc, method)(
            *plain, **{k: v for k, v in kwargs.items() if k != "dtype" or v in (bool, None)}
        )
    else:
        raise MissingRuleError(no_meaning(_called(ufunc)))
    return targets[0] if targets is not None and len(targets) == 1 else wrapped(result)


def apply_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A function of NumPy's that is no ufunc, of arrays of which some are exact."""
    from compgraph.check.proof.functions import WHOLE

    own = WHOLE.get(function)
    if own is not None:
        return wrapped(own(*args, **kwargs))
    plain = tuple([_without_scalars(x) for x in args])
    named = {name: _without_scalars(x) for name, x in kwargs.items()}
    try:
        result = ndarray.__array_function__(np.empty(0).view(ExactArray), function, (ExactArray,), plain, named)
    except CompgraphError:
        raise
    except (TypeError, AttributeError) as error:
        raise MissingRuleError(no_meaning(_called(function))) from error
    return wrapped(result)


def _plain(x: Any) -> Any:
    return x.view(ndarray) if isinstance(x, ExactArray) else _boxed(x) if isinstance(x, Residue) else x


def _boxed(x: Residue) -> Any:
    box = np.empty((), object)
    box[()] = x
    return box


def _without_scalars(x: Any) -> Any:
    """Residues as arrays of no axes: NumPy's functions ask every argument, and these need not be asked again."""
    if isinstance(x, Residue):
        return _boxed(x).view(ExactArray)
    if type(x) in (tuple, list):
        if any(isinstance(part, Residue) for part in x) and not any(np.ndim(part) for part in x):
            row = np.empty(len(x), object)
            row[:] = x
            return row.view(ExactArray)
        return type(x)([_without_scalars(part) for part in x])
    return x


def _called(function: Any) -> str:
    module = str(getattr(function, "__module__", "") or "numpy")
    return f"{module.replace('numpy', 'np', 1)}.{function.__name__}"
