"""Text of any kind in the body of a LaTeX document: nothing in it is a command, and every engine takes it."""

from __future__ import annotations

__all__ = ["tex_text"]

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": r"{-}",  # two in a row would be set as a dash
    ",": r"{,}",
    "?": r"{?}",
    "!": r"{!}",
    "[": r"{[}",
    "]": r"{]}",
}
_MATHS = {
    "−": "-", "×": r"\times", "÷": r"\div", "·": r"\cdot", "±": r"\pm", "…": r"\ldots", "∂": r"\partial",
    "∇": r"\nabla", "Σ": r"\Sigma", "Π": r"\Pi", "√": r"\surd", "∞": r"\infty", "≈": r"\approx", "≤": r"\leq",
    "≥": r"\geq", "≠": r"\neq", "→": r"\to", "⊙": r"\odot", "⊗": r"\otimes", "∘": r"\circ", "∈": r"\in",
    "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil", "⟨": r"\langle", "⟩": r"\rangle",
    "‖": r"\Vert", "ᵀ": r"^{T}", "ᴴ": r"^{H}", "⁻": "^{-}", "⁺": "^{+}", "½": r"\frac12",
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon", "ζ": r"\zeta", "η": r"\eta",
    "θ": r"\theta", "κ": r"\kappa", "λ": r"\lambda", "μ": r"\mu", "ν": r"\nu", "ξ": r"\xi", "π": r"\pi", "ρ": r"\rho",
    "σ": r"\sigma", "τ": r"\tau", "φ": r"\varphi", "χ": r"\chi", "ψ": r"\psi", "ω": r"\omega", "Γ": r"\Gamma",
    "Δ": r"\Delta", "Θ": r"\Theta", "Λ": r"\Lambda", "Φ": r"\Phi", "Ψ": r"\Psi", "Ω": r"\Omega",
}  # fmt: skip
_MATHS |= {digit: f"^{{{i}}}" for i, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_MATHS |= {digit: f"_{{{i}}}" for i, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")}


def tex_text(text: str) -> str:
    r"""Write text for LaTeX.

    >>> print(tex_text("W_1 × 50% − x²"))
    W\_1 \ensuremath{\times} 50\% \ensuremath{-} x\ensuremath{^{2}}
    >>> print(tex_text("é 🐍"))
    \letter{é} \letter{🐍}

    Letters that TeX knows by a command are written by it; others beyond ASCII stand in ``\letter{...}``, which the
    document has to define: see :func:`compgraph.render.tikz.tikz_text`.

    Args:
        text: one line; its spaces are kept.
    """
    return "".join(map(_letter, text)).replace("  ", r" \ ").replace("  ", r" \ ")


def _letter(letter: str) -> str:
    if letter in _SPECIAL:
        return _SPECIAL[letter]
    if letter in _MATHS:
        return rf"\ensuremath{{{_MATHS[letter]}}}"
    if letter == "\xa0":
        return "~"
    return letter if letter.isascii() else rf"\letter{{{letter}}}"
