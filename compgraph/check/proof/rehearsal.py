"""The person's function with exact parameters: what it needs to run, and what is said where it cannot."""

from __future__ import annotations

import os
import traceback
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compgraph.check.problem import Problem
from compgraph.check.proof.array import ExactArray
from compgraph.check.proof.residue import Residue, number
from compgraph.errors import CompgraphError, MissingRuleError

__all__ = ["derive"]

NUMPY = os.path.dirname(np.__file__)
PACKAGE = os.path.dirname(__file__)


def derive(problem: Problem, parameters: Sequence[Any]) -> dict[str, Any]:
    """The hand-derived gradients at exact parameters, by the parameters' names.

    Raises:
        MissingRuleError: the person's function calls something that has no exact meaning.
    """
    try:
        returned = problem.call(_with_own_zeros(problem.manual), parameters)
    except CompgraphError:
        raise
    except (TypeError, AttributeError) as error:
        raise MissingRuleError(
            f"the hand-derived function cannot be run on exact numbers, {_line_of(error)}: {error}; write it with "
            "NumPy's arithmetic, exp, log, roots, sums, products and choices; compgraph.compare takes it as it is"
        ) from error
    return _by_name(problem, returned)


def _by_name(problem: Problem, returned: Any) -> dict[str, Any]:
    """What was returned, sorted by the same code as the numbers of a comparison: by way of its shadows."""
    if hasattr(returned, "_asdict"):
        returned = returned._asdict()
    exact: dict[int, Any] = {}

    def shadow(x: Any) -> Any:
        cast = np.array(_shadows(x)) if _is_exact(x) else x
        exact[id(cast)] = (x, cast)  # kept, so that no other gets its id
        return cast

    if isinstance(returned, dict):
        shadows: Any = {name: shadow(x) for name, x in returned.items()}
    elif isinstance(returned, (tuple, list)):
        shadows = [shadow(x) for x in returned]
    else:
        shadows = shadow(returned)
    return {name: exact[id(cast)][0] for name, cast in problem.given(shadows).items()}


def _is_exact(x: Any) -> bool:
    return isinstance(x, Residue) or (isinstance(x, np.ndarray) and x.dtype == object)


def _shadows(x: Any) -> Any:
    return np.vectorize(number, otypes=[float])(x.view(np.ndarray)) if isinstance(x, np.ndarray) else number(x)


class _NumPy(types.ModuleType):
    """numpy for the person's function, but that arrays made to be filled can hold exact entries."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def zeros(self, shape: Any, dtype: Any = float, **kwargs: Any) -> Any:
        return _fillable(np.zeros(shape, dtype, **kwargs))

    def ones(self, shape: Any, dtype: Any = float, **kwargs: Any) -> Any:
        return _fillable(np.ones(shape, dtype, **kwargs))

    def empty(self, shape: Any, dtype: Any = float, **kwargs: Any) -> Any:
        return _fillable(np.zeros(shape, dtype, **kwargs))

    def full(self, shape: Any, fill_value: Any, dtype: Any = None, **kwargs: Any) -> Any:
        return _fillable(np.full(shape, fill_value, dtype, **kwargs))

    def zeros_like(self, a: Any, dtype: Any = None, **kwargs: Any) -> Any:
        return _fillable(np.zeros(np.shape(a), _dtype_like(a, dtype)))

    def ones_like(self, a: Any, dtype: Any = None, **kwargs: Any) -> Any:
        return _fillable(np.ones(np.shape(a), _dtype_like(a, dtype)))

    empty_like = zeros_like


def _dtype_like(a: Any, dtype: Any) -> Any:
    return dtype if dtype is not None else float if _is_exact(a) else np.result_type(a)


def _fillable(array: Any) -> Any:
    return array.astype(object).view(ExactArray) if array.dtype.kind in "fO" else array


_numpy = _NumPy("numpy")


def _with_own_zeros(f: Callable[..., Any]) -> Callable[..., Any]:
    """The same function where the module that it calls np is ours; what is no plain function, as it is."""
    if not isinstance(f, types.FunctionType) or hasattr(f, "__wrapped__"):
        return f
    surroundings = {name: _numpy if value is np else value for name, value in f.__globals__.items()}
    copy = types.FunctionType(f.__code__, surroundings, f.__name__, f.__defaults__, f.__closure__)
    copy.__kwdefaults__ = f.__kwdefaults__
    return copy


def _line_of(error: BaseException) -> str:
    """Where in the person's own code an error arose."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith((NUMPY, PACKAGE, "<__array_function__"))]
    return f"line {own[-1].lineno} of {os.path.basename(own[-1].filename)}: {own[-1].line}" if own else "here"
