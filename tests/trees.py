"""Random trees of arrays and numbers, for the tests of what takes and gives trees."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

finite = st.floats(-3, 3, width=32).map(lambda x: round(x, 3))


class Layer(NamedTuple):
    W: Any
    b: Any


def of_default(mapping: dict[Any, Any]) -> defaultdict[Any, Any]:
    tree: defaultdict[Any, Any] = defaultdict(list)
    tree.update(mapping)
    return tree


leaves = st.one_of(
    finite,
    finite.map(np.float32),
    arrays(np.float64, array_shapes(min_dims=0, max_dims=2, max_side=3), elements=finite).map(lambda x: x[()]),
    arrays(np.float32, array_shapes(min_dims=1, max_dims=2, max_side=3), elements=finite),
)
"""Floats, NumPy scalars and arrays, of single and double precision."""


def containers(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keyed = st.dictionaries(st.sampled_from(["W", "b", "layer", 0, (1, 2)]), parts, max_size=3)
    return st.one_of(
        # a list of numbers is an array: one that is to be a tree holds something else as well
        st.lists(parts, max_size=3).map(lambda items: [*items, ()]),
        st.lists(parts, max_size=3).map(tuple),
        st.builds(Layer, parts, parts),
        keyed,
        keyed.map(OrderedDict),
        keyed.map(of_default),
    )


trees = st.recursive(leaves, containers, max_leaves=6)
"""Trees of such leaves, or one of them alone."""


def same_type_of(tree: Any, other: Any) -> bool:
    """Whether two trees are of the same containers with the same keys in the same order, whatever their leaves."""
    if not isinstance(tree, (dict, tuple, list)):
        return not isinstance(other, (dict, tuple, list))
    if type(tree) is not type(other) or len(tree) != len(other):
        return False
    if isinstance(tree, dict):
        return list(tree) == list(other) and all(same_type_of(tree[key], other[key]) for key in tree)
    return all(same_type_of(x, y) for x, y in zip(tree, other, strict=True))


def leaves_of(tree: Any) -> list[Any]:
    """The leaves, depth first, found without the package."""
    if isinstance(tree, dict):
        return [leaf for part in tree.values() for leaf in leaves_of(part)]
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in leaves_of(part)]
    return [tree]
