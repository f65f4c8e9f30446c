"""The rules of SciPy's functions are declared when the first of them meets a node; nothing brings SciPy in for it.

Whoever calls ``scipy.special.erf(node)`` has imported SciPy. The node finds the function in no table, and only then
asks here; so a program without SciPy neither imports it nor waits for it, and a function of NumPy waits for nothing.
"""

from __future__ import annotations

import importlib
import sys
import threading
from types import ModuleType
from typing import Any

import numpy as np

from compgraph.errors import MissingRuleError
from compgraph.primitive import OPS, PLAIN
from compgraph.rules.composition import COMPOSED, REASONS

__all__ = ["called", "has_rule_by_now", "load_scipy_rules", "reason_of_the_caller", "scipy_special"]

DECLARATIONS = "compgraph.rules.scipy_special"

_lock = threading.RLock()  # of one thread: a second thread waits until all is declared, and looks again
_loaded = False


def has_rule_by_now(ufunc: np.ufunc) -> bool:
    """Whether a ufunc that was in no table has a rule once those of SciPy's functions are declared.

    >>> import scipy.special
    >>> has_rule_by_now(scipy.special.erf), has_rule_by_now(np.gcd)
    (True, False)
    """
    return ufunc not in REASONS and load_scipy_rules() and (ufunc in OPS or ufunc in COMPOSED)


def load_scipy_rules() -> bool:
    """Declare the rules of ``scipy.special``, once, if it has been imported; whether they are declared now.

    >>> import scipy.special
    >>> load_scipy_rules(), scipy.special.erf in OPS
    (True, True)

    Raises:
        MissingRuleError: this SciPy lacks something that the declarations need; nothing is declared then.
    """
    global _loaded
    if _loaded:
        return True
    if "scipy.special" not in sys.modules:
        return False
    with _lock:
        if not _loaded:
            _declare()
            _loaded = True
    return True


def _declare() -> None:
    tables: tuple[Any, ...] = (OPS, COMPOSED, PLAIN, REASONS)
    before = [set(table) for table in tables]
    special = scipy_special()
    if not isinstance(special.erf, np.ufunc):
        raise MissingRuleError(
            "a node takes part in SciPy's ufuncs, and the environment variable SCIPY_ARRAY_API puts functions of "
            "another kind in their place: unset it"
        )
    try:
        importlib.import_module(DECLARATIONS)
    except BaseException as error:  # half of the declarations would be in the way of the next attempt
        for table, known in zip(tables, before, strict=True):
            for function in set(table) - known:
                table.discard(function) if isinstance(table, set) else table.pop(function)
        for name in [name for name in sys.modules if name.startswith(DECLARATIONS)]:
            del sys.modules[name]
        if not isinstance(error, Exception):
            raise
        version = getattr(sys.modules.get("scipy"), "__version__", "?")
        raise MissingRuleError(f"the rules of SciPy's functions do not fit SciPy {version}: {error!r}") from error


def scipy_special() -> ModuleType:
    """The module ``scipy.special`` itself, waiting for another thread that may be importing it at this moment.

    >>> scipy_special().__name__
    'scipy.special'
    """
    return importlib.import_module("scipy.special")


def called(ufunc: np.ufunc) -> str:
    """What people call a ufunc, for messages.

    >>> import scipy.special
    >>> called(np.tanh), called(scipy.special.erf)
    ('np.tanh', 'scipy.special.erf')
    """
    name: str = ufunc.__name__
    if getattr(np, name, None) is ufunc:
        return f"np.{name}"
    public = name.lstrip("_")  # scipy.special.lambertw is a function that calls the ufunc _lambertw
    return f"scipy.special.{public}" if hasattr(sys.modules.get("scipy.special"), public) else name


def reason_of_the_caller() -> tuple[str, str] | None:
    """The function of SciPy that wants a node as a plain array, with what to write instead; None where it is not one.

    Functions such as ``scipy.special.logsumexp`` are written in Python and turn their arguments into arrays, so that a
    node is not asked which function it is that has been called.
    """
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        name = frame.f_code.co_name
        if str(frame.f_globals.get("__name__")).startswith("scipy.special") and load_scipy_rules():
            function = getattr(scipy_special(), name, None)
            if function in REASONS:
                return f"scipy.special.{name}", REASONS[function]
    return None
