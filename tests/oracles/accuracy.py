"""How many units in the last place the functions of ``compgraph.rules.activation`` and their gradients are off.

The exact result is computed by mpmath with 50 digits; a unit in the last place (ulp) is the distance of the float64
numbers around it, 2⁻¹⁰⁷⁴ where these are subnormal. ``python -m tests.oracles.accuracy`` prints what docs/accuracy.md
tells.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

import compgraph as cg

__all__ = ["MEASURES", "PAGE", "Measure", "limits_of_the_page", "measured", "mp", "ulp"]

PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"
FAR = 750.0

mp = mpmath.mp.clone()
mp.dps = 50
one = mp.mpf(1)
Exact = Callable[..., Any]


@dataclass(frozen=True)
class Measure:
    """A function of rows of numbers, and the exact one.

    Attributes:
        name: as it stands in the table.
        ours: from an array of shape (n, k), n points of k numbers, to one of shape (n, m).
        exact: from the k numbers of a point to its m results.
        points: the array of points.
        against: None for units of the exact result; else a function of a point, in whose units the error is measured.
    """

    name: str
    ours: Callable[[Any], Any]
    exact: Exact
    points: Any
    against: Exact | None = None


def ulp(x: Any) -> Any:
    """The distance of float64 numbers around a number."""
    if x == 0:
        return mp.mpf(2) ** -1074
    return mp.mpf(2) ** max(int(mp.floor(mp.log(abs(x), 2))) - 52, -1074)


def measured(measure: Measure) -> tuple[float, tuple[float, ...]]:
    """The largest error in units in the last place, and the point where it is."""
    found = np.asarray(measure.ours(measure.points), float).reshape(len(measure.points), -1)
    worst, where = 0.0, measure.points[0]
    for point, row in zip(measure.points, found, strict=True):
        numbers = [mp.mpf(float(x)) for x in point]
        exact = measure.exact(*numbers)
        results = list(exact) if isinstance(exact, (list, tuple)) else [exact]
        unit = None if measure.against is None else ulp(measure.against(*numbers))
        for ours, theirs in zip(row, results, strict=True):
            error = (
                float(abs(mp.mpf(float(ours)) - theirs) / (unit or ulp(theirs))) if math.isfinite(ours) else math.inf
            )
            if error > worst:
                worst, where = error, point
    return worst, tuple(float(x) for x in where)


# --------------------------------------------------------------------------------------------------------------- points


def near(places: Iterable[float]) -> list[float]:
    """Floating-point numbers around each of some places, the nearest neighbours among them."""
    found: list[float] = []
    for place in places:
        above = below = place
        for _ in range(3):
            found += [above, below]
            above, below = math.nextafter(above, math.inf), math.nextafter(below, -math.inf)
        found += [place + sign * 2.0**-k for k in range(1, 60, 4) for sign in (-1, 1)]
    return found


SWITCHES = (0.0, 1.0, math.log(2.0), 18.02, 36.04, 36.74, 708.39, 709.78, 710.0, 744.44, 745.13)
"""Where formulas change over, overflow, underflow or run out of digits; each with its negative."""


@functools.cache
def line(low: float = -FAR, high: float = FAR) -> Any:
    """Numbers all over an interval: even, random, around 0 and around the places where formulas change over."""
    rng = np.random.default_rng(0)
    tiny = [sign * 2.0**-k for k in range(0, 1075, 25) for sign in (-1, 1)]
    places = near([sign * x for x in SWITCHES for sign in (-1, 1)])
    numbers = np.concatenate(
        [np.linspace(low, high, 601), rng.uniform(low, high, 600), rng.normal(size=600) * 10, tiny, places]
    )
    return np.unique(numbers[(numbers >= low) & (numbers <= high)])[:, None]


def probabilities() -> Any:
    rng = np.random.default_rng(1)
    small = 10.0 ** -rng.uniform(0, 300, 150)
    a = np.concatenate(
        [np.linspace(0, 1, 201)[1:-1], rng.uniform(0, 1, 300), small, 1 - 2.0 ** -np.arange(1, 54), near([0.5])]
    )
    return np.unique(a[(a > 0) & (a < 1)])


def with_labels(x: Any, labels: Sequence[float]) -> Any:
    x = np.ravel(x)
    return np.stack([np.tile(x, len(labels)), np.repeat(labels, len(x))], axis=1)


@functools.cache
def vectors(count: int) -> Any:
    """Rows of numbers: far apart, close together, one far ahead of the others, ties."""
    rng = np.random.default_rng(2)
    n = 150
    rows = [
        rng.uniform(-FAR, FAR, (n, count)),
        rng.normal(size=(n, count)),
        rng.normal(size=(n, count)) * 10,
        rng.uniform(-700, 700, (n, 1)) + rng.normal(size=(n, count)),
        rng.uniform(-30, 30, (n, 1)) + rng.integers(-1, 2, (n, count)),
        np.where(np.arange(count) == 0, 0.0, -rng.uniform(0, 60, (n, count))) + rng.uniform(-600, 600, (n, 1)),
    ]
    return np.concatenate(rows)


# ----------------------------------------------------------------------------------------------------- exact functions


def sigmoid(x: Any) -> Any:
    return one / (1 + mp.exp(-x))


def softplus(x: Any) -> Any:
    return mp.log1p(mp.exp(x))


def slope_of_sigmoid(x: Any) -> Any:
    return sigmoid(x) * sigmoid(-x)


def cross_entropy(a: Any, y: Any) -> Any:
    return -(y * mp.log(a) + (1 - y) * mp.log1p(-a))


def cross_entropy_of_logits(z: Any, y: Any) -> Any:
    return (1 - y) * softplus(z) + y * softplus(-z)


def slope_of_cross_entropy_of_logits(z: Any, y: Any) -> Any:
    return (1 - y) * sigmoid(z) - y * sigmoid(-z)


def shares(*x: Any) -> list[Any]:
    powers = [mp.exp(xi - max(x)) for xi in x]
    return [p / mp.fsum(powers) for p in powers]


def logsumexp(*x: Any) -> Any:
    powers = sorted(mp.exp(xi - max(x)) for xi in x)
    return max(x) + mp.log1p(mp.fsum(powers[:-1]))


def log_shares(*x: Any) -> list[Any]:
    """Of each entry minus log Σ exp of the differences to it, the zero difference to itself left to log1p."""
    return [-mp.log1p(mp.fsum(mp.exp(xj - xi) for j, xj in enumerate(x) if j != i)) for i, xi in enumerate(x)]


def complements(*x: Any) -> list[Any]:
    """1 - softmax, without a difference."""
    powers = [mp.exp(xi - max(x)) for xi in x]
    return [mp.fsum(powers[:i] + powers[i + 1 :]) / mp.fsum(powers) for i in range(len(x))]


def jacobian_of_shares(*x: Any) -> list[Any]:
    p, rest = shares(*x), complements(*x)
    return [p[i] * (rest[i] if i == j else -p[j]) for i in range(len(x)) for j in range(len(x))]


def jacobian_of_log_shares(*x: Any) -> list[Any]:
    p, rest = shares(*x), complements(*x)
    return [rest[i] if i == j else -p[j] for i in range(len(x)) for j in range(len(x))]


# -------------------------------------------------------------------------------------------------------- our functions


def slope(f: Any, argument: int = 0) -> Callable[[Any], Any]:
    """The derivative of an elementwise function by one of its arguments."""

    def ours(points: Any) -> Any:
        columns = [cg.Variable(column) for column in points.T]
        return cg.gradients(f(*columns), columns, seed=np.ones(len(points)))[argument]

    return ours


def value(f: Any) -> Callable[[Any], Any]:
    return lambda points: f(*points.T)


def gradient(f: Any) -> Callable[[Any], Any]:
    return lambda points: cg.grad(lambda x: np.sum(f(x, axis=-1)))(points)


def rows_of_jacobian(f: Any) -> Callable[[Any], Any]:
    """All entries of the Jacobian of each point: the gradients for the seeds (1, 0, ...), (0, 1, ...), ..."""

    def ours(points: Any) -> Any:
        x = cg.Variable(points)
        y = f(x, axis=-1)
        count = points.shape[1]
        seeds = [np.broadcast_to(np.eye(count)[i], points.shape) for i in range(count)]
        return np.stack([cg.gradients(y, [x], seed=seed)[0] for seed in seeds], axis=1)

    return ours


def _largest(*x: Any) -> Any:
    return max(abs(xi) for xi in x)


LABELS = (0.0, 1.0)
SOFT_LABELS = (0.25, 0.5, 0.9)

MEASURES: tuple[Measure, ...] = (
    Measure("sigmoid", value(cg.sigmoid), sigmoid, line()),
    Measure("sigmoid, gradient", slope(cg.sigmoid), slope_of_sigmoid, line()),
    Measure("softplus", value(cg.softplus), softplus, line()),
    Measure("softplus, gradient", slope(cg.softplus), sigmoid, line()),
    Measure("logsumexp", lambda x: cg.logsumexp(x, axis=-1), logsumexp, vectors(4), _largest),
    Measure("logsumexp, gradient", gradient(cg.logsumexp), shares, vectors(4)),
    Measure("softmax", cg.softmax, shares, vectors(4)),
    Measure("softmax, Jacobian", rows_of_jacobian(cg.softmax), jacobian_of_shares, vectors(3)),
    Measure("log_softmax", cg.log_softmax, log_shares, vectors(4)),
    Measure("log_softmax, Jacobian", rows_of_jacobian(cg.log_softmax), jacobian_of_log_shares, vectors(3)),
    Measure(
        "binary_cross_entropy",
        value(cg.binary_cross_entropy),
        cross_entropy,
        with_labels(probabilities(), LABELS + SOFT_LABELS),
    ),
    Measure(
        "binary_cross_entropy, gradient by a",
        slope(cg.binary_cross_entropy),
        lambda a, y: (a - y) / (a * (1 - a)),
        with_labels(probabilities(), LABELS + SOFT_LABELS),
    ),
    Measure(
        "binary_cross_entropy, gradient by y",
        slope(cg.binary_cross_entropy, 1),
        lambda a, y: mp.log1p(-a) - mp.log(a),
        with_labels(probabilities(), (0.5,)),
    ),
    Measure(
        "binary_cross_entropy_with_logits",
        value(cg.binary_cross_entropy_with_logits),
        cross_entropy_of_logits,
        with_labels(line(), LABELS + SOFT_LABELS),
    ),
    Measure(
        "binary_cross_entropy_with_logits, gradient by z, y = 0 or 1",
        slope(cg.binary_cross_entropy_with_logits),
        slope_of_cross_entropy_of_logits,
        with_labels(line(), LABELS),
    ),
    Measure(
        "binary_cross_entropy_with_logits, gradient by z, 0 < y < 1",
        slope(cg.binary_cross_entropy_with_logits),
        slope_of_cross_entropy_of_logits,
        with_labels(line(), SOFT_LABELS),
        lambda z, y: max(sigmoid(z) * (1 - y), y * sigmoid(-z)),
    ),
    Measure(
        "binary_cross_entropy_with_logits, gradient by y",
        slope(cg.binary_cross_entropy_with_logits, 1),
        lambda z, y: -z,
        with_labels(line(), (0.5,)),
    ),
    Measure("np.log1p(np.exp(x))", value(lambda x: np.log1p(np.exp(x))), softplus, line(-FAR, 709.0)),
    Measure("np.log1p(np.exp(x)), gradient", slope(lambda x: np.log1p(np.exp(x))), sigmoid, line(-FAR, 709.0)),
    Measure(
        "np.log(np.expm1(x)), gradient",
        slope(lambda x: np.log(np.expm1(x))),
        lambda x: one / -mp.expm1(-x),
        line(1e-300, 709.0),
    ),
    Measure("-np.log1p(-p)", value(lambda p: -np.log1p(-p)), lambda p: -mp.log1p(-p), probabilities()[:, None]),
    Measure("-np.log1p(-p), gradient", slope(lambda p: -np.log1p(-p)), lambda p: 1 / (1 - p), probabilities()[:, None]),
    Measure("np.expm1(x), gradient", slope(np.expm1), mp.exp, line(-FAR, 709.0)),
    Measure("np.log1p(x), gradient", slope(np.log1p), lambda x: 1 / (1 + x), line(-1 + 2.0**-53, FAR)),
)


# ------------------------------------------------------------------------------------------------------------- the page


def limits_of_the_page() -> dict[str, float]:
    """What the page promises of each function."""
    lines = [text.split("|")[1:-1] for text in PAGE.read_text(encoding="utf-8").splitlines() if text.startswith("| `")]
    return {name.strip().replace("`", ""): float(limit) for name, _, _, limit in lines}


if __name__ == "__main__":
    for each in MEASURES:
        worst, where = measured(each)
        print(f"{worst:9.2f}  {each.name}  at {where}")
