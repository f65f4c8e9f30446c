"""What was derived here, for other runtimes: as a function of JAX, as an ONNX file."""

from compgraph.export.to_jax import to_jax
from compgraph.export.to_onnx import to_onnx

__all__ = ["to_jax", "to_onnx"]
