"""Ties and repeated places in functions that pick entries, and lists in the place of arrays."""

from __future__ import annotations

import numpy as np

import compgraph as cg


def test_equal_entries_of_a_sort_keep_their_order() -> None:
    x = np.array([3.0, 1.0, 1.0])
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(np.sort(x) * np.arange(3)))(x), [2, 0, 1])


def test_an_entry_taken_twice_gets_both_cotangents() -> None:
    x = np.array([3.0, 1.0, 2.0])
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(np.take(x, [0, 0, 2])))(x), [2, 0, 1])
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(np.repeat(x, [1, 0, 2])))(x), [1, 0, 2])


def test_the_first_of_equal_entries_stands_for_them() -> None:
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(np.unique(x)))(np.array([2.0, 1.0, 2.0])), [1, 1, 0])


def test_a_choice_not_taken_leaves_no_nan() -> None:
    x = np.array([-1.0, 4.0])
    found = cg.grad(lambda x: np.sum(np.piecewise(x, [x < 0, x >= 0], [lambda v: v * v, np.sqrt])))(x)
    np.testing.assert_array_equal(found, [-2.0, 0.25])


def test_lists_and_tuples_in_the_place_of_arrays() -> None:
    y = np.array([3.0, 1.0, 2.0])
    np.testing.assert_array_equal(cg.grad(lambda y: np.interp(0.5, [0, 1, 2], y))(y), [0.5, 0.5, 0])
    np.testing.assert_array_equal(cg.grad(lambda y: np.trapezoid(y, (0, 1, 3)))(y), [0.5, 1.5, 1.0])
    np.testing.assert_array_equal(cg.grad(lambda y: np.average(y, weights=[1, 1, 2]))(y), [0.25, 0.25, 0.5])
    np.testing.assert_array_equal(cg.grad(lambda y: np.sum(np.convolve(y, [1, 2])))(y), [3, 3, 3])
    np.testing.assert_array_equal(cg.grad(lambda y: np.sum(np.vstack([y, [1, 2, 3]])))(y), [1, 1, 1])


def test_a_median_of_an_even_number_of_entries_is_shared() -> None:
    np.testing.assert_array_equal(cg.grad(np.median)(np.array([5.0, 1.0, 2.0, 9.0])), [0.5, 0, 0.5, 0])
