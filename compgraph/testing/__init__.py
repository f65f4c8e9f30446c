"""For test suites: assertions about gradients, and hypothesis strategies of things to differentiate.

>>> import numpy as np
>>> from compgraph.testing import assert_gradient
>>> assert_gradient(np.tanh, np.array([0.5, -1.0]))

The assertions need nothing beside the package itself, the strategies need hypothesis. With pytest the fixture
``gradcheck`` offers the assertions, and the option ``--compgraph-deep`` makes them look harder.
"""

from compgraph.testing.arrays import arrays_like, broadcastable
from compgraph.testing.effort import Gradcheck
from compgraph.testing.expression import Expression, expressions
from compgraph.testing.gradient import assert_gradient
from compgraph.testing.matches import assert_matches
from compgraph.testing.network import Network, networks

__all__ = [
    "Expression",
    "Gradcheck",
    "Network",
    "arrays_like",
    "assert_gradient",
    "assert_matches",
    "broadcastable",
    "expressions",
    "networks",
]
