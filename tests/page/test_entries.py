"""The entries of arrays on a page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compgraph.page.entries import MOST_ENTRIES, entries, room_for
from compgraph.render.values import number

SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=90)


@given(SHAPES, st.integers(1, 100))
def test_no_more_entries_than_there_is_room_for_and_each_in_its_place(shape, most):
    array = np.arange(np.prod(shape), dtype=float).reshape(shape)
    shown = entries(array, most)
    assert shown is not None
    rows = shown["rows"]
    assert 1 <= sum(map(len, rows)) <= most
    matrix = np.atleast_2d(array[(0,) * (array.ndim - 2)] if array.ndim > 2 else array)
    assert rows == [[number(x, 4) for x in row[: len(rows[0])]] for row in matrix[: len(rows)]]
    assert ("cut" in shown) == (sum(map(len, rows)) < array.size)


@given(hnp.array_shapes(min_dims=1, max_dims=2, max_side=8))
def test_small_arrays_are_shown_whole(shape):
    assert "cut" not in (entries(np.zeros(shape)) or {})


@pytest.mark.parametrize("shape", [(64, 1), (1, 64), (64,), (16, 4), (2, 32), (8, 8)])
def test_whatever_their_form(shape):
    assert entries(np.zeros(shape)) == {
        "rows": [["0"] * (shape[1] if len(shape) > 1 else shape[0])] * (shape[0] if len(shape) > 1 else 1)
    }


def test_numbers_and_empty_arrays_have_none():
    assert entries(2.5) is entries(np.zeros((0, 3))) is entries(np.float32(1)) is None


@given(st.integers(0, 10**7))
def test_a_page_of_many_arrays_shows_less_of_each(arrays):
    assert MOST_ENTRIES == room_for(0) >= room_for(arrays) >= room_for(arrays + 1) >= 1
