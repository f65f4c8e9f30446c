"""Slips of layout: the right entries in the wrong places, or in an array of another shape."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect

__all__ = ["layout"]

MOST_ROWS = 2000
"""Rows of so many at most are matched one with another."""


def layout(suspect: Suspect) -> Iterator[Guess]:
    """The gradient is transposed, flattened otherwise, reversed, permuted, or has lost an axis."""
    if not suspect.right.size:
        return  # of no entries any order is the right one
    yield from _lost_axis(suspect)
    yield from _one_number(suspect)
    yield from _transposed(suspect)
    yield from _flat_order(suspect)
    yield from _reversed(suspect)
    yield from _permuted(suspect)


def _lost_axis(suspect: Suspect) -> Iterator[Guess]:
    shape, given = suspect.right.shape, suspect.as_given.shape
    if given == shape or not suspect.fits or not suspect.is_manual(suspect.right):
        return
    if given == shape[::-1]:
        return  # a row for a column: transposed
    axis = next((i for i, n in enumerate(shape) if n == 1 and max(shape) > 1), None)
    how = "reshape it"
    if len(given) < len(shape) and axis is not None:
        how = f"sum with keepdims=True (axis {axis} of length 1 is lost)"
    message = (
        f"manual d{suspect.name} has the right entries in shape {given}, and d{suspect.name} has that of "
        f"{suspect.name}, {shape}: {how}"
    )
    yield Guess("lost-keepdims", "axis", message, lambda manual: np.reshape(manual, shape))


def _one_number(suspect: Suspect) -> Iterator[Guess]:
    right, given = suspect.right, suspect.as_given
    if given.size != 1 or right.size < 2:
        return
    number = given.reshape(())
    for called, value in (("summed", np.sum(right)), ("averaged", np.mean(right))):
        if suspect.agree(value, number):
            message = (
                f"manual d{suspect.name} is {called} to one number, and d{suspect.name} has the shape of "
                f"{suspect.name}, {right.shape}: leave out np.{'sum' if called == 'summed' else 'mean'}, or sum over "
                "the examples only"
            )
            yield Guess("summed-to-number", ("number", called), message, lambda _: np.array(right))


def _transposed(suspect: Suspect) -> Iterator[Guess]:
    right, given = suspect.right, suspect.as_given
    if right.ndim < 2 or given.ndim != right.ndim:
        return
    for order in itertools.permutations(range(right.ndim)):
        if order == tuple(range(right.ndim)):
            continue
        swapped = np.transpose(right, order)
        if swapped.shape != given.shape or not suspect.agree(swapped, given):
            continue
        back = tuple(int(i) for i in np.argsort(order))
        how = "transpose it (.T)" if right.ndim == 2 else f"np.transpose(d{suspect.name}, {back})"
        message = f"manual d{suspect.name} has its axes swapped: {how}"
        if right.ndim == 2:
            message = f"manual d{suspect.name} is the transpose of the gradient: {how}"
        yield Guess("transposed", ("axes", order), message, partial(np.transpose, axes=back))


def _flat_order(suspect: Suspect) -> Iterator[Guess]:
    right, given = suspect.right, suspect.as_given
    if right.ndim < 2 or given.size != right.size:
        if right.ndim == 1:
            yield from _unrolled(suspect)
        return
    if given.ndim < right.ndim and not suspect.fits:
        for order in ("C", "F"):
            if suspect.agree(right.reshape(given.shape, order=order), given):
                how = f"reshape it to {right.shape}" + (", order='F'" if order == "F" else "")
                message = f"manual d{suspect.name} is flattened to {given.shape}: {how}"

                def unflatten(manual: Any, order: Any = order) -> Any:
                    return np.reshape(manual, right.shape, order=order)

                yield Guess("flat-order", ("flat", order), message, unflatten)
                return
    orders: tuple[tuple[Any, Any], ...] = (("F", "C"), ("C", "F"))
    for first, then in orders:
        refilled = right.reshape(-1, order=first).reshape(right.shape, order=then)
        if given.shape == right.shape and suspect.agree(refilled, given):
            message = (
                f"manual d{suspect.name} was flattened in one order and reshaped in the other "
                f"('{first}' and '{then}'): use one order for both"
            )

            def refill(manual: Any, first: Any = first, then: Any = then) -> Any:
                return np.reshape(np.reshape(manual, -1, order=then), right.shape, order=first)

            yield Guess("flat-order", ("order", first, then), message, refill, 0.1)


def _unrolled(suspect: Suspect) -> Iterator[Guess]:
    """A vector that is a matrix unrolled, column by column for row by row."""
    if not suspect.fits:
        return
    right = suspect.right
    shapes = dict.fromkeys([node.shape for node in suspect.steps.tape.nodes if len(node.shape) > 1])
    for shape in shapes:
        if int(np.prod(shape)) == right.size and suspect.is_manual(right.reshape(shape).ravel(order="F")):
            message = (
                f"manual d{suspect.name} is unrolled column by column (order='F'), and {suspect.name} row by row "
                f"(order='C'): unroll the {' × '.join(map(str, shape))} matrix in the same order"
            )

            def reroll(manual: Any, shape: Any = shape) -> Any:
                return np.reshape(manual, shape, order="F").ravel()

            yield Guess("flat-order", ("unrolled", shape), message, reroll)


def _reversed(suspect: Suspect) -> Iterator[Guess]:
    right = suspect.right
    if not suspect.fits:
        return
    long = [axis for axis, n in enumerate(right.shape) if n > 1]
    for count in range(1, len(long) + 1):
        for axes in itertools.combinations(long, count):
            if suspect.is_manual(np.flip(right, axes)):
                names = {0: "the rows", 1: "the columns"} if right.ndim == 2 else {}
                what = " and ".join([names.get(axis, f"axis {axis}") for axis in axes])
                message = f"manual d{suspect.name} has {what} in reverse order: np.flip(d{suspect.name}, {axes})"
                yield Guess("permuted", ("flip", axes), message, partial(np.flip, axis=axes))


def _permuted(suspect: Suspect) -> Iterator[Guess]:
    """Rows or columns in another order, found by matching each with the one nearest to it."""
    right = suspect.right
    if not suspect.fits or right.ndim == 0:
        return
    for axis, n in enumerate(right.shape):
        if not 2 < n <= MOST_ROWS:
            continue
        theirs = np.moveaxis(suspect.manual, axis, 0).reshape(n, -1)
        ours = np.moveaxis(right, axis, 0).reshape(n, -1)
        marks = np.random.default_rng(0).standard_normal((ours.shape[1], 2))
        with np.errstate(all="ignore"):
            order = np.argsort((ours @ marks)[:, 0])[np.argsort(np.argsort((theirs @ marks)[:, 0]))]
        if np.array_equal(order, np.arange(n)) or np.array_equal(order, np.arange(n)[::-1]):
            continue
        if suspect.is_manual(np.take(right, order, axis)):
            back = np.argsort(order)
            kind = ("rows", "columns")[axis] if right.ndim == 2 else "entries" if right.ndim == 1 else f"axis {axis}"
            listed = f": it has {', '.join(map(str, order))}" if n <= 12 else ""
            shift = int(order[0])
            how = f"{listed}, for 0, 1, 2, ..." if listed else ""
            if np.array_equal(order, np.roll(np.arange(n), -shift)):
                how = f", shifted by {shift if shift <= n // 2 else shift - n}"
            message = f"manual d{suspect.name} has its {kind} in another order{how}"
            yield Guess(
                "permuted", ("order", axis, tuple(order)), message, partial(np.take, indices=back, axis=axis), 0.5
            )
