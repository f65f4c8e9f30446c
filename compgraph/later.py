"""Public names that are imported when they are asked for: most programs never do, and start sooner."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["later"]


def later(package: str, names: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return what Python asks for a name that a package does not have yet, and for the list of its names.

    ``__getattr__, __dir__ = later(__name__, {"compare": "compgraph.check.compare"})``, in the package's own
    ``__init__.py``, is the whole of it. The part of the package that a name comes from can be asked for too:
    ``compgraph.check``.

    A name must not be that of a module of the package, as ``render`` is: importing a module makes it an attribute of
    its package. Such a function stands in a module of few lines that is imported at once, and what it does in another,
    which is imported by its call.

    >>> find, names = later("compgraph", {"compare": "compgraph.check.compare"})
    >>> find("compare").__name__, find("check").__name__, "compare" in names()
    ('compare', 'compgraph.check', True)

    Args:
        package: its full name.
        names: for each name the module of the package that it is imported from.

    Source: PEP 562.
    """
    parts = {module.removeprefix(f"{package}.").partition(".")[0] for module in names.values()}

    def __getattr__(name: str) -> Any:  # noqa: N807
        if name in names:
            found = getattr(import_module(names[name]), name)
        elif name in parts:
            found = import_module(f"{package}.{name}")
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        setattr(sys.modules[package], name, found)  # so that it is asked once
        return found

    def __dir__() -> list[str]:  # noqa: N807
        return sorted({*vars(sys.modules[package]), *names, *parts})

    return __getattr__, __dir__
