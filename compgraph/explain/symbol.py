"""Names and numbers in the two scripts an explanation is written in: plain text and LaTeX."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from compgraph.notation import LATEX
from compgraph.render.values import number

__all__ = ["Written", "applied", "derivative", "differential", "latex_name", "named", "of_number"]

_ESCAPES = {
    "\\": r"\backslash ",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\wedge ",
    "~": r"\sim ",
    "<": "{<}",  # with braces no two names make a tag where LaTeX stands in a page
    ">": "{>}",
    " ": r"\ ",
    "'": r"{}^\prime{}",
    "−": "-",
    "ᵀ": f"{{}}{LATEX['ᵀ']}",
    **{sign: f"{LATEX[sign]} " for sign in "·×…"},
}
_GREEK = frozenset(
    (
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu"),
        *("xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
        *("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"),
    )
)
_INDEXED = re.compile(r"([A-Za-z]+?)_?(\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Written:
    """The same formula as plain text and as LaTeX (for math mode).

    >>> Written("u²", "u^{2}").text
    'u²'

    Attributes:
        text: with Unicode signs, such as ``1 − a²``.
        latex: such as ``1 - a^{2}``; its braces are balanced whatever the names in it.
    """

    text: str
    latex: str


def named(name: str) -> Written:
    """Write a name.

    >>> named("W2")
    Written(text='W2', latex='W_{2}')
    >>> print(named("theta").latex, named("loss").latex, named("a_b").latex)
    \\theta \\mathrm{loss} \\mathrm{a\\_b}

    Args:
        name: any text of one line.
    """
    return Written(name, latex_name(name))


def latex_name(name: str) -> str:
    """The same in LaTeX alone: letters with an index, Greek letters by their names, else upright with all escaped."""
    indexed = _INDEXED.fullmatch(name)
    stem, index = indexed.groups() if indexed else (name, "")
    if len(stem) == 1 and stem.isascii() and stem.isalpha():
        letter = stem
    elif stem in _GREEK:
        letter = f"\\{stem}"
    else:
        return f"\\mathrm{{{''.join(_ESCAPES.get(letter, letter) for letter in name)}}}"
    return f"{letter}_{{{index}}}" if index else letter


def applied(function: str, inside: str) -> str:
    """A function, by its symbol or name, of something in LaTeX, in LaTeX."""
    if function in ("sqrt", "√"):
        return f"\\sqrt{{{inside}}}"
    return f"{LATEX.get(function) or latex_name(function)}\\left({inside}\\right)"


def of_number(value: Any) -> Written:
    """Write a number.

    >>> of_number(0.5), of_number(-1e-10).latex
    (Written(text='0.5', latex='0.5'), '-1 \\\\times 10^{-10}')
    """
    text = number(value)
    plain = text.replace("−", "-")
    mantissa, e, exponent = plain.partition("e")
    if e and exponent.lstrip("-").isdigit():
        return Written(text, f"{mantissa} \\times 10^{{{exponent}}}")
    if plain.lstrip("-") in {"inf", "nan"}:
        return Written(text, plain.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}"))
    return Written(text, plain if re.fullmatch(r"-?[\d.]+", plain) else latex_name(text))


def differential(name: str) -> Written:
    """Write the derivative of the output with respect to something, in the short form: dW2 for dJ/dW2.

    >>> differential("W2"), differential("my weights").text
    (Written(text='dW2', latex='\\\\mathrm{d}W_{2}'), 'd(my weights)')
    """
    return Written(f"d{_grouped(name)}", f"\\mathrm{{d}}{latex_name(name)}")


def derivative(of: str, by: str) -> Written:
    """Write the derivative of one thing with respect to another.

    >>> derivative("J", "b")
    Written(text='dJ/db', latex='\\\\frac{\\\\mathrm{d}J}{\\\\mathrm{d}b}')
    """
    over, under = differential(of), differential(by)
    return Written(f"{over.text}/{under.text}", f"\\frac{{{over.latex}}}{{{under.latex}}}")


def _grouped(name: str) -> str:
    return name if all(letter.isalnum() or letter in "_[]#" for letter in name) else f"({name})"
