"""The pytest plugin: the fixture ``gradcheck`` and the option ``--compgraph-deep``.

pytest imports the plugins of all installed packages whenever it starts, in projects too that never use them. Were this
module imported as a part of compgraph, that would run ``compgraph/__init__.py`` first and import NumPy: about 0.15 s
for each run of pytest and for each of its workers, and before a coverage tool can see what is imported. So it is
installed as a module of its own, ``pytest_compgraph``, beside the package (see ``sources`` in pyproject.toml), and
imports compgraph when the fixture is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from compgraph.testing.effort import Gradcheck


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("compgraph").addoption(
        "--compgraph-deep",
        action="store_true",
        help="let the fixture gradcheck look harder: more directions, every entry, further points",
    )


@pytest.fixture(scope="session")  # it holds no state, and hypothesis warns of one for each function
def gradcheck(pytestconfig: pytest.Config) -> Gradcheck:
    """Assert that gradients are right: gradcheck(f, *args), and gradcheck.matches(cost, manual, at)."""
    from compgraph.testing.effort import DEEP, USUAL, Gradcheck

    deep: Any = pytestconfig.getoption("compgraph_deep")
    return Gradcheck(DEEP if deep else USUAL)
