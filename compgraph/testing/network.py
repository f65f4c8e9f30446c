"""``networks``: a strategy of networks with data, their cost, and its gradient as derived by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike

from compgraph.errors import SettingError
from compgraph.networks import closed_form
from compgraph.networks.activations import HIDDEN_ACTIVATIONS
from compgraph.networks.deep import deep_cost
from compgraph.testing.extras import hypothesis_strategies

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Network", "networks"]

CLEAR = 1e-3
"""How far the inputs of relu stay away from its kink."""


@dataclass(frozen=True, eq=False)
class Network:
    """A network with σ and cross-entropy at the output, data for it, and parameters.

    >>> network = Network((3, 4, 2), ("tanh",), m=5, seed=0)
    >>> network
    Network(sizes=(3, 4, 2), activations=('tanh',), m=5, seed=0, dtype='float64')
    >>> {name: value.shape for name, value in network.params.items()}
    {'W1': (4, 3), 'b1': (4, 1), 'W2': (2, 4), 'b2': (2, 1)}
    >>> sorted(network.manual(**network.params))
    ['dW1', 'dW2', 'db1', 'db2']

    Attributes:
        sizes: the numbers of units n_0 (the features), n_1, ..., n_L.
        activations: the name of g for each of the L - 1 hidden layers.
        m: the number of examples.
        seed: of the data and the parameters: the same one gives the same numbers.
        dtype: of the data and the parameters.
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    m: int
    seed: int
    dtype: str = "float64"

    @cached_property
    def X(self) -> Any:
        """The examples, (n_0, m), one a column."""
        return self._rng(0).standard_normal((self.sizes[0], self.m)).astype(self.dtype)

    @cached_property
    def Y(self) -> Any:
        """The labels, 0.0 and 1.0, (n_L, m)."""
        return self._rng(1).integers(0, 2, (self.sizes[-1], self.m)).astype(self.dtype)

    @property
    def params(self) -> dict[str, Any]:
        """The parameters by name: W1 (n_1, n_0), b1 (n_1, 1), W2, b2 and so on."""
        rng = self._rng(2)
        found = {}
        for layer in range(1, len(self.sizes)):
            rows, columns = self.sizes[layer], self.sizes[layer - 1]
            found[f"W{layer}"] = (rng.standard_normal((rows, columns)) / np.sqrt(columns)).astype(self.dtype)
            found[f"b{layer}"] = (0.5 * rng.standard_normal((rows, 1))).astype(self.dtype)
        return found

    def cost(self, **params: Any) -> Any:
        """The cross-entropy cost J of parameters by name: plain NumPy code, of arrays and of nodes."""
        W, b = self._layers(params)
        return deep_cost(W, b, self.X, self.Y, self.activations)

    def manual(self, **params: Any) -> dict[str, Any]:
        """The gradients dW1, db1, dW2, ... as derived by hand, which know nothing of the engine."""
        W, b = self._layers(params)
        if len(self.sizes) == 3:
            found = closed_form.two_layer(W[0], b[0], W[1], b[1], self.X, self.Y, self.activations[0])
            return {name: getattr(found, name) for name in ("dW1", "db1", "dW2", "db2")}
        deep = closed_form.deep_by_delta(W, b, self.X, self.Y, self.activations)
        layers = enumerate(zip(deep.dW, deep.db, strict=True), start=1)
        return {f"d{name}{layer}": d for layer, pair in layers for name, d in zip("Wb", pair, strict=True)}

    @property
    def clear_of_kinks(self) -> bool:
        """Whether no hidden unit with a kink is close to it."""
        W, b = self._layers(self.params)
        Z, _ = closed_form.deep_forward(W, b, self.X, self.activations)
        kinked = [z for z, g in zip(Z, self.activations, strict=False) if g in ("relu", "leaky_relu")]
        return all(bool(np.all(np.abs(z) > CLEAR)) for z in kinked)

    def _layers(self, params: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
        layers = range(1, len(self.sizes))
        return [params[f"W{layer}"] for layer in layers], [params[f"b{layer}"] for layer in layers]

    def _rng(self, which: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, which])


def networks(
    *, layers: int | None = None, max_units: int = 4, max_examples: int = 5, dtype: DTypeLike = np.float64
) -> SearchStrategy[Network]:
    """Return a hypothesis strategy of small networks, each with data, parameters, cost and hand-derived gradients.

    >>> from hypothesis import given
    >>> import compgraph as cg
    >>> @given(networks())
    ... def test(network):
    ...     cg.compare(network.cost, network.manual, at=network.params).raise_if_wrong()
    >>> test()

    Args:
        layers: how many layers, 2 for one hidden layer; by default from 1 (logistic regression) to 4.
        max_units: the largest number of units of a layer, and of features.
        max_examples: the largest number of examples.
        dtype: float64 or float32.

    Returns:
        A strategy of :class:`Network`. No unit of relu or leaky relu is close to its kink.

    Raises:
        SettingError: a number below 1.
        MissingExtraError: hypothesis is not installed.
    """
    if min(layers or 1, max_units, max_examples) < 1 or layers == 0:
        raise SettingError(f"networks of {layers} layers, {max_units} units, {max_examples} examples: each at least 1")
    st = hypothesis_strategies()

    def of_depth(depth: int) -> SearchStrategy[Network]:
        sizes = st.tuples(*[st.integers(1, max_units)] * (depth + 1))
        hidden = st.tuples(*[st.sampled_from(sorted(HIDDEN_ACTIVATIONS))] * (depth - 1))
        build: Callable[..., Network] = Network
        drawn: SearchStrategy[Network] = st.builds(
            build, sizes, hidden, st.integers(1, max_examples), st.integers(0, 2**16), st.just(np.dtype(dtype).name)
        )
        return drawn

    depths = st.integers(1, 4) if layers is None else st.just(layers)
    found: SearchStrategy[Network] = depths.flatmap(of_depth).filter(lambda network: network.clear_of_kinks)
    return found
