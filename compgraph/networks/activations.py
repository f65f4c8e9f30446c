"""The hidden activations of the networks by name, as functions of arrays and of nodes alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from compgraph.errors import SettingError
from compgraph.rules.activation import leaky_relu, relu, sigmoid

__all__ = ["HIDDEN_ACTIVATIONS", "Value", "hidden_activation"]

Value: TypeAlias = Any
"""An array, a number, or a node of one."""


def _linear(z: Value) -> Value:
    return z


HIDDEN_ACTIVATIONS: Mapping[str, Callable[[Value], Value]] = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "linear": _linear,
}
"""Every activation a hidden layer can have."""


def hidden_activation(name: str) -> Callable[[Value], Value]:
    """The activation of that name.

    >>> hidden_activation("relu")(np.array([-1.0, 2.0]))
    array([0., 2.])

    Raises:
        SettingError: there is none of that name; the message lists those there are.
    """
    try:
        return HIDDEN_ACTIVATIONS[name]
    except KeyError:
        raise SettingError(f"no activation is called {name!r}: choose one of {', '.join(HIDDEN_ACTIVATIONS)}") from None
