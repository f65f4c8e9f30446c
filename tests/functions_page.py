"""Writes docs/functions.md, the list of every function with a rule, from the registries: python -m tests.functions_page

Nothing on the page is written by hand but its first lines. A family is a module of compgraph/rules, described by the
first sentence of its docstring. tests/test_functions_page.py fails where the page and the registries differ.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import scipy.special

import compgraph as cg
from compgraph.primitive import OPS, PLAIN, Joint, Op
from compgraph.rules.composition import COMPOSED, REASONS, Composition
from compgraph.rules.scipy_loading import called, load_scipy_rules

PAGE = Path(__file__).parents[1] / "docs" / "functions.md"

SPACES = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft, "cg": cg, "scipy.special": scipy.special}
"""Where people find functions, by what the page calls it."""

RULES = "compgraph.rules."

HEAD = """\
# Functions

Every function that takes a node, and those that do not with the reason why. The page is made from the registries by
`python -m tests.functions_page`, with NumPy {numpy} and SciPy {scipy}; a test tells when it is out of date.

- `np` is `numpy`, `cg` is `compgraph`. Operators and methods are those of the functions: `a + b` is `np.add(a, b)`,
  `a.sum()` is `np.sum(a)`, `a[i]` is `operator.getitem(a, i)`. Entries are replaced by `cg.at(a)[i].set(v)`.
- An argument in **bold** is differentiated; the others are plain values. The order here need not be that of a call. An
  argument that is not listed has no rule, and is refused with a message that lists what has.
- A *composition* is a function made of others; its derivatives are those of what it is made of, whichever arguments
  they are in.
- A *kink* is a point without a derivative, where the value that is returned is
  [written down](conventions.md#points-without-a-derivative).
- *Zero* means that the derivative is zero everywhere, and *exact* that the function only moves, selects or negates
  entries, so that nothing is rounded.
"""

TABLE = "| function | arguments | |\n|---|---|---|\n"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.functions_page", description="Write docs/functions.md.")
    parser.add_argument("--print", action="store_true", help="print the page instead")
    if parser.parse_args(arguments).print:
        sys.stdout.write(page())
        return
    temporary = PAGE.with_name(f".{PAGE.name}.{os.getpid()}")
    temporary.write_text(page(), encoding="utf-8")
    temporary.replace(PAGE)
    print(f"wrote {PAGE}")


def page() -> str:
    """The whole page; the rules of SciPy's functions are loaded for it."""
    load_scipy_rules()
    sections = dict(sorted(families().items(), key=lambda item: ("scipy" in item[0], item[0])))
    text = [head(), contents(sections)]
    for module, entries in sections.items():
        rows = [row(entry) for entry in sorted(entries, key=lambda entry: names(entry[0])[0])]
        text.append(f"## {title(module)}\n\n{description(module)}\n\n{TABLE}{''.join(rows)}")
    text += [plain_section(), refused_section(), own_ops()]
    return "\n".join(text)


def head() -> str:
    return HEAD.format(numpy=series(np), scipy=series(scipy))


def series(package: Any) -> str:
    """The version without its last number, in which nothing is added to a package."""
    return ".".join(package.__version__.split(".")[:2])


def contents(sections: dict[str, list[Entry]]) -> str:
    lines = [
        f"- [{title(m)}](#{anchor(title(m))}) ({len(entries)}): {description(m)}" for m, entries in sections.items()
    ]
    lines += [f"- [{name}](#{anchor(name)})" for name in (PLAIN_TITLE, REFUSED_TITLE, OWN_TITLE)]
    return "\n".join(["## Contents\n", *lines, ""])


def anchor(heading: str) -> str:
    """What a heading is linked by, as GitHub makes it."""
    return "".join(c if c.isalnum() or c in "-_" else "-" if c == " " else "" for c in heading.lower())


# ------------------------------------------------------------------------------------------------------------- families

Entry = tuple[Callable[..., Any], Op | None, Composition | None]
"""A function with its rule, its composition or both: they are then for different ways of calling it."""


def families() -> dict[str, list[Entry]]:
    """The functions that people call, by the module that declares them."""
    found: dict[str, list[Entry]] = {}
    module = ""
    for function in dict.fromkeys([*OPS, *COMPOSED]):
        op, composition = OPS.get(function), COMPOSED.get(function)
        module = (module_of(op) or module) if op is not None else module_of_composition(composition)
        if names(function):
            found.setdefault(module, []).append((function, op, composition))
    return found


def module_of(op: Op) -> str | None:
    """Where the rules of an op are from; None for an op whose derivatives are zero: it has none."""
    rules: Iterable[Any] = [op.vjps.rule] if not isinstance(op.vjps, tuple) else op.vjps
    return next((rule.__module__ for rule in rules if rule is not None), None)


def module_of_composition(composition: Composition | None) -> str:
    """Where a composition is from: its definition, or else the op of the same name that was declared with it."""
    assert composition is not None
    module: str = composition.definition.__module__
    part = part_of(composition)
    return module if part is None else module_of(part) or module


def part_of(composition: Composition) -> Op | None:
    """The op behind a function that has a derivative in some arguments only, or the first of one of several results."""
    if not composition.definition.__module__.endswith(".declaring"):
        return None
    return next((op for op in OPS.values() if op.name.split(".")[0] == composition.name), None)


def title(module: str) -> str:
    return module.removeprefix(RULES).replace("scipy_special.", "scipy.special, ").replace("_", " ")


def description(module: str) -> str:
    documentation = inspect.getdoc(sys.modules[module]) or ""
    sentence, _, _ = documentation.partition("\n")
    return sentence.replace("``", "`") if sentence.endswith("...") else sentence.replace("``", "`").removesuffix(".")


# ----------------------------------------------------------------------------------------------------------------- rows


def names(function: Callable[..., Any]) -> list[str]:
    """What people call a function, its own name first; nothing for one that is not theirs to call."""
    op = OPS.get(function)
    if op is not None and op.name in METHODS:
        return [METHODS[op.name]]
    found = [f"{space}.{name}" for space, module in SPACES.items() for name in public(module, function)]
    own = getattr(function, "__name__", "")
    if not found and isinstance(function, np.ufunc) and called(function).startswith("scipy.special."):
        found = [called(function)]  # what people call is a function around the ufunc
    return sorted(found, key=lambda name: (name.split(".")[-1] != own, name))


METHODS = {
    "getitem": "operator.getitem",
    "at.set": "cg.at(a)[index].set(entries)",
    "at.add": "cg.at(a)[index].add(entries)",
}
"""Ops that people reach by an operator or by methods; ``at`` has further methods, which are made of ``set``."""


def public(module: Any, function: Callable[..., Any]) -> Iterator[str]:
    table = TABLES.setdefault(module.__name__, {})
    if not table:
        for name in dir(module):
            if not name.startswith("_"):
                value = getattr(module, name)
                if callable(value):
                    table.setdefault(id(value), []).append(name)
    yield from table.get(id(function), [])


TABLES: dict[str, dict[int, list[str]]] = {}


def row(entry: Entry) -> str:
    function, op, composition = entry
    name, *others = names(function)
    remarks = [f"also {code(others)}"] if others else []
    arguments: list[str] = []
    if op is not None:
        arguments += arguments_of(op)
        remarks += remarks_on(op)
    if composition is not None:
        part = part_of(composition)
        further = [name for name in composition.names if op is None or name not in op.names]
        if part is not None:
            arguments += arguments_of(part)
        else:
            arguments += [f"`{name}`" for name in further]
        if part is None and composition.by_position:
            arguments.append("any number of arrays")
        remarks.append("composition" if op is None else f"composition where {code(further)} are given")
        if op is None and composition.kinks:
            remarks.append(kinks(composition.kinks))
    return f"| `{name}` | {', '.join(arguments)} | {'; '.join(remarks)} |\n"


def arguments_of(op: Op) -> list[str]:
    if op.variadic:
        return [f"**{op.names[0]}**, any number of them", *[f"`{name}`" for name in op.names[1:]]]
    count = len(op.vjps)
    has_rule = [vjp is not None for vjp in op.vjps]
    zero = not any(has_rule)
    return [f"**{name}**" if i < count and (zero or has_rule[i]) else f"`{name}`" for i, name in enumerate(op.names)]


def remarks_on(op: Op) -> list[str]:
    remarks = ["entry by entry"] if op.elementwise else []
    if not op.variadic and not isinstance(op.vjps, Joint) and all(vjp is None for vjp in op.vjps):
        remarks.append("zero")
    if op.exact:
        remarks.append("exact")
    if op.kinks:
        remarks.append(kinks(op.kinks))
    if op.synonyms:
        remarks.append(f"{code(op.synonyms)} are {code(op.synonyms.values())}")
    return remarks


def kinks(points: Iterable[float]) -> str:
    return f"kink at {', '.join(f'{point:g}' for point in points)}"


def code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


# ----------------------------------------------------------------------------------------------- what has no derivative

PLAIN_TITLE = "Functions that return plain values"
REFUSED_TITLE = "Functions that are refused"
OWN_TITLE = "Ops of compgraph's own"


def plain_section() -> str:
    functions = sorted(name for function in PLAIN for name in names(function)[:1])
    return f"## {PLAIN_TITLE}\n\nTheir results do not vary smoothly with their arguments:\n\n{code(functions)}.\n"


def refused_section() -> str:
    reasons: dict[str, list[str]] = {}
    for function, reason in REASONS.items():
        reasons.setdefault(reason, []).extend(names(function)[:1])
    lines = [f"- {code(sorted(found))}: {shown(reason)}.\n" for reason, found in reasons.items() if found]
    return f"## {REFUSED_TITLE}\n\nThe message of the error says the reason:\n\n{''.join(lines)}"


def shown(reason: str) -> str:
    """A reason as text of a page: what stands in angle brackets or between stars is no markup."""
    return reason.replace("<", "&lt;").replace("*", "\\*").replace("|", "\\|")


def own_ops() -> str:
    own = sorted({op.name for function, op in OPS.items() if not names(function)})
    return (
        f"## {OWN_TITLE}\n\n"
        f"These stand on a tape for a part of what people call, such as `contract` for `np.einsum`:\n\n{code(own)}.\n"
    )


if __name__ == "__main__":
    main()
