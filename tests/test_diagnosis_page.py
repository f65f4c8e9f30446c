"""docs/diagnosis.md lists every kind of explanation, in the words of the registry, and no other."""

import re
from pathlib import Path

from compgraph.check import KINDS
from tests.slips.corpus import SLIPS

PAGE = (Path(__file__).parents[1] / "docs" / "diagnosis.md").read_text(encoding="utf-8")


def listed(page: str) -> list[tuple[str, str, str]]:
    """The rows of the list of kinds."""
    section = page.split("\n## The kinds\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(.*?)` \| (.*?) \| (.*?) \|$", section, re.MULTILINE)


def test_the_kinds_are_those_of_the_registry() -> None:
    assert {kind: says for kind, says, _ in listed(PAGE)} == dict(KINDS)
    assert [kind for kind, *_ in listed(PAGE)] == list(KINDS)
    assert all(example for *_, example in listed(PAGE))


def test_a_kind_that_the_page_lacks_is_noticed() -> None:
    without = re.sub(r"\| `permuted` .*\n", "", PAGE)
    assert len(listed(without)) == len(KINDS) - 1


def test_the_size_of_the_corpus_is_that_on_the_page() -> None:
    (entries,) = re.findall(r"Of its (\d+)\s+entries", PAGE)
    assert int(entries) == len(SLIPS)
