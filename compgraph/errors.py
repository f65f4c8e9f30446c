"""Every exception the package raises on purpose.

Each derives from :class:`CompgraphError` and from the built-in exception a NumPy user would expect, so both
``except CompgraphError`` and ``except TypeError`` work.
"""

from __future__ import annotations

from pickle import PicklingError

from numpy.linalg import LinAlgError

__all__ = [
    "CompgraphError",
    "ConversionError",
    "CopyError",
    "DataError",
    "DivergenceError",
    "DtypeError",
    "GradientError",
    "MatrixError",
    "MissingExtraError",
    "MissingRuleError",
    "MutationError",
    "NonFiniteError",
    "RegistrationError",
    "RenderError",
    "SettingError",
    "ShapeError",
    "TracingError",
    "UseError",
    "WrongGradientError",
]


class CompgraphError(Exception):
    """The base of every exception the package raises on purpose."""


class DtypeError(CompgraphError, TypeError):
    """A value whose type or dtype cannot be differentiated."""


class ShapeError(CompgraphError, ValueError):
    """Operands, seeds or parameters whose shapes do not fit together."""


class MatrixError(ShapeError, LinAlgError):
    """A matrix that has no inverse or no decomposition of the kind asked for."""


class MissingRuleError(CompgraphError, NotImplementedError):
    """A function, or a form of calling it, that has no derivative rule."""


class ConversionError(CompgraphError, TypeError):
    """A node where only a plain number or array can stand, such as ``float(node)``."""


class CopyError(CompgraphError, PicklingError):
    """A node or a tape that cannot be pickled or deep-copied as asked for."""


class MutationError(CompgraphError, TypeError):
    """An attempt to change a node, or to write a node into an array, in place; an array of a graph that was changed."""


class NonFiniteError(CompgraphError, FloatingPointError):
    """An op that made a NaN or an infinity, found inside ``with compgraph.debug():``."""


class GradientError(CompgraphError, ValueError):
    """A derivative that is not defined as asked for, such as that of a non-scalar without a seed."""


class WrongGradientError(CompgraphError, AssertionError):
    """A hand-derived gradient that is wrong; the message is the whole comparison."""


class RegistrationError(CompgraphError, ValueError):
    """A declaration of an op that is incomplete or contradicts itself."""


class RenderError(CompgraphError, RuntimeError):
    """A graph that could not be drawn or written."""


class TracingError(CompgraphError, TypeError):
    """A function that cannot be compiled as it is: it asks for numbers that are not known while it is traced."""


class DataError(CompgraphError, ValueError):
    """A table or a file of parameters that cannot be used as it is."""


class SettingError(CompgraphError, ValueError):
    """A setting of a network or of its training that is outside its range."""


class DivergenceError(CompgraphError, ArithmeticError):
    """A training run whose cost is no longer a finite number."""


class UseError(CompgraphError, ValueError):
    """Arguments that make no call of the command, or a target that must not be written to."""


class MissingExtraError(CompgraphError, ImportError):
    """An optional package that is not installed; the message names the extra that brings it.

    >>> print(MissingExtraError("drawing PNG", "resvg_py", "render"))
    drawing PNG needs the package resvg_py, which is not installed: pip install 'compgraph[render]'
    """

    def __init__(self, task: str, package: str, extra: str) -> None:
        super().__init__(
            f"{task} needs the package {package}, which is not installed: pip install 'compgraph[{extra}]'"
        )
