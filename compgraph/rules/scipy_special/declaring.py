"""Two forms of declaration that SciPy's functions need: derivatives in some arguments only, and several results.

Of ``jv(v, z)`` there is a derivative in z, and none in closed form in the order v. So v becomes a parameter: the
function is a composition, of one op whose only input is z. A function of several results, such as ``airy``, is a
composition of one op for each.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compgraph.errors import DtypeError, MissingRuleError
from compgraph.primitive import RECORD, Call, Interval, Rule, call, differentiable
from compgraph.rules.composition import composed, value_of

__all__ = ["partly", "real", "several", "ufunc_behind"]

Constants = tuple[Mapping[str, Any], ...]

NO_FORMULA = "there is no formula for it in closed form"


def partly(
    function: np.ufunc,
    names: str,
    *,
    domain: Interval | tuple[Interval, ...],
    constants: Constants,
    why: str = NO_FORMULA,
    **rules: Rule,
) -> None:
    """Declare a ufunc that has a derivative in some of its arguments only; the others are constants.

    Args:
        function: a ufunc of SciPy.
        names: the names of its arguments, in order.
        domain: the interval that test values of the arguments with a rule are drawn from, or one for each.
        constants: the other arguments' values to test with.
        why: the reason why the others have no rule.
        rules: for each argument that has one its rule, with its name and in order; it is called with these arguments
            first and then, by name, with the constants.
    """
    op = _op(function, None, names, function.__name__, rules, domain, constants)
    _compose(function, names, (op,), rules, domain, constants, why)


def several(
    function: np.ufunc,
    names: str,
    parts: Mapping[str, Mapping[str, Rule]],
    *,
    domain: Interval | tuple[Interval, ...],
    constants: Constants = ({},),
    why: str = NO_FORMULA,
) -> None:
    """Declare a ufunc of several results.

    Args:
        function: a ufunc of SciPy.
        names, domain, constants, why: as for :func:`partly`.
        parts: the name of each result, with its rules.
    """
    ops = tuple(
        _op(function, position, names, f"{function.__name__}.{title}", rules, domain, constants)
        for position, (title, rules) in enumerate(parts.items())
    )
    _compose(function, names, ops, next(iter(parts.values())), domain, constants, why)


def _op(
    function: np.ufunc,
    position: int | None,
    names: str,
    title: str,
    rules: Mapping[str, Rule],
    domain: Interval | tuple[Interval, ...],
    constants: Constants,
) -> Callable[..., Any]:
    """One result of a ufunc as a function of the arguments that have a rule, the constants following."""
    order = tuple(names.split())
    ours = (*rules, *[name for name in order if name not in rules])

    def forward(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(ours, args, strict=False)) | kwargs
        result = function(*[given[name] for name in order])
        return result if position is None else result[position]

    forward.__name__ = title
    forward.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in ours]
    )
    declare = differentiable(*rules.values(), domain=domain, names=ours, calls=_calls(rules, constants))
    return declare(forward)


def _calls(rules: Mapping[str, Rule], constants: Constants) -> tuple[Call, ...]:
    shapes = ",".join(("ab", "b", "")[: len(rules)])
    return tuple([call(shapes, **values) for values in constants])


def _compose(
    function: np.ufunc,
    names: str,
    ops: tuple[Callable[..., Any], ...],
    rules: Mapping[str, Rule],
    domain: Interval | tuple[Interval, ...],
    constants: Constants,
    why: str,
) -> None:
    order = tuple(names.split())

    def definition(*args: Any) -> Any:
        given = dict(zip(order, args, strict=True))
        for name, x in given.items():
            if name in rules:
                continue
            if hasattr(x, RECORD):
                raise MissingRuleError(
                    f"scipy.special.{function.__name__} has no derivative in its argument {name}: {why}; "
                    f"give {name} as a plain value, node.value"
                )
            if isinstance(x, tuple):
                given[name] = np.asarray(x)
        results = tuple([op(**given) for op in ops])
        return results if function.nout > 1 else results[0]

    def forward(*arrays: Any, **params: Any) -> Any:
        given = dict(zip(rules, arrays, strict=True)) | params
        return function(*[given[name] for name in order])

    composed(function, definition, domain=domain, calls=_calls(rules, constants), forward=forward)


def ufunc_behind(function: Callable[..., Any], *args: Any) -> np.ufunc:
    """The ufunc that a function of SciPy hands its arguments to, where it is a function written in Python.

    >>> import scipy.special
    >>> ufunc_behind(scipy.special.zeta, 2.0, ANY)
    <ufunc '_zeta'>

    Args:
        function: the function of SciPy.
        args: how it is called; :data:`ANY` stands in the place of an array.
    """
    found = function(*args)
    assert isinstance(found, np.ufunc)
    return found


class _Any:
    """In the place of an array it answers with the ufunc that it was given to."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> np.ufunc:
        return ufunc


ANY = _Any()


def real(x: Any, title: str) -> Any:
    """The same, refused where it is complex: the function has no complex derivative.

    >>> real(1.5, "ive")
    1.5
    """
    if np.iscomplexobj(value_of(x)):
        raise DtypeError(f"scipy.special.{title} of complex numbers is not a function with a complex derivative")
    return x
