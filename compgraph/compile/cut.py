"""A constant that is only ever needed block by block, kept as its blocks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from compgraph.node import Node

__all__ = ["Cut", "Slices"]

ndarray = np.ndarray


class Slices(NamedTuple):
    """What a source takes of a constant.

    Attributes:
        node: the constant.
        axis: which is cut.
        block: so many at a time, the last time perhaps fewer.
    """

    node: Node
    axis: int
    block: int


class Cut:
    """An array as its blocks along an axis, each in one piece of memory: what takes these slices of it gets the blocks.

    >>> cut = Cut(np.arange(10.0).reshape(2, 5), 1, 3)
    >>> cut[:, 3:6]
    array([[3., 4.],
           [8., 9.]])
    >>> cut[:, 3:6] is cut[:, 3:6]
    True
    >>> cut.whole().shape
    (2, 5)
    """

    __slots__ = ("axis", "block", "blocks")

    def __init__(self, array: ndarray, axis: int, block: int) -> None:
        self.axis = axis
        self.block = block
        before = (slice(None),) * axis
        self.blocks = [
            np.array(array[(*before, slice(start, start + block))], order="C")
            for start in range(0, array.shape[axis], block)
        ]
        for piece in self.blocks:
            piece.setflags(write=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the whole."""
        first = self.blocks[0].shape
        length = sum(block.shape[self.axis] for block in self.blocks)
        return (*first[: self.axis], length, *first[self.axis + 1 :])

    def __getitem__(self, key: Any) -> ndarray:
        block: ndarray = self.blocks[key[self.axis].start // self.block]
        return block

    def whole(self) -> ndarray:
        """The array, made anew; not to be written to."""
        array = np.concatenate(self.blocks, axis=self.axis)
        array.setflags(write=False)
        return array
