"""``assert_gradient``: both modes against nudging and against one another, to any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from compgraph.errors import GradientError, WrongGradientError
from compgraph.testing.answers import Answers
from compgraph.testing.complaint import inconclusive, not_the_same, wrong
from compgraph.testing.leaf_function import LeafFunction, along, flat, leaf_function, name_of, pulled_back
from compgraph.testing.points import NEARBY, moved, scale_of
from compgraph.testing.probe import SAFETY, Probe
from compgraph.tracing import Argnums

__all__ = ["MODES", "assert_gradient"]

MODES = ("rev", "fwd")

ASIDE = 2.0**-9
"""How far the arguments are moved where nudging meets a kink."""


class Undecided(Exception):  # noqa: N818
    """Nudging says nothing at this point; the message is the complaint if nothing near it does better."""


def assert_gradient(
    f: Callable[..., Any],
    *args: Any,
    modes: Sequence[str] = MODES,
    order: int = 2,
    argnums: Argnums | None = None,
    directions: int = 2,
    entries: int = 64,
    points: int = 1,
    seed: int = 0,
) -> None:
    """Assert that the engine differentiates a function rightly, in both modes and to some order.

    >>> from compgraph.testing import assert_gradient
    >>> assert_gradient(lambda x, p: np.tanh(p["w"] * x) + p["b"], np.array([0.5, -1.0]), {"w": 2.0, "b": 0.1})

    Each mode is compared with central differences, along random directions and for every entry, and with the other
    mode: <uJ, t> of reverse mode is <u, Jt> of forward mode, up to rounding. Then the function of the first derivatives
    is taken in its turn, and so on. What may differ is estimated, not a constant: the error of each difference from two
    steps (see :mod:`compgraph.check.numeric`), and rounding by measuring it (see :mod:`compgraph.check.rounding`).

    Args:
        f: a function written in plain NumPy, with a result of any shape, or a tree of such.
        args: its arguments: numbers, arrays and trees of them, of any precision, complex ones too. Arrays of integers
            and what is no number are constants.
        modes: which modes to check: ``"rev"``, ``"fwd"`` or both.
        order: up to which order: 2 checks the derivatives of the derivatives, in each mode of each mode.
        argnums: the arguments to differentiate by, positions or names; all by default.
        directions: how many pairs of random directions, of the arguments and of the result.
        entries: up to so many entries of the arguments in all are nudged each on its own.
        points: how many points to check at: the arguments, and others drawn within a twentieth of them, as far as
            ``f`` is defined there.
        seed: for everything random.

    Raises:
        WrongGradientError: a derivative is wrong: the message names mode, order, argument and entry, shows the values
            and says what to do. Also where nudging decides nothing, at the arguments and close to them.
        GradientError: there is no such mode, order or argument, or nothing to differentiate.

    Source: the identity is the dot-product test of adjoint codes, as in J. Claerbout, "Earth Soundings Analysis", 1992.
    """
    __tracebackhide__ = True
    modes = _checked(modes, order)
    rng = np.random.default_rng(seed)
    function = leaf_function(f, args, argnums)
    try:
        for point in _points(function, points, rng):
            _check(point, modes, order, directions, entries, rng)
    except (WrongGradientError, Undecided) as error:
        complaint = str(error)
    else:
        return
    raise WrongGradientError(f"{name_of(f)}: {complaint}")


def _checked(modes: Sequence[str], order: int) -> tuple[str, ...]:
    given = (modes,) if isinstance(modes, str) else tuple(modes)
    if not given or not set(given) <= set(MODES):
        raise GradientError(f"modes={modes!r}: name 'rev', 'fwd' or both")
    if order < 1:
        raise GradientError(f"order={order!r}: the first derivatives are of order 1")
    return tuple([mode for mode in MODES if mode in given])


# -------------------------------------------------------------------------------------------------------------- points


def _points(function: LeafFunction, count: int, rng: np.random.Generator) -> Iterator[LeafFunction]:
    """The function at its arguments, and at points near them where it is defined."""
    yield function
    for _ in range(count - 1):
        for part in (NEARBY, NEARBY / 16):
            there = _moved(function, part, rng)
            if _defined(there):
                yield there
                break


def _moved(function: LeafFunction, part: float, rng: np.random.Generator) -> LeafFunction:
    return function._replace(at=tuple(moved(function.at, part, rng)))


def _defined(function: LeafFunction) -> bool:
    try:
        with np.errstate(all="ignore"):
            return bool(np.all(np.isfinite(flat(function.call(*function.at)))))
    except (ArithmeticError, ValueError):
        return False


def _check(
    function: LeafFunction, modes: tuple[str, ...], order: int, directions: int, entries: int, rng: np.random.Generator
) -> None:
    """Check at one point; where nudging decides nothing there, at one beside it."""
    undecided = None
    for attempt in range(4):
        there = function if attempt == 0 else _moved(function, ASIDE, rng)
        if attempt and not _defined(there):
            continue
        try:
            _Search(modes, directions, entries, rng).through(there, order, ())
        except Undecided as error:
            undecided = undecided or error
        else:
            return
    assert undecided is not None
    raise undecided


# -------------------------------------------------------------------------------------------------------------- search


class _Search:
    """Looks for a wrong derivative, and for the entry where it is."""

    def __init__(self, modes: tuple[str, ...], directions: int, entries: int, rng: np.random.Generator) -> None:
        self.modes = modes
        self.directions = directions
        self.entries = entries
        self.rng = rng

    def through(self, function: LeafFunction, order: int, taken: tuple[str, ...]) -> None:
        """Check the derivatives of a function, and of its derivatives, to an order; ``taken`` are the modes so far."""
        scales = flat(
            [np.full(np.shape(x), scale) for x, scale in zip(function.at, map(scale_of, function.at), strict=True)]
        )
        size = int(flat(function.call(*function.at)).size)
        for k in range(self.directions):
            u = np.ones(1) if size == 1 else self._dyadic(size)
            probe = Probe(function, u)
            if k == 0 and not taken:
                self._value(probe)
            self._judge(probe, scales * self._dyadic(scales.size), scales, taken)
            if k == 0 and scales.size <= self.entries:
                for t in np.diag(scales):
                    self._judge(probe, t, scales, taken)
        if order > 1:
            u = np.ones(1) if size == 1 else self._dyadic(size)
            t = scales * self._dyadic(scales.size)
            for mode in self.modes:
                derivative = pulled_back(function, u) if mode == "rev" else along(function, t)
                self.through(derivative, order - 1, (*taken, mode))

    def _dyadic(self, size: int) -> Any:
        """Random numbers of either sign between 1/2 and 3/2 that are exact in any precision."""
        return self.rng.integers(32, 97, size) / 64 * self.rng.choice([-1.0, 1.0], size)

    def _value(self, probe: Probe) -> None:
        """The function has to be one: the same for the same arguments, plain or nodes."""
        again = Probe(probe.function, probe.u).value
        recorded = float(getattr(probe.recorded, "value", probe.recorded))
        if not np.isfinite(probe.value):
            raise Undecided(f"its value is not finite at this point: {probe.value}")
        allowed = SAFETY * (probe.noise + float(np.finfo(float).eps) * probe.size)
        if abs(again - probe.value) > allowed or not abs(recorded - probe.value) <= allowed:
            raise WrongGradientError(not_the_same(probe.value, again, recorded))

    def _judge(self, probe: Probe, t: Any, scales: Any, taken: tuple[str, ...]) -> None:
        answers = Answers.of(probe, t, self.modes)
        if any(probe.steeper(t, answers.values[mode]) for mode in answers.wrong):
            raise Undecided(inconclusive(probe.function, t, answers, taken))
        if answers.wrong or answers.apart:
            u, t, count = self._narrowed(probe, t, scales, answers)
            found = Answers.of(Probe(probe.function, u), t, MODES)
            raise WrongGradientError(wrong(probe.function, u, t, found, answers, taken, count))
        if not answers.decided(float(np.max(np.abs(probe.gradient * scales), initial=0.0))):
            raise Undecided(inconclusive(probe.function, t, answers, taken))

    def _narrowed(self, probe: Probe, t: Any, scales: Any, answers: Answers) -> tuple[Any, Any, int | None]:
        """The entry of the result and that of the arguments where the answers are furthest apart."""
        mode = answers.wrong[0] if answers.wrong else None

        def apart(u: Any, t: Any) -> float:
            return Answers.of(probe if u is probe.u else Probe(probe.function, u), t, self.modes).distance(mode)

        count = None
        if scales.size <= self.entries:
            every = [Answers.of(probe, one, self.modes) for one in np.diag(scales)]
            off = [a.distance(mode) / s if a.wrong or a.apart else 0.0 for a, s in zip(every, scales, strict=True)]
            count = int(np.count_nonzero(off))
            k = int(np.argmax(off)) if count else int(np.argmax(np.abs(t)))
        else:
            k = _single(t, lambda part: apart(probe.u, part))
        t = np.zeros_like(t)
        t[k] = scales[k]
        j = _single(probe.u, lambda part: apart(part, t))
        u = np.zeros_like(probe.u)
        u[j] = probe.u[j]  # and not 1, where a rule that is not linear may be right by chance
        return u, t, count


def _single(vector: Any, differs: Callable[[Any], float]) -> int:
    """The entry of a vector that is left when of two halves always the one is kept that differs more."""
    places = np.flatnonzero(vector)
    while len(places) > 1:
        halves = np.array_split(places, 2)
        kept = []
        for half in halves:
            part = np.zeros_like(vector)
            part[half] = vector[half]
            kept.append(differs(part))
        places = halves[int(np.argmax(kept))]
    return int(places[0])
