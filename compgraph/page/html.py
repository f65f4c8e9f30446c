"""The page of a graph as one HTML file: the picture, the data, a style sheet and a script, and nothing to be loaded."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from importlib import resources
from typing import Any

from compgraph.render.fonts import FAMILY
from compgraph.render.palette import DARK, LIGHT, Palette
from compgraph.render.scene import Scene
from compgraph.render.svg import svg_text
from compgraph.render.theme import Theme

__all__ = ["IN_A_PAGE", "json_block", "page_html"]

IN_A_PAGE = replace(
    LIGHT,
    ground="var(--ground)",
    fill={kind: f"var(--{kind})" for kind in LIGHT.fill},
    outline={kind: f"var(--{kind}-line)" for kind in LIGHT.outline},
    text={style: f"var(--{style})" for style in LIGHT.text},
    arrow="var(--arrow)",
)
"""Colours by name: the page says what they are, in the light and in the dark."""

_PARTS = ("graph", "elements", "steps", "node", "paths", "camera", "pointing", "scopes", "controls", "address")
"""The parts of the script, in the order in which they stand in it."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
"""What a browser is to load for the page from elsewhere: nothing."""

_SIGNS = {
    "to_start": "M3 3h2v10H3zM13 3v10L6 8z",
    "to_left": "M12 3v10L4 8z",
    "to_right": "M4 3v10l8-5z",
    "to_end": "M11 3h2v10h-2zM3 3v10l7-5z",
    "theme_sign": "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2v10A5 5 0 0 1 8 3z",
}
"""The signs on buttons, drawn, since fonts lack them."""

_PAGE = """\
<!doctype html>
<html lang="en"{theme}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
{style}
</style>
<noscript><style>#canvas {{ display: block !important; }}</style></noscript>
</head>
<body>
<header>
<div><h1>{heading}</h1><p>{counts}</p></div>
<div class="search"><input id="search" type="search" placeholder="Search a node" aria-label="Search a node by its name"
 role="combobox" aria-expanded="false" aria-controls="results" autocomplete="off" spellcheck="false">
<ul id="results" role="listbox" aria-label="Nodes found" hidden></ul></div>
<button id="theme" type="button" aria-label="Light or dark" title="Light or dark">{theme_sign}</button>
</header>
<section id="picture" aria-label="Picture of the graph">
<div id="canvas" hidden>{pictures}</div>
<ul class="legend">{legend}</ul>
<div class="zoom"><button id="in" type="button" aria-label="Zoom in">+</button>
<button id="out" type="button" aria-label="Zoom out">−</button>
<button id="fit" type="button" title="The whole graph (f)">Fit</button>
<button id="fold" type="button" aria-pressed="false" title="Fold all scopes" hidden>Fold</button></div>
<div id="tip" role="tooltip" hidden></div>
</section>
<aside aria-label="Explanation">
<section id="step"><noscript><p>The picture is all there is without JavaScript.</p></noscript></section>
<section id="node" hidden></section>
<section><details id="tape"><summary>All nodes as a table</summary></details></section>
</aside>
<nav class="player" aria-label="Steps">
<button id="first" type="button" aria-label="Overview" title="Overview (Home)">{to_start}</button>
<button id="back" type="button" aria-label="Step back" title="Step back (←)">{to_left}</button>
<button id="on" type="button" aria-label="Next step" title="Next step (→)">{to_right}</button>
<button id="last" type="button" aria-label="Last step" title="Last step (End)">{to_end}</button>
<button id="play" type="button" aria-pressed="false" title="Play (p)">Play</button>
<input id="slider" type="range" min="0" max="0" value="0" aria-label="Step">
<span id="counter"></span>
</nav>
<div id="said" class="unseen" role="status" aria-live="polite"></div>
<script type="application/json" id="graph">{data}</script>
<script>
{script}
</script>
</body>
</html>
"""


def page_html(data: Mapping[str, Any], scenes: Sequence[Scene], theme: Theme = "light") -> str:
    """Write the page.

    >>> scene = Scene(40.0, 20.0, "one", (), (), IN_A_PAGE)
    >>> page = page_html({"title": "Graph of <x>: 1 variable", "nodes": []}, [scene])
    >>> page.startswith("<!doctype html>"), "<title>Graph of &lt;x&gt;</title>" in page, "<x>" in page
    (True, True, False)

    Args:
        data: of :func:`compgraph.page.data.page_data`.
        scenes: the pictures, in the colours :data:`IN_A_PAGE`; the first is seen first.
        theme: "dark" for a page that is dark wherever it is opened; a light one goes by the setting of the reader.
    """
    heading, _, counts = str(data["title"]).rpartition(": ")
    used = {kind for scene in scenes for group in scene.graph for kind in LIGHT.fill if group.kind == f"box {kind}"}
    colours = {"value": "value"} | ({"grad": "derivative"} if data.get("output") else {})
    legend = [f'<li><i class="{kind}"></i>{kind}</li>' for kind in LIGHT.fill if kind in used]
    legend += [f'<li class="{kind}">{what}</li>' for kind, what in colours.items()]
    signs = {
        name: f'<svg class="sign" viewBox="0 0 16 16" aria-hidden="true"><path d="{path}"/></svg>'
        for name, path in _SIGNS.items()
    }
    return _PAGE.format(
        **signs,
        theme=' data-theme="dark"' if theme == "dark" else "",
        policy=_POLICY,
        title=escape(heading),
        heading=escape(heading),
        counts=escape(counts),
        style=_colours() + _style(),
        pictures="".join([_picture(scene, place > 0) for place, scene in enumerate(scenes)]),
        legend="".join(legend),
        data=json_block(data),
        script=_script(),
    )


def json_block(data: Any) -> str:
    r"""Write data as JSON that can stand in a script element, whatever is in its texts.

    >>> print(json_block({"a": "</script><!-- & \u2028"}))
    {"a":"\u003c/script>\u003c!-- \u0026 \u2028"}

    Args:
        data: of dicts, lists, texts, finite numbers, booleans and None.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _picture(scene: Scene, is_hidden: bool) -> str:
    """The graph alone: the page has a legend and notes of its own."""
    graph = tuple([replace(group, title="") for group in scene.graph])
    height = scene.legend[-1].place[1] if scene.legend else scene.height
    svg = re.sub(r">\n *<", "><", svg_text(replace(scene, graph=graph, legend=(), height=height)))
    return svg.replace("<svg ", '<svg hidden="" ', 1) if is_hidden else svg


def _colours() -> str:
    light, dark = _variables(LIGHT), _variables(DARK)
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root:not([data-theme=light]) {{ color-scheme: dark; {dark} }} }}\n"
        f":root[data-theme=dark] {{ color-scheme: dark; {dark} }}\n"
        f"svg {{ font-family: {FAMILY}; }}\n"
    )


def _variables(palette: Palette) -> str:
    named = {"ground": palette.ground, "arrow": palette.arrow, **palette.fill, **palette.text}
    named |= {f"{kind}-line": colour for kind, colour in palette.outline.items()}
    return " ".join(f"--{name}: {colour};" for name, colour in named.items())


def _lines(name: str) -> str:
    """A file that comes with the package, without its indentation and the lines that explain it."""
    text = resources.files("compgraph.page").joinpath(name).read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    return "".join([f"{line}\n" for line in lines if line and not line.startswith("//")])


def _style() -> str:
    """The style sheet without the spaces that only people need."""
    return re.sub(r" ?([{},;]) ?|(:) ", r"\1\2", _lines("page.css")).replace(";}", "}")


def _script() -> str:
    """The script, of its parts, without the spaces that only people need; no text in it has such a sign between two."""
    parts = "".join([_lines(f"{part}.js") for part in _PARTS])
    text = f'"use strict";\n{_lines("mathml.js")}(() => {{\n{parts}}})();\n'
    return re.sub(r" (=>|===|!==|&&|\|\||\?\?|<=|>=) |(?<=\)) (?={)|(?<=\bif) (?=\()|(?<=[;{,(])\n", r"\1", text)
