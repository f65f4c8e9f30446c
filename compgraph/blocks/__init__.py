"""Blocks: what is a mean or a sum over examples, computed from a part of the examples at a time.

The cost of a training set is a mean over its examples, and so is the gradient of that cost. Both are therefore weighted
sums over blocks of examples, and a block is all that has to be in memory:

    J = Σ_b w_b J_b,   dJ/dW = Σ_b w_b dJ_b/dW,   w_b = m_b / m  for a mean,   w_b = 1  for a sum.

- :mod:`~compgraph.blocks.evaluate`: ``in_blocks``, the function that does it
- :mod:`~compgraph.blocks.data`: arrays of data, and iterators of their blocks, cut along the axis of the examples
- :mod:`~compgraph.blocks.sums`: results over some of the examples, and how two of them are added
- :mod:`~compgraph.blocks.first_use`: whether a function is such a mean or sum at all
- :mod:`~compgraph.blocks.left_out`: what to say where data were not named as such
"""

from compgraph.blocks.data import axis_of
from compgraph.blocks.evaluate import in_blocks
from compgraph.blocks.first_use import check_reduction
from compgraph.blocks.sums import Partial, Reduction, joined, settled, weighed

__all__ = ["Partial", "Reduction", "axis_of", "check_reduction", "in_blocks", "joined", "settled", "weighed"]
