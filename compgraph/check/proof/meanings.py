"""What the engine's ops mean for residues, and the rules of those whose own look at the size of floats.

Most ops are functions of NumPy's, which ExactArray knows, and their rules are NumPy code: both run as they are. The
fused functions, such as softmax, are written here by exp and log without what keeps floats from overflowing. An op of
the person's own runs as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compgraph.check.proof.array import wrapped
from compgraph.check.proof.functions import by_entries, entrywise, sigmoid, softplus
from compgraph.check.proof.residue import no_meaning
from compgraph.errors import CompgraphError, MissingRuleError
from compgraph.primitive import OPS, Joint, Op
from compgraph.rules import activation, shape, special
from compgraph.rules.reduction import put_back

__all__ = ["evaluated", "rules_of"]

_sigmoid = entrywise("sigmoid", sigmoid, activation.sigmoid, 1)
_softplus = entrywise("softplus", softplus, activation.softplus, 1)


def _leaky_relu(x: Any, slope: float = 0.01) -> Any:
    return np.where(x >= 0, x, slope * x)


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


def _softmax(x: Any, axis: Any = -1) -> Any:
    e = np.exp(x)
    return e / np.sum(e, axis=axis, keepdims=True)


def _log_softmax(x: Any, axis: Any = -1) -> Any:
    return x - _logsumexp(x, axis, True)


def _cross_entropy(a: Any, y: Any) -> Any:
    return -(_product(y, lambda: np.log(a)) + _product(1 - y, lambda: np.log(1 - a)))


def _product(y: Any, of: Callable[[], Any]) -> Any:
    """y times a logarithm, which is not asked for where all of y is 0."""
    return y * of() if np.any(y != 0) else y


FORWARD: Mapping[Op, Callable[..., Any]] = {
    OPS[activation.sigmoid]: lambda x: by_entries(_sigmoid, x),
    OPS[activation.relu]: lambda x: np.maximum(x, 0),
    OPS[activation.leaky_relu]: _leaky_relu,
    OPS[activation.softplus]: lambda x: by_entries(_softplus, x),
    OPS[activation.logsumexp]: _logsumexp,
    OPS[activation.softmax]: _softmax,
    OPS[activation.log_softmax]: _log_softmax,
    OPS[activation.binary_cross_entropy]: _cross_entropy,
    OPS[activation.binary_cross_entropy_with_logits]: lambda z, y: wrapped(by_entries(_softplus, z)) - z * y,
    OPS[shape.cast]: lambda a, dtype: a,
}
"""The ops that are not run as they are written."""


def _vjp_softmax(grad: Any, out: Any, x: Any, axis: Any = -1) -> Any:
    return out * (grad - np.sum(grad * out, axis=axis, keepdims=True))


def _vjp_log_softmax(grad: Any, out: Any, x: Any, axis: Any = -1) -> Any:
    return grad - _softmax(x, axis) * np.sum(grad, axis=axis, keepdims=True)


def _vjp_prod(grad: Any, out: Any, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return put_back(grad * out, a, axis, keepdims) / a


RULES: Mapping[Op, tuple[Callable[..., Any] | None, ...]] = {
    OPS[activation.softmax]: (_vjp_softmax,),
    OPS[activation.log_softmax]: (_vjp_log_softmax,),
    OPS[activation.binary_cross_entropy]: (
        lambda grad, out, a, y: grad * ((a - y) / (a * (1 - a))),
        lambda grad, out, a, y: grad * (np.log(1 - a) - np.log(a)),
    ),
    OPS[np.logaddexp]: (
        lambda grad, out, x, y: grad * activation.sigmoid(x - y),
        lambda grad, out, x, y: grad * activation.sigmoid(y - x),
    ),
    OPS[np.prod]: (_vjp_prod,),
    OPS[shape.cast]: (lambda grad, out, a, dtype: grad,),
}
"""The rules that are not run as they are written, which are the same functions: what differs is for rounding's sake."""

REFUSED = frozenset(
    {
        *[op for op in OPS.values() if op.name.endswith("_side_by_side") or op.name.startswith("fft.")],
        *[OPS[f] for f in (np.linalg.pinv, np.linalg.cholesky, np.i0, np.nextafter, np.logaddexp2)],
        *[OPS[f] for f in (special.sinc_slope, special.bessel_i)],
    }
)
"""The ops that no finite number of exact operations gives."""


def evaluated(op: Op, inputs: tuple[Any, ...], params: Mapping[str, Any]) -> Any:
    """An op applied to residues, arrays of them and plain values.

    Raises:
        MissingRuleError: it has no exact meaning.
    """
    if op in REFUSED or isinstance(op.vjps, Joint):
        called = isinstance(op.vjps, Joint)
        name = f"{op.name}, a checkpoint or custom gradient," if called else op.name.removesuffix("_side_by_side")
        raise MissingRuleError(no_meaning(name))
    try:
        return wrapped(FORWARD.get(op, op.forward)(*inputs, **params))
    except CompgraphError:
        raise
    except (TypeError, AttributeError) as error:
        raise MissingRuleError(f"{no_meaning(op.name)} ({error})") from error


def rules_of(op: Op) -> Any:
    """The rules by which an op's cotangents are found."""
    return RULES.get(op, op.vjps)
