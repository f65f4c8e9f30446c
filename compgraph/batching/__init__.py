"""Many cotangents or tangents at once: batches, NumPy's functions on them, and the sweeps that carry them."""

from compgraph.batching import functions
from compgraph.batching.batch import Batch
from compgraph.batching.sweeps import push_many, sweep_many

__all__ = ["Batch", "functions", "push_many", "sweep_many"]
