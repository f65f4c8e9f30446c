"""What the tests of the page share: one Chromium for all of them, and a tab of it for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.page.chromium import PROGRAM, Browser, Tab, browser


@pytest.fixture(scope="session")
def chromium(tmp_path_factory) -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("Chromium is not installed")
    with browser(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def tab(chromium) -> Iterator[Tab]:
    """A tab of its own; whatever the test does, the page asks for nothing and makes no error."""
    fresh = chromium.tab()
    yield fresh
    assert fresh.problems == []
    assert {address.partition(":")[0] for address in fresh.requests} <= {"file", "data"}
    pages = {address.partition("#")[0] for address in fresh.requests if address.startswith("file:")}
    assert len(pages) <= 1, "a page loads no other file"
    fresh.close()
