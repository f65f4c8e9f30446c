"""Trees: taken apart and put together, they are what they were; their leaves are where their paths say."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.errors import ShapeError
from compgraph.nested import flatten, leaves_like, paths, ravel, unflatten, unravel
from tests.trees import Layer, leaves_of, same_type_of, trees


@given(trees)
def test_taken_apart_and_put_together(tree: Any) -> None:
    leaves, structure = flatten(tree)
    assert [id(leaf) for leaf in leaves] == [id(leaf) for leaf in leaves_of(tree)]
    again = unflatten(structure, leaves)
    assert same_type_of(tree, again)
    assert [id(leaf) for leaf in leaves_of(again)] == [id(leaf) for leaf in leaves]
    assert flatten(again)[1] == structure


@given(trees)
def test_a_leaf_is_where_its_path_says(tree: Any) -> None:
    leaves, structure = flatten(tree)
    found = [eval(path, {"params": tree}) for path in paths(structure, "params")]
    assert [id(leaf) for leaf in found] == [id(leaf) for leaf in leaves]


@given(trees, st.randoms())
def test_another_tree_is_read_in_the_order_of_the_first(tree: Any, random: Any) -> None:
    """Whatever the order of its dicts, and with lists for tuples."""

    def disguised(tree: Any) -> Any:
        if isinstance(tree, dict):
            keys = list(tree)
            random.shuffle(keys)
            return {key: disguised(tree[key]) for key in keys}
        return [disguised(part) for part in tree] if isinstance(tree, (tuple, list)) else tree

    leaves, structure = flatten(tree)
    assert [id(x) for x in leaves_like(structure, disguised(tree), "it")] == [id(x) for x in leaves]


@given(trees)
def test_a_structure_holds_no_leaf(tree: Any) -> None:
    def held(structure: Any) -> list[Any]:
        return (
            [] if structure is None else [*leaves_of(structure.empty), *[x for p in structure.parts for x in held(p)]]
        )

    assert [x for x in held(flatten(tree)[1]) if x is not None] == []  # an empty dict has no leaves


def test_a_list_of_numbers_is_an_array() -> None:
    for array in ([1.0, 2.0], [1], [np.float32(1)], [[1, 2], [3, 4]], [True], [[1.0], [2.0, 3.0]]):
        assert flatten(array) == ([array], None)
    one, two = np.ones(1), np.ones(2)
    cases: list[tuple[Any, list[Any]]] = [
        ([one, two], [one, two]),
        ([one, 2.0], [one, 2.0]),
        ([(1.0, 2.0)], [1.0, 2.0]),
        ((1.0, 2.0), [1.0, 2.0]),
        ([[1.0, 2.0], (3.0,)], [[1.0, 2.0], 3.0]),
        ({"a": [1.0, 2.0]}, [[1.0, 2.0]]),
        (["a", None], ["a", None]),
        ([], []),
    ]
    for tree, leaves in cases:
        found, structure = flatten(tree)
        assert structure is not None
        assert len(found) == len(leaves)
        assert all(x is y or bool(x == y) for x, y in zip(found, leaves, strict=True))


def test_what_a_container_knows_is_kept() -> None:
    tree: Any = defaultdict(list, a=np.ones(2))
    again = unflatten(flatten(tree)[1], [5.0])
    assert again == {"a": 5.0}
    assert again["new"] == []
    assert list(tree) == ["a"]
    assert unflatten(flatten(Layer(1.0, 2.0))[1], [3.0, 4.0]) == Layer(W=3.0, b=4.0)
    assert type(unflatten(flatten(OrderedDict(b=1.0, a=2.0))[1], [3.0, 4.0])) is OrderedDict


def test_structures_are_told_apart() -> None:
    assert flatten({"a": 1.0})[1] != flatten({"b": 1.0})[1]
    assert flatten((1.0,))[1] != flatten([(1.0,)])[1]
    assert flatten((1.0, 2.0))[1] != flatten(Layer(1.0, 2.0))[1]


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"layer": [(1.0, 2.0)]}, "it has the keys 'layer', where 'layer', 'b' are expected"),
        (3.0, "it is of type float, where a dict is expected"),
        ({"layer": None, "b": 1.0}, r"it\['layer'\] is None, where a list is expected"),
        ({"layer": [(1.0,)], "b": 1.0}, r"it\['layer'\]\[0\] is of length 1, where one of 2 is expected"),
        ({"layer": [{"W": 1, "b": 2}], "b": 1.0}, r"it\['layer'\]\[0\] is of type dict, where a Layer is expected"),
        ({}, "it has the keys none, where"),
    ],
)
def test_another_structure_is_refused_with_its_place(tree: Any, message: str) -> None:
    structure = flatten({"layer": [Layer(1.0, 2.0)], "b": 3.0})[1]
    with pytest.raises(ShapeError, match=message):
        leaves_like(structure, tree, "it")


def test_what_may_be_absent() -> None:
    structure = flatten({"layer": [Layer(1.0, 2.0)], "b": 3.0})[1]
    assert leaves_like(structure, {"layer": None, "b": 1.0}, "it", absent=True) == [None, None, 1.0]
    assert leaves_like(structure, None, "it", absent=True) == [None, None, None]


@given(trees)
def test_laid_end_to_end_and_cut_again(tree: Any) -> None:
    leaves, _ = flatten(tree)
    vector = ravel(leaves)
    assert vector.shape == (sum(np.size(x) for x in leaves),)
    for x, y in zip(leaves, unravel(vector, leaves), strict=True):
        assert type(x) is type(y)
        np.testing.assert_array_equal(x, y, strict=True)
        assert not np.shares_memory(vector, y)
