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
plain(np.zeros_like, np.ones_like, np.empty_like, np.spacing)
plain(np.array_repr, np.array_str, np.array2string)
plain(np.argpartition, np.lexsort, np.digitize, np.nanargmax, np.nanargmin, np.isin, np.isneginf, np.isposinf)
plain(np.isreal, np.iscomplex, np.min_scalar_type, np.einsum_path, np.ix_, np.linalg.matrix_rank)
plain(np.diag_indices_from, np.tril_indices_from, np.triu_indices_from)
