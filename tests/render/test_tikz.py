"""LaTeX in which nothing that a person typed is a command."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import example, given

import compgraph as cg
from compgraph.render import render
from compgraph.render.tex_text import tex_text
from tests.render.graphs import ANY_TEXT, HOSTILE, lecture, two_layers

WORDS = {
    r"\textbackslash{}": "\\", r"\textasciicircum{}": "^", r"\textasciitilde{}": "~", r"\textless{}": "<",
    r"\textgreater{}": ">", r"\textbar{}": "|", r"\textquotedbl{}": '"', r"\textquotesingle{}": "'",
    r"\textasciigrave{}": "`",
}  # fmt: skip
TOKEN = re.compile(
    r"(\\text[a-z]+\{\})|\\([{}$&#%_ ])|\{([-,?!\[\]])\}|\\ensuremath\{((?:[^{}]|\{[^{}]*\})*)\}|\\letter\{([^{}\\])\}"
    r"|([^\\{}$&#%_^~<>|\"'`\[\]?!,-])|(~)"
)


def read_back(text: str) -> str:
    """What TeX would set, token by token; formulas by their source."""
    said, place = "", 0
    while place < len(text):
        token = TOKEN.match(text, place)
        assert token, f"{text[place : place + 20]!r} is a command or a special character"
        word, sign, grouped, maths, letter, plain, tie = token.groups()
        said += WORDS.get(word or "", "") or sign or grouped or (maths and f"⟦{maths}⟧") or letter or plain or tie
        place = token.end()
    return said


@given(ANY_TEXT.filter(lambda text: "\n" not in text))
@example("%\\end{document}")
@example("}{")
@example("^^5cinput")
@example("two  spaces   here")
def test_any_text_is_read_back(text):
    said = read_back(tex_text(text))
    assert len(re.sub("⟦.*?⟧", "x", said)) == len(text)
    for shown, letter in zip(re.findall("⟦.*?⟧|.", said, re.DOTALL), text, strict=True):
        assert shown == letter or (shown.startswith("⟦") and not letter.isascii()) or (shown, letter) == ("~", "\xa0")


@pytest.mark.parametrize("name", [*HOSTILE, "\\input{/etc/passwd}", "$x$", "%", "a_b^c~d"])
def test_documents_with_hostile_names(name):
    text = render(cg.Variable(1.0, name), names={}).tex
    depth = 0
    for sign in re.findall(r"(?<!\\)(?:\\\\)*([{}])", text):
        depth += 1 if sign == "{" else -1
        assert depth >= 0
    assert depth == 0
    begun = re.findall(r"\\(begin|end)\{(\w+)\}", text)
    assert begun == [("begin", "document"), ("begin", "tikzpicture"), ("end", "tikzpicture"), ("end", "document")]
    body = text.partition("\\begin{tikzpicture}")[2].partition("\\end{tikzpicture}")[0].strip().split("\n")[3:]
    for line in body:
        assert re.match(r"\\(fill|draw|path|node)\[[\w=.,  ]*\] .*;$", line), line
    known = {
        "fill",
        "draw",
        "path",
        "node",
        "cgtext",
        "cgtitle",
        "color",
        "letter",
        "ensuremath",
        "cdot",
        "ldots",
        "theta",
    }
    commands = set(re.findall(r"\\([a-zA-Z]+)", "\n".join(body)))
    assert {c for c in commands if not c.startswith("text")} <= known


def test_the_text_of_a_picture_is_in_it():
    text = render(lecture()).tex
    for said in (r"{\cgtitle\color{cgname}u}", r"= b \ensuremath{\times} c", "dJ/du = 3", "dv/du = 1"):
        assert said in text
    assert all(colour in text for colour in ("{cgvalue}{HTML}{005A9C}", "{cgderivative}{HTML}{B3430A}"))
    used = set(re.findall(r"(?:\\color\{|fill=|draw=|\\draw\[|\\fill\[)(cg\w+)", text))
    assert used <= set(re.findall(r"\\definecolor\{(cg\w+)\}", text))


def test_a_large_picture_is_within_what_tex_can_measure():
    picture = render(two_layers(), names={})
    unit = float(re.findall(r"x=([\d.]+)pt", picture.tex)[0])
    assert unit == 0.75
    assert max(map(float, re.findall(r"\((-?[\d.]+),", picture.tex))) * unit < 16_383


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs LaTeX with TikZ and the class standalone")
@pytest.mark.parametrize("graph", [lecture, lambda: cg.Variable(1.0, "a_é🐍%\\ θ₁")])
def test_latex_compiles_it(graph, tmp_path):
    (tmp_path / "picture.tex").write_text(render(graph()).tex, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "picture.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    assert (tmp_path / "picture.pdf").read_bytes().startswith(b"%PDF")
