"""The one list of formats."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compgraph.errors import RenderError
from compgraph.render import Picture
from compgraph.render.formats import FORMATS, format_of

PAGE = Path(__file__).parents[2] / "docs" / "drawing.md"


def test_every_ending_leads_to_its_format_and_every_format_to_an_attribute():
    endings = [ending for form in FORMATS for ending in form.endings]
    assert len(set(endings)) == len(endings)
    for form in FORMATS:
        assert hasattr(Picture, form.attribute)
        for ending in form.endings:
            assert format_of(f"a.b{ending}") is form
            assert format_of(Path("folder.svg", f"a{ending.upper()}")) is form


@pytest.mark.parametrize("path", ["graph", "graph.", "graph.svg.zip", ".svg", ""])
def test_another_ending_is_an_error_that_names_all_there_are(path):
    with pytest.raises(RenderError) as caught:
        format_of(path)
    assert all(ending in str(caught.value) for form in FORMATS for ending in form.endings)


def test_the_page_has_the_same_list():
    rows = re.findall(
        r"^\| (`\..*?) \| `\.(\w+)` \| (.*?) \| (.*?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [(endings, attribute, what) for endings, attribute, what, _ in rows] == [
        (", ".join(f"`{ending}`" for ending in form.endings), form.attribute, form.what) for form in FORMATS
    ]
    assert all((form.needs or "nothing") in needs for form, (*_, needs) in zip(FORMATS, rows, strict=True))
