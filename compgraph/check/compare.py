"""Compare the gradient of a cost three ways: by the engine, by the person's own formula, by nudging.

``compare`` answers for each parameter whether the hand-derived gradient is right. How close is close enough is not a
constant: it is what rounding does to this very computation (see compgraph.check.rounding), entry by entry.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compgraph.check.numeric import Slopes, entries_to_nudge, numeric_slopes
from compgraph.check.rounding import rounding_spread
from compgraph.check.table import aligned
from compgraph.errors import DtypeError, GradientError, ShapeError, WrongGradientError
from compgraph.node import Node, Variable
from compgraph.reverse import gradients

__all__ = ["Comparison", "Row", "compare"]

Parameters: TypeAlias = Mapping[str, Any] | Sequence[Any] | NDArray[Any] | float

SAFETY = 64
"""Times the measured effect of rounding, which a correct formula that rounds in another order stays within."""


class Row:
    """One parameter's gradient, three ways.

    Attributes:
        name: the derivative, such as ``dW1``.
        shape: the parameter's shape.
        autodiff: the engine's gradient, an array of that shape.
        manual: the hand-derived gradient, as it was given.
        numeric: the nudged slopes, an array of that shape; NaN in the entries of a large array that were not nudged.
        tolerance: for each entry how far autodiff and manual may lie apart through rounding.
        max_abs: the largest difference between autodiff and manual.
        max_rel: the same over the largest entry of either.
        numeric_abs: the largest difference between autodiff and numeric.
        where: the index of the entry with the largest difference; if some are beyond their tolerance, among those.
        verdict: ``right``; ``right up to rounding`` where the formula loses digits that the engine keeps, as 1 - a of
            an a near 1 does; ``wrong``; or ``both differ from numeric``: then the cost or the engine is suspect, for
            example because the cost draws random numbers.
        remark: the number of digits that agree (of the largest entry; where a formula loses digits, of the entry that
            loses most), or what does not.
    """

    def __init__(self, name: str, autodiff: Any, manual: Any, spread: Any):
        self.name = name
        self.autodiff = np.asarray(autodiff)
        self.manual = np.asarray(manual)
        self.shape = self.autodiff.shape
        self.numeric = np.full(self.shape, np.nan)
        self.numeric_abs = math.nan
        number = np.finfo(self.autodiff.dtype)
        size = np.where(np.isfinite(self.autodiff), np.abs(self.autodiff), 0.0).astype(np.float64)
        last_digit = float(number.eps) * size + float(number.tiny)
        self.tolerance = SAFETY * (np.asarray(spread) + last_digit)
        self.max_abs = self.max_rel = math.inf
        self.where: tuple[int, ...] = (0,) * len(self.shape)
        self.verdict = "wrong"
        self.remark = ""
        if self.manual.shape != self.shape:
            self.remark = f"has shape {self.manual.shape}"
            return
        with np.errstate(invalid="ignore"):  # inf - inf
            difference = np.asarray(np.abs(self.autodiff.astype(np.float64) - self.manual.astype(np.float64)))
        difference[np.isnan(difference)] = np.inf
        difference[self.autodiff == self.manual] = 0.0  # infinities of the same sign too
        beyond = difference - self.tolerance
        if difference.size:
            self.where = _index_of_largest(np.where(beyond > 0, difference, 0.0) if np.any(beyond > 0) else difference)
        self.max_abs = float(np.max(difference, initial=0.0))
        largest = max(float(np.max(np.abs(a), initial=0.0)) for a in (self.autodiff, self.manual))
        self.max_rel = self.max_abs / largest if 0 < largest < math.inf else float(self.max_abs > 0)
        if not np.any(beyond > 0):
            self._call_right("right", self.max_rel)

    def _call_right(self, verdict: str, relative: float) -> None:
        self.verdict = verdict
        digits = math.floor(-math.log10(relative)) if relative else 16
        most = math.ceil(-math.log10(np.finfo(self.autodiff.dtype).eps))
        count = max(0, min(digits, most))
        self.remark = f"{count} digit{'' if count == 1 else 's'}"

    def allow_for_cancellation(self, spread: Any) -> None:
        """Take back a ``wrong`` that is explained by a formula that loses digits where the engine keeps them."""
        if self.verdict != "wrong" or self.manual.shape != self.shape or not np.all(np.isfinite(self.manual)):
            return
        autodiff, manual = self.autodiff.astype(np.float64), self.manual.astype(np.float64)
        difference = np.abs(autodiff - manual)
        if np.all(difference <= self.tolerance + SAFETY * np.asarray(spread)):
            size = np.maximum(np.abs(autodiff), np.abs(manual))
            relative = np.asarray(difference / np.where(size == 0, 1.0, size))
            self.where = _index_of_largest(relative)
            self._call_right("right up to rounding", float(relative[self.where]))

    def doubt(self, remark: str) -> None:
        """Take back a ``right`` of a cost that cannot be trusted."""
        if self.verdict != "wrong":
            self.verdict, self.remark = "both differ from numeric", remark

    def take_numeric(self, slopes: Slopes) -> None:
        """Set the numeric column, and take back a ``right`` that the numeric slopes contradict."""
        self.numeric.reshape(-1)[slopes.entries] = slopes.slopes
        apart = np.abs(self.autodiff.reshape(-1)[slopes.entries].astype(np.float64) - slopes.slopes)
        self.numeric_abs = float(np.max(apart, initial=0.0))
        allowed = 8 * slopes.errors + self.tolerance.reshape(-1)[slopes.entries]
        if np.any(apart > allowed):
            self.doubt("")

    def __repr__(self) -> str:
        return f"<Row {self.name} {self.shape}: {self._judgement()}>"

    def _judgement(self) -> str:
        return f"{self.verdict}: {self.remark}" if self.remark else self.verdict


class Comparison:
    """What :func:`compare` found: a row for each parameter; ``print`` it, or ask ``ok``."""

    def __init__(self, rows: Sequence[Row]):
        self.rows = tuple(rows)

    @property
    def ok(self) -> bool:
        """Whether every row is right."""
        return all(row.verdict.startswith("right") for row in self.rows)

    def raise_if_wrong(self) -> None:
        """Raise :class:`WrongGradientError`, with the table as its message, unless every row is right."""
        if not self.ok:
            raise WrongGradientError(f"\n{self}")

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __str__(self) -> str:
        head = ("", "shape", "at", "autodiff", "manual", "numeric", "|a-m|", "/max", "verdict")
        lines = [head]
        for row in self.rows:
            fits = row.manual.shape == row.shape
            lines.append(
                (
                    row.name,
                    str(row.shape).replace(" ", ""),
                    str(list(row.where)).replace(" ", "") if row.where else "",
                    _number(row.autodiff[row.where]) if row.autodiff.size else "",
                    _number(row.manual[row.where]) if fits and row.manual.size else "",
                    _number(row.numeric[row.where]) if row.numeric.size else "",
                    f"{row.max_abs:.0e}" if fits else "",
                    f"{row.max_rel:.0e}" if fits else "",
                    row._judgement(),
                )
            )
        return aligned(lines, left=(0, 1, 2, 8))

    def __repr__(self) -> str:
        return f"<Comparison of {len(self.rows)} gradients: {'all right' if self.ok else 'not all right'}>"


def compare(
    cost: Callable[..., Any],
    manual: Any,
    at: Parameters,
    *,
    wrt: Sequence[str] | None = None,
) -> Comparison:
    """Compare a hand-derived gradient with the engine's and with nudged slopes, parameter by parameter.

    >>> import numpy as np
    >>> import compgraph as cg
    >>> x, y = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0])
    >>> def cost(w, b):
    ...     return np.mean((w * x + b - y) ** 2)
    >>> def hand_derived(w, b):
    ...     error = w * x + b - y
    ...     return np.mean(2 * error * x), np.mean(error)  # the 2 is forgotten in db
    >>> found = cg.compare(cost, hand_derived, at={"w": 0.5, "b": 0.1})
    >>> [row.verdict for row in found], found.ok
    (['right', 'wrong'], False)

    Args:
        cost: plain NumPy code from the parameters to one number; other data it takes from where it was defined.
        manual: the hand-derived gradients, or a function of the same parameters that returns them: in the order of
            the parameters, or by name (``dW1`` or ``W1``) in a dict or a named tuple. Further names are left alone.
        at: the parameters: a dict by the names of cost's arguments, or a sequence in their order.
        wrt: the names of the parameters to compare; all by default.

    Returns:
        A :class:`Comparison`: a row and a verdict for each parameter.

    Raises:
        GradientError: the cost is no single number, a function does not take these parameters, or a gradient is
            missing.
        ShapeError: there are not as many gradients as parameters.
        DtypeError: a gradient is no array of real numbers.
    """
    names, parameters = _parameters(cost, at)
    by_name = isinstance(at, Mapping)

    def evaluate(f: Callable[..., Any], arguments: Sequence[Any]) -> Any:
        return f(**dict(zip(names, arguments, strict=True))) if by_name else f(*arguments)

    for title, f in (("cost", cost), ("the hand-derived function", manual)):
        if callable(f):
            _check_call(title, f, names if by_name else len(names))
    chosen = list(names) if wrt is None else list(wrt)
    for name in chosen:
        if name not in names:
            raise GradientError(f"wrt: there is no parameter {name!r}; the parameters are {', '.join(names)}")
    leaves = [Variable(value, name) for name, value in zip(names, parameters, strict=True)]
    output = evaluate(cost, leaves)
    if np.shape(output) != ():
        raise GradientError(
            f"the cost has shape {np.shape(output)}, not that of a single number: use np.sum or np.mean"
        )
    if not isinstance(output, Node):
        raise GradientError("the cost does not depend on any of its parameters")
    if not math.isfinite(output.value):
        raise GradientError(f"the cost is {output.value} at these parameters, where it has no derivative to compare")
    given = _given(evaluate(manual, [_copy(p) for p in parameters]) if callable(manual) else manual, names, chosen)
    automatic = dict(zip(names, gradients(output, leaves), strict=True))
    spread = rounding_spread(output, leaves)
    spreads = dict(zip(names, spread.gradients, strict=True))
    rows = [Row(f"d{name}", automatic[name], given[name], spreads[name]) for name in chosen]
    if any(row.verdict == "wrong" for row in rows):
        losing = rounding_spread(output, [leaves[names.index(name)] for name in chosen], cancelling_slopes=True)
        for row, loss in zip(rows, losing.gradients, strict=True):
            row.allow_for_cancellation(loss)
    for name, row in zip(chosen, rows, strict=True):
        position = names.index(name)

        def along(value: Any, position: int = position) -> Any:
            arguments = [np.array(p, dtype=np.float64) for p in parameters]
            arguments[position] = value
            return evaluate(cost, arguments)

        entries = entries_to_nudge(row.autodiff.size)
        if row.autodiff.size:  # the entry that is shown is nudged too
            entries = np.union1d(entries, np.ravel_multi_index(row.where, row.shape) if row.where else 0)
        row.take_numeric(numeric_slopes(along, parameters[position], noise=spread.output, entries=entries))
    again = float(evaluate(cost, [_copy(p) for p in parameters]))
    digit = float(np.finfo(output.dtype).eps) * abs(float(output.value))
    if abs(again - float(output.value)) > SAFETY * (spread.output + digit):
        for row in rows:
            row.doubt("cost not the same twice")
    return Comparison(rows)


def _parameters(cost: Callable[..., Any], at: Parameters) -> tuple[tuple[str, ...], list[Any]]:
    if isinstance(at, Mapping):
        return tuple(at), list(at.values())
    if not isinstance(at, Sequence):  # one array or number, not put into a list
        at = (at,)
    fields: Any = getattr(at, "_fields", inspect.signature(cost).parameters)  # those of a named tuple
    names = tuple(fields)[: len(at)]
    if len(names) < len(at):
        names = tuple([f"p{i}" for i in range(len(at))])
    return names, list(at)


def _given(manual: Any, names: tuple[str, ...], chosen: list[str]) -> dict[str, Any]:
    """The hand-derived gradients by parameter name, however they were returned."""
    if hasattr(manual, "_asdict"):
        manual = manual._asdict()
    if isinstance(manual, Mapping):
        found = {}
        for name in chosen:
            key = f"d{name}" if f"d{name}" in manual else name
            if key not in manual:
                raise GradientError(
                    f"the hand-derived gradients have no d{name}; they are called {', '.join(map(str, manual))}"
                )
            found[name] = manual[key]
        return _checked(found)
    if not isinstance(manual, (tuple, list)):
        manual = (manual,)
    if len(manual) != len(chosen):
        raise ShapeError(
            f"{len(manual)} hand-derived gradients for {len(chosen)} parameters ({', '.join(chosen)}): "
            "return one for each, in this order, or a dict by name"
        )
    return _checked(dict(zip(chosen, manual, strict=True)))


def _checked(manual: dict[str, Any]) -> dict[str, Any]:
    for name, value in manual.items():
        try:
            kind = np.asarray(value).dtype.kind
        except (TypeError, ValueError) as error:
            raise DtypeError(f"the hand-derived d{name} is no array: {error}") from None
        if kind not in "iuf":
            raise DtypeError(f"the hand-derived d{name} is {type(value).__name__}, not an array of real numbers")
    return manual


def _check_call(title: str, f: Callable[..., Any], given: tuple[str, ...] | int) -> None:
    """Refuse parameters that a function does not take before calling it, in words about parameters."""
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):  # some functions written in C do not tell
        return
    try:
        if isinstance(given, int):
            signature.bind(*range(given))
        else:
            signature.bind(**dict.fromkeys(given))
    except TypeError as error:
        passed = f"{given} parameters" if isinstance(given, int) else f"the parameters {', '.join(given)} by name"
        raise GradientError(f"{title} is called with {passed} and takes {signature}: {error}") from None


def _index_of_largest(x: Any) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(x)), np.shape(x)))


def _copy(value: Any) -> Any:
    return value if isinstance(value, (int, float)) else np.array(value)


def _number(x: Any) -> str:
    return "" if np.isnan(x) else f"{float(x):.5g}"
