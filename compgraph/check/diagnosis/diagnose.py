"""From a wrong gradient to the slip: guess, verify, rank.

Every guess says what the person's value would be if it were true, and is kept if that is the value. Where the
hand-derived gradient is a function, a guess has to hold at two more places too, so that no coincidence is told as a
slip. Of the guesses that remain the plainest comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from compgraph.check.averaging import averaged_over
from compgraph.check.diagnosis.broadcasting import broadcasting
from compgraph.check.diagnosis.constants import recognise
from compgraph.check.diagnosis.derivatives import elementwise_factors, local_derivatives
from compgraph.check.diagnosis.factor import constant_factor
from compgraph.check.diagnosis.forward_pass import forward_pass
from compgraph.check.diagnosis.further_term import further_term
from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.inconsistent_step import inconsistent_step
from compgraph.check.diagnosis.layout import layout
from compgraph.check.diagnosis.operands import (
    exchanged_operands,
    missing_operands,
    operands,
    shifted_operands,
    upstream,
)
from compgraph.check.diagnosis.other_variable import other_variable
from compgraph.check.diagnosis.parts_of_sums import parts_of_sums
from compgraph.check.diagnosis.region import region
from compgraph.check.diagnosis.repair import repairs
from compgraph.check.diagnosis.repeated_index import repeated_index
from compgraph.check.diagnosis.several_terms import one_term_alone, several_terms
from compgraph.check.diagnosis.softmax import softmax_derivative
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.check.diagnosis.terms import held_constant, single_use, terms, uses_left_out
from compgraph.check.explanation import Explanation
from compgraph.check.scene import Scene
from compgraph.check.wrong_step import close, find_wrong_steps

__all__ = ["diagnose"]

Family: TypeAlias = Callable[[Suspect], Iterator[Guess]]

FAMILIES: tuple[Family, ...] = (
    other_variable,
    constant_factor,
    layout,
    broadcasting,
    region,
    forward_pass,
    terms,
    several_terms,
    one_term_alone,
    further_term,
    repeated_index,
    uses_left_out,
    single_use,
    softmax_derivative,
    local_derivatives,
    missing_operands,
    operands,
    exchanged_operands,
    shifted_operands,
    upstream,
    held_constant,
    parts_of_sums,
    elementwise_factors,
    repairs,
    inconsistent_step,
)
"""The families of slips, each a function from a wrong gradient to what it may be; the plainest first."""

FARNESS = {
    "independent": 0.0,
    "exchanged": 0.05,
    "sign": 0.0,
    "forward": 0.15,
    "factor": 0.3,
    "mean-for-sum": 0.2,
    "lost-keepdims": 0.0,
    "transposed": 0.1,
    "flat-order": 0.2,
    "permuted": 0.3,
    "summed-to-number": 0.1,
    "missing-sum": 0.1,
    "not-finite": 0.0,
    "missing-term": 0.4,
    "term-sign": 0.4,
    "missing-derivative": 0.4,
    "doubled-derivative": 0.6,
    "wrong-derivative": 0.6,
    "term-factor": 0.45,
    "extra-term": 0.45,
    "untransposed": 0.6,
    "wrong-operand": 0.8,
    "off-by-one": 0.5,
    "block": 2.0,
    "step": 5.0,
}
"""How far one has to fetch a slip of each kind; what a guess says of itself is added."""

MOST = 3
"""So many explanations of one gradient at most are told."""

MUCH = 0.45
"""Explanations that are so much further fetched than the first are not told."""

OTHER_PLACES = 2


class Found(NamedTuple):
    """A guess that holds, and the family it is of."""

    guess: Guess
    family: Family


def diagnose(scene: Scene, wrong: Sequence[str], tolerances: dict[str, Any]) -> dict[str, tuple[Explanation, ...]]:
    """Explain wrong gradients.

    Args:
        scene: where.
        wrong: the names of what they are the derivatives of.
        tolerances: for each how far rounding may move its entries.

    Returns:
        For each name its explanations, the likeliest first.
    """
    if not wrong:
        return {}
    with np.errstate(all="ignore"):  # a wrong gradient may be infinite, and a guess lead anywhere
        elsewhere = list(_elsewhere(scene))
        _keep_constants(scene, *elsewhere)
        found = _guesses(scene, wrong, tolerances, dict.fromkeys(wrong, FAMILIES))
        for other in elsewhere:
            families = {name: _families_of(guesses.values()) for name, guesses in found.items() if guesses}
            there = _guesses(other, list(families), tolerances, families)
            for name, guesses in there.items():
                found[name] = {
                    key: each
                    for key, each in found[name].items()
                    if key in guesses or each.guess.kind == "not-finite"  # which one sees, and may be so here alone
                }
        explained = {name: _ranked([each.guess for each in guesses.values()]) for name, guesses in found.items()}
        return {name: tuple(map(_told, guesses)) for name, guesses in _as_one(scene, _in_common(explained)).items()}


def _guesses(
    scene: Scene, wrong: Sequence[str], tolerances: dict[str, Any], families: Mapping[str, Iterable[Family]]
) -> dict[str, dict[Hashable, Found]]:
    steps = find_wrong_steps(scene).steps
    examples = number_of_examples(scene)
    found: dict[str, dict[Hashable, Found]] = {}
    for name in wrong:
        suspect = Suspect(scene, steps, name, tolerances[name], examples)
        found[name] = {}
        for family in families[name]:
            for guess in _asked(family, suspect):
                found[name].setdefault((guess.kind, guess.key), Found(guess, family))
    return found


def _asked(family: Family, suspect: Suspect) -> list[Guess]:
    """What a family says; nothing where it stumbles over what it was not made for: the verdict stands without."""
    try:
        verified = [_verified(suspect, guess) for guess in family(suspect)]
    except Exception:  # a rule given a value that it does not take, an op of the person's own
        return []
    return [guess for guess in verified if guess is not None]


def _verified(suspect: Suspect, guess: Guess) -> Guess | None:
    """A guess whose fix makes the right gradient of the person's; one that leaves an axis wrong says so besides."""
    given, right = suspect.as_given, suspect.right
    mended = np.asarray(guess.fix(given))
    lost = suspect.precision * float(np.max(np.abs(given), where=np.isfinite(given), initial=0.0))
    if close(mended, right, suspect.precision, suspect.tolerance + lost):
        return guess
    if not suspect.fits or mended.size != right.size or suspect.is_manual(right):
        return None
    if not close(mended.reshape(right.shape), right, suspect.precision, suspect.tolerance + lost):
        return None
    message = f"{guess.message}; and reshape it to {right.shape}"
    return guess._replace(message=message, fix=lambda manual: np.reshape(guess.fix(manual), right.shape))


def _families_of(found: Iterable[Found]) -> tuple[Family, ...]:
    """The families that some guesses came from, each once."""
    return tuple(dict.fromkeys([each.family for each in found]))


def _keep_constants(*scenes: Scene) -> None:
    """Forget the numbers that are not the same at all places: they are no constants but results."""
    first, *others = scenes
    same = {name for name, value in first.numbers.items() if all(o.numbers.get(name) == value for o in others)}
    for scene in scenes:
        scene.numbers = {name: value for name, value in scene.numbers.items() if name in same}


def _elsewhere(scene: Scene) -> Iterator[Scene]:
    """The same at other values of the parameters, where there are any."""
    problem = scene.problem
    if not callable(problem.manual):
        return
    rng = np.random.default_rng(1)
    for _ in range(OTHER_PLACES):
        moved = [_moved(value, rng) for value in scene.parameters]
        try:
            with np.errstate(all="ignore"):
                other = Scene(problem, moved)
        except Exception:  # they are another's functions, and not defined there
            continue
        if other.nodes.keys() == scene.nodes.keys() and other.intermediates.keys() == scene.intermediates.keys():
            yield other


def _moved(value: Any, rng: np.random.Generator) -> Any:
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        return value
    size = float(np.mean(np.abs(array))) if array.size else 0.0
    shift = 0.1 * (np.abs(array) + 0.3 * (size or 1.0)) * rng.standard_normal(array.shape)
    moved = array + shift
    return (
        moved.astype(array.dtype) if array.dtype.kind == "f" and array.ndim else moved[()] if array.ndim == 0 else moved
    )


def _ranked(guesses: Sequence[Guess]) -> list[Guess]:
    """The likeliest first, without those that are much further fetched than it."""

    def farness(guess: Guess) -> float:
        return FARNESS[guess.kind] + guess.far

    likeliest: dict[str, Guess] = {}
    for guess in sorted(guesses, key=farness):
        likeliest.setdefault(guess.kind, guess)  # further ones of a kind say the same of another place
    ranked = list(likeliest.values())[:MOST]
    return [guess for guess in ranked if farness(guess) <= farness(ranked[0]) + MUCH]


def _in_common(explained: dict[str, list[Guess]]) -> dict[str, list[Guess]]:
    """Where other gradients are off by the same factor, a mean for a sum is not what is wrong with this one."""
    factors = {guesses[0].key for guesses in explained.values() if guesses and guesses[0].kind == "factor"}
    found = {}
    for name, guesses in explained.items():
        shared = [guess for guess in guesses if guess.kind == "factor" and guess.key in factors]
        found[name] = shared if shared and guesses[0].kind == "mean-for-sum" else guesses
    return found


def _as_one(scene: Scene, explained: dict[str, list[Guess]]) -> dict[str, list[Guess]]:
    """Where all gradients are off by the number of examples, that is one slip: the cost was not averaged."""
    parameters = [name for name in explained if name in scene.manual]
    factors = {explained[name][0].key if explained[name] else name for name in parameters}
    if len(parameters) < 2 or len(parameters) < len(scene.manual) or len(factors) != 1:
        return explained
    (key,) = factors
    m = number_of_examples(scene)
    first = explained[parameters[0]][0]
    if first.kind != "factor" or m is None or not isinstance(key, tuple):
        return explained
    ratio = float(np.asarray(first.fix(1.0)))
    summed = np.isclose(ratio, 1 / m)
    if not summed and not np.isclose(ratio, m):
        return explained
    constant = recognise(scene, 1 / ratio)
    times, remedy = (f"{1 / ratio:.6g}", f"divide by {1 / ratio:.6g}") if constant is None else constant[:2]
    which = "the summed cost, not of the mean" if summed else "the mean cost, not of the sum"
    message = (
        f"every gradient is exactly {times} times that of the cost: these are the gradients of {which} over the "
        f"examples: {remedy}"
    )
    told = first._replace(kind="summed-cost", message=message)
    return {name: [told] if name in parameters else guesses for name, guesses in explained.items()}


def number_of_examples(scene: Scene) -> int | None:
    """The number of examples that the cost averages over, if it does."""
    return next(iter(averaged_over(scene.output)), None)


def _told(guess: Guess) -> Explanation:
    return Explanation(guess.kind, guess.message, guess.fix)
