"""The functions that return plain values, never nodes: their results do not vary smoothly with their inputs."""

from __future__ import annotations

import numpy as np

from compgraph.primitive import plain

__all__: list[str] = []

plain(np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal)
plain(np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.isnan, np.isinf, np.isfinite, np.signbit)
plain(np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.common_type, np.iscomplexobj, np.isrealobj)
plain(np.argmax, np.argmin, np.argsort, np.nonzero, np.flatnonzero, np.argwhere, np.count_nonzero, np.searchsorted)
plain(np.any, np.all, np.isclose, np.allclose, np.array_equal, np.array_equiv, np.may_share_memory, np.shares_memory)
plain(np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.spacing)
plain(np.array_repr, np.array_str, np.array2string)
