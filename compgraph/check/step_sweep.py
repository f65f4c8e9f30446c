"""The error of numeric slopes over the step: the picture that tells a right derivative from a wrong one.

A difference with the step h is off by truncation, about h for the forward and h² for the central difference, and by
rounding, about eps/h. So on a log-log picture the error of a right derivative falls with the slope 1 or 2 until
rounding takes over. That of a wrong one stays where it is: at how wrong the derivative is.

Source: any text on numerical differentiation, such as Nocedal and Wright, Numerical Optimization, section 8.1.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compgraph.check import picture_file
from compgraph.check.complex_step import complex_slopes
from compgraph.check.numeric import Array, directional_slopes, entry_sizes
from compgraph.check.table import aligned
from compgraph.errors import MissingExtraError, SettingError, ShapeError
from compgraph.silence import silently

__all__ = ["METHODS", "StepSweep", "step_sweep"]

METHODS: Mapping[str, int] = {"forward": 1, "central": 2, "complex": 2}
"""The ways of measuring a slope, and the power of the step that their truncation error falls with."""

ABOVE_ROUNDING = 30
"""Errors that are so many times what rounding may do are those of truncation."""

LARGEST = 1e-2
"""Larger steps may cross kinks, and leave the neighbourhood that the leading term of the error describes."""

FEWEST = 5
"""The number of steps that a slope can be fitted to."""

TINY = 1e-9
"""Below this step a difference is rounding and little else."""

EPS = float(np.finfo(float).eps)


class StepSweep:
    """What :func:`step_sweep` found: errors by step; ``print`` it, ask for a ``slope``, or ``plot`` it.

    Attributes:
        steps: the steps, from large to small, in units of the size of what is moved.
        errors: for each method the relative error at each step: |numeric slope - derivative| / |derivative|; absolute
            where the derivative is zero. NaN where the cost is not finite.
        floor: for each method the smallest of them: the best that it can do.
        rounding: for each method what rounding does at each step, as far as it can be told.
        derivative: the derivative along the direction, by the gradient.
    """

    def __init__(self, steps: Array, errors: Mapping[str, Array], rounding: Mapping[str, Array], derivative: float):
        self.steps = steps
        self.errors = dict(errors)
        self.rounding = dict(rounding)
        self.derivative = derivative
        self.floor = {method: float(np.nanmin(each, initial=math.inf)) for method, each in self.errors.items()}

    def slope(self, method: str = "central") -> float | None:
        """Return the power of the step that the error falls with, down to the rounding floor.

        >>> found = step_sweep(lambda w: np.sum(np.exp(w)), np.zeros(3), np.ones(3))
        >>> print(f"{found.slope('central'):.2f} {found.slope('forward'):.2f}")
        2.00 1.00
        >>> wrong = step_sweep(lambda w: np.sum(np.exp(w)), np.zeros(3), np.array([1.0, 1.0, 1.01]))
        >>> print(f"{abs(wrong.slope('central')):.2f}")
        0.00

        Args:
            method: one of ``errors``.

        Returns:
            The median of the slopes between all pairs of steps, on the logarithms, among those whose error is above
            rounding: 2 for the central difference of a right derivative, 1 for the forward difference, 0 for a wrong
            one. None where there are too few of them: a central difference of a quadratic cost has no truncation
            error, and neither has a forward difference of a linear one.

        Raises:
            SettingError: the sweep has no such method.
        """
        fitted = self.fitted(method)
        if np.count_nonzero(fitted) < FEWEST:
            return None
        x, y = np.log10(self.steps[fitted]), np.log10(self.errors[method][fitted])
        first, second = np.triu_indices(x.size, 1)
        return float(np.median((y[first] - y[second]) / (x[first] - x[second])))

    def fitted(self, method: str) -> NDArray[np.bool_]:
        """Return which steps a slope is fitted to: those up to 1e-2 whose error is far above rounding.

        Raises:
            SettingError: the sweep has no such method.
        """
        if method not in self.errors:
            raise SettingError(f"the sweep has no method {method!r}; it has {', '.join(self.errors)}")
        errors = self.errors[method]
        above = (errors > ABOVE_ROUNDING * self.rounding[method]) & np.isfinite(errors)
        return np.asarray(above & (self.steps <= LARGEST))

    def __str__(self) -> str:
        lines = [("step", *self.errors)]
        exponents = np.log10(self.steps)
        shown = [i for i, exponent in enumerate(exponents) if abs(exponent - round(exponent)) < 1e-9]
        for i in shown or range(self.steps.size):
            lines.append((f"{self.steps[i]:.0e}", *[f"{errors[i]:.1e}" for errors in self.errors.values()]))
        lines.append(("slope", *[_text(self.slope(method)) for method in self.errors]))
        lines.append(("expected", *[str(METHODS[method]) for method in self.errors]))
        table = aligned(lines, left=(0,))
        if any(self.slope(method) is None for method in self.errors):
            table += (
                "\nnone: of the steps up to 0.01 too few have an error above rounding, so that there is no slope to fit"
            )
        return table

    def __repr__(self) -> str:
        slopes = ", ".join(f"{method} {_text(self.slope(method))}" for method in self.errors)
        return f"<StepSweep of {self.steps.size} steps: slopes {slopes}>"

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Draw the errors over the step on logarithmic axes, with lines of the expected slopes; zeros at 1e-17.

        >>> figure = step_sweep(lambda w: np.sum(np.exp(w)), np.zeros(3), np.ones(3)).plot()
        >>> figure.axes[0].get_xlabel()
        "step h, in units of the parameters' size"

        Args:
            path: where to write the picture, if anywhere; its ending says the form: .png, .svg or .pdf.

        Returns:
            The matplotlib figure, which a notebook shows.

        Raises:
            MissingExtraError: matplotlib is not installed.
            RenderError: the picture cannot be written.
        """
        figure = _drawn(self)
        if path is not None:
            picture_file.save(figure, path)
        return figure

    def _repr_png_(self) -> bytes | None:
        try:
            figure = self.plot()
        except MissingExtraError:
            return None
        picture = io.BytesIO()
        figure.savefig(picture, format="png")
        return picture.getvalue()


@silently("divide", "over", "invalid")
def step_sweep(
    f: Callable[[Array], Any],
    at: Any,
    gradient: Any,
    *,
    steps: Sequence[float] | Array | None = None,
    methods: Sequence[str] | None = None,
    rng: np.random.Generator | None = None,
) -> StepSweep:
    """Measure the slope of a cost along one random direction with steps of all sizes, and compare it with a gradient.

    >>> w = np.array([0.3, 0.5])
    >>> found = step_sweep(lambda w: np.sum(np.sin(w)), w, np.cos(w), steps=np.logspace(-1, -4, 13))
    >>> print(found)
    step      forward  central  complex
    --------  -------  -------  -------
    1e-01     5.6e-03  1.1e-04  1.1e-04
    1e-02     5.5e-04  1.1e-06  1.1e-06
    1e-03     5.5e-05  1.1e-08  1.1e-08
    1e-04     5.5e-06  1.1e-10  1.1e-10
    slope        1.00     2.00     2.00
    expected        1        2        2

    Args:
        f: the cost as a function of one array; it is given copies, in float64.
        at: the array, of any shape.
        gradient: the gradient there, an array of the same shape: the engine's, or the one in question.
        steps: in units of the entries' size; by default four in each power of ten from 1e-1 to 1e-15.
        methods: of ``forward``, ``central`` and ``complex``; by default those and, if the code allows it (see
            compgraph.check.complex_step), the last one.
        rng: the source of the direction, in which every entry moves; by default always the same one.

    Returns:
        A :class:`StepSweep`.

    Raises:
        ShapeError: the gradient has another shape than the array.
        SettingError: a step that is not positive, or an unknown method.
    """
    point = np.array(at, dtype=np.float64)
    gradient = np.asarray(gradient)
    if gradient.shape != point.shape:
        raise ShapeError(f"the gradient has shape {gradient.shape}, and what it is the gradient by has {point.shape}")
    lengths = np.logspace(-1, -15, 57) if steps is None else np.sort(np.asarray(steps, dtype=np.float64))[::-1]
    if lengths.ndim != 1 or not np.all((lengths > 0) & np.isfinite(lengths)):
        raise SettingError(f"steps={steps!r} is no sequence of positive numbers")
    rng = rng or np.random.default_rng(0)
    direction = rng.choice([-1.0, 1.0], point.shape) * rng.uniform(0.5, 1.0, point.shape) * entry_sizes(point)
    chosen = _allowed(f, point, direction, methods)
    derivative = float(np.sum(gradient * direction))
    middle = float(f(point.copy()))
    slopes: dict[str, list[float]] = {method: [] for method in chosen}
    for h in lengths:
        ahead, back = (float(f(np.asarray(point + way * h * direction))) for way in (1, -1))
        for method, found in slopes.items():
            if method == "forward":
                found.append((ahead - middle) / h)
            elif method == "central":
                found.append((ahead - back) / (2 * h))
            else:
                found.append(float(np.imag(f(np.asarray(point + 1j * h * direction)))) / h)
    size = abs(derivative) or 1.0
    terms = float(np.sum(np.abs(gradient * direction))) / size
    digit = EPS * (abs(middle) / size + terms)  # of the cost, and of what is moved
    own = 8 * float(np.finfo(gradient.dtype if gradient.dtype.kind == "f" else float).eps) * max(terms, 1.0)
    errors = {method: np.abs(np.array(found) - derivative) / size for method, found in slopes.items()}
    rounding = {
        method: own + _rounding(lengths, each, np.ones_like(lengths) if method == "complex" else 1 / lengths, digit)
        for method, each in errors.items()
    }
    return StepSweep(lengths, errors, rounding, derivative)


def _allowed(f: Callable[[Array], Any], point: Array, direction: Array, methods: Sequence[str] | None) -> list[str]:
    for method in methods or ():
        if method not in METHODS:
            raise SettingError(f"there is no method {method!r}: take some of {', '.join(METHODS)}")
    chosen = list(METHODS if methods is None else methods)
    if "complex" in chosen:
        central = directional_slopes(f, point, directions=direction[None])
        if complex_slopes(f, point, central) is None:
            if methods is not None:
                raise SettingError("the cost's code does not allow the complex step: leave out 'complex'")
            chosen.remove("complex")
    return chosen


def _rounding(steps: Array, errors: Array, growth: Array, digit: float) -> Array:
    """What rounding does at each step: at least a last digit; where steps are tiny, what one does unlike the next.

    That an error stays is no sign of rounding: the one of a wrong derivative does.
    """
    jitter = np.abs(np.diff(errors)) / growth[:-1]
    jitter = jitter[(steps[:-1] < TINY) & np.isfinite(jitter)]
    return np.asarray(growth * max(digit, float(np.median(jitter)) if jitter.size else 0.0))


def _text(slope: float | None) -> str:
    return "none" if slope is None else f"{slope:.2f}"


# -------------------------------------------------------------------------------------------------------------- picture

INK: Mapping[str, tuple[str, str]] = {
    "forward": ("#d55e00", "o"),
    "central": ("#0072b2", "s"),
    "complex": ("#009e73", "^"),
}
"""Colours of Okabe and Ito, which people who confuse some colours tell apart, and markers for those who see none."""

TEXT, GRID, GUIDE = "#3d4852", "#e3e7ea", "#79838c"

LEAST = 1e-17
"""Where an error of exactly zero is drawn: a logarithm has no place for it."""


def _drawn(sweep: StepSweep) -> Any:
    try:
        from matplotlib.figure import Figure  # not pyplot, which would keep every figure
    except ImportError:
        raise MissingExtraError("drawing the sweep over steps", "matplotlib", "plot") from None
    figure = Figure(figsize=(7.2, 4.6), dpi=150, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    steps = sweep.steps
    shown = {method: np.where(each == 0, LEAST, each) for method, each in sweep.errors.items()}
    for method, errors in shown.items():
        colour, marker = INK[method]
        label = f"{method}: {_text(sweep.slope(method))} (expected {METHODS[method]})"
        axes.plot(steps, errors, color=colour, linewidth=0.8, alpha=0.5)
        axes.plot(steps, errors, marker, color=colour, markersize=4, label=label, zorder=3)
    axes.set_xscale("log")
    axes.set_yscale("log")
    finite = np.concatenate([each[np.isfinite(each)] for each in shown.values()])
    low, high = float(np.min(finite, initial=1.0)), float(np.max(finite, initial=LEAST))
    low, high = low / 10, min(high, 1e3) * 10
    axes.set_ylim(low, high)
    axes.set_xlim(float(steps[-1]) / 2, float(steps[0]) * 6)
    _guide(axes, sweep)
    axes.set_title("Numeric slope and gradient: how far apart", color=TEXT, loc="left", fontsize=11)
    axes.set_xlabel("step h, in units of the parameters' size", color=TEXT)
    axes.set_ylabel("relative difference" if sweep.derivative else "difference", color=TEXT)
    axes.grid(color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.minorticks_off()
    axes.tick_params(colors=TEXT, length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(GRID)
    axes.legend(
        loc="upper center", title="fitted slope", alignment="left", labelcolor=TEXT, fontsize=9, title_fontsize=9,
        frameon=True, framealpha=0.9, edgecolor=GRID,
    )  # fmt: skip
    return figure


def _guide(axes: Any, sweep: StepSweep) -> None:
    """Lines of the expected slopes through the errors that slopes are fitted to, and one of what rounding does."""
    dashed = {"color": GUIDE, "linewidth": 1.1, "linestyle": (0, (5, 3)), "zorder": 2}
    drawn = set()
    for method, errors in reversed(sweep.errors.items()):
        power, fitted = METHODS[method], sweep.fitted(method)
        if power in drawn or sweep.slope(method) is None:
            continue
        drawn.add(power)
        line = float(np.median(errors[fitted] / sweep.steps[fitted] ** power)) * sweep.steps**power
        seen = line > sweep.rounding[method] / ABOVE_ROUNDING
        axes.plot(sweep.steps[seen], line[seen], **dashed)
        name = "∝ h" if power == 1 else "∝ h²"
        right = (float(sweep.steps[0]), float(line[0]))
        axes.annotate(name, right, (6, 0), textcoords="offset points", color=GUIDE, va="center")
    differences = [method for method in ("central", "forward") if method in sweep.errors]
    if differences:
        rounding = sweep.rounding[differences[0]]
        axes.plot(sweep.steps, rounding, color=GUIDE, linewidth=1.1, linestyle=":", zorder=2)
        middle = sweep.steps.size * 4 // 7
        at = (float(sweep.steps[middle]), float(rounding[middle]))
        axes.annotate("rounding, ∝ 1/h", at, (8, 6), textcoords="offset points", color=GUIDE)
