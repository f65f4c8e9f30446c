"""The declarations of all ops, a module per family; importing this package fills the registry."""

from compgraph.rules import activation, elementwise, indexing, linalg, plain, reduction, shape

__all__ = ["activation", "elementwise", "indexing", "linalg", "plain", "reduction", "shape"]
