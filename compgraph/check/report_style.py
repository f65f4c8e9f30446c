"""The style of a comparison's report as HTML, for light and for dark screens.

The colours are those of the package's other pages and drawings: told apart with every common form of colour blindness,
and never the only thing that says something. A notebook's own theme, where it tells it, outranks the screen's.
"""

from __future__ import annotations

__all__ = ["PAGE_STYLE", "STYLE"]

_LIGHT = """--page: #f4f6f7; --card: #ffffff; --ink: #1a2127; --soft: #55616c; --line: #dbe1e5;
  --good: #00694b; --good-ground: #e3f3ec; --doubt: #7a4a00; --doubt-ground: #fbf0d9;
  --bad: #a8201a; --bad-ground: #fde8e6; --level0: #dbe9f4; --level1: #fbdcc3; --level2: #f2a878; --level3: #d4692a;
  --level4: #8f3606; --level5: #14181c;"""

_DARK = """--page: #12171b; --card: #1b2127; --ink: #e6ebef; --soft: #a3aeb8; --line: #333d46;
  --good: #62d3ab; --good-ground: #14372d; --doubt: #f0c674; --doubt-ground: #3d3014;
  --bad: #ff9c93; --bad-ground: #46201e; --level0: #1f3a50; --level1: #573317; --level2: #8f4f1e; --level3: #d07a35;
  --level4: #ffbf8c; --level5: #ffffff;"""

STYLE = (
    f""".compgraph-comparison {{
  {_LIGHT}
  color-scheme: light;
}}
@media screen and (prefers-color-scheme: dark) {{
.compgraph-comparison {{
  {_DARK}
  color-scheme: dark;
}}
}}
:is([data-jp-theme-light="true"], .vscode-light) .compgraph-comparison {{
  {_LIGHT}
  color-scheme: light;
}}
:is([data-jp-theme-light="false"], .vscode-dark) .compgraph-comparison {{
  {_DARK}
  color-scheme: dark;
}}
"""
    + """.compgraph-comparison {
  container-type: inline-size;
  box-sizing: border-box;
  max-width: 64rem;
  margin: .5rem 0;
  padding: 1rem 1.25rem;
  border: 1px solid var(--line);
  border-radius: .6rem;
  background: var(--card);
  color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
.compgraph-comparison p { margin: .5rem 0 0; max-width: 44rem; overflow-wrap: anywhere; }
.compgraph-comparison p.outcome {
  margin: 0 0 .75rem;
  padding: .5rem .9rem;
  max-width: none;
  border-left: .3rem solid currentColor;
  border-radius: .25rem;
  font-weight: 600;
}
.compgraph-comparison .outcome.good { background: var(--good-ground); color: var(--good); }
.compgraph-comparison .outcome.doubt { background: var(--doubt-ground); color: var(--doubt); }
.compgraph-comparison .outcome.bad { background: var(--bad-ground); color: var(--bad); }
.compgraph-comparison .scroll { overflow-x: auto; }
.compgraph-comparison table {
  width: auto;
  margin: 0;
  border: 0;
  border-collapse: collapse;
  color: inherit;
  font-size: .93em;
  font-variant-numeric: tabular-nums;
  table-layout: auto;
}
.compgraph-comparison table tr:nth-child(n) { background: none; }
.compgraph-comparison table :is(th, td) {
  padding: .35rem .55rem;
  border: 0;
  border-top: 1px solid var(--line);
  text-align: right;
  vertical-align: top;
  white-space: nowrap;
}
.compgraph-comparison table thead th {
  border: 0;
  border-bottom: 1px solid var(--line);
  color: var(--soft);
  font-weight: 600;
}
.compgraph-comparison table :is(.name, .shape, .at, .verdict) { text-align: left; }
.compgraph-comparison table tbody th.name { font-weight: 700; white-space: normal; overflow-wrap: anywhere; }
.compgraph-comparison table .name { min-width: 4rem; }
.compgraph-comparison table .verdict { font-weight: 600; white-space: normal; min-width: 9rem; }
.compgraph-comparison tr.good td.verdict { color: var(--good); }
.compgraph-comparison tr.doubt td.verdict { color: var(--doubt); }
.compgraph-comparison tr.bad td.verdict { color: var(--bad); }
.compgraph-comparison table tr.why td { padding: 0 .55rem .8rem; border: 0; text-align: left; white-space: normal; }
.compgraph-comparison .why div { padding-left: .9rem; border-left: .2rem solid var(--line); }
.compgraph-comparison .why p:first-child { margin-top: 0; }
.compgraph-comparison .why .step {
  color: var(--bad);
  font-size: .85em;
  font-weight: 600;
  letter-spacing: .02em;
}
.compgraph-comparison .why .step + p { margin-top: 0; }
.compgraph-comparison .why figure:first-child { margin-top: .2rem; }
.compgraph-comparison :is(.other, .note, figcaption) { color: var(--soft); }
.compgraph-comparison figure { margin: .8rem 0 0; padding: 0; }
.compgraph-comparison svg.map { display: block; max-width: 100%; height: auto; max-height: 30rem; }
.compgraph-comparison figcaption { margin-top: .35rem; font-size: .85em; text-align: left; }
.compgraph-comparison .key { margin-right: .8rem; white-space: nowrap; }
.compgraph-comparison .key svg { display: inline; vertical-align: -.1em; }
"""
    + "".join(f".compgraph-comparison .level{level} {{ fill: var(--level{level}); }}\n" for level in range(6))
    + """@container (max-width: 46rem) {
.compgraph-comparison table, .compgraph-comparison table :is(tbody, th, td) { display: block; }
.compgraph-comparison table thead { display: none; }
.compgraph-comparison table tbody { padding: .6rem 0; border-top: 1px solid var(--line); }
.compgraph-comparison table tbody tr { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: .1rem .8rem; }
.compgraph-comparison table tbody tr.why { display: block; margin-top: .6rem; }
.compgraph-comparison table tbody :is(th, td), .compgraph-comparison table tbody tr.why td {
  padding: 0;
  border: 0;
  text-align: left;
  min-width: 0;
}
.compgraph-comparison table td[data-head]::before {
  content: attr(data-head);
  display: block;
  color: var(--soft);
  font-size: .8em;
  line-height: 1.2;
}
.compgraph-comparison table td.at { grid-column: 2 / 4; }
.compgraph-comparison table td[data-head]:empty { visibility: hidden; }
.compgraph-comparison table td.size:empty { display: none; }
.compgraph-comparison table td.verdict { order: -1; grid-column: 2 / 4; }
.compgraph-comparison table tbody th.name { order: -2; }
}
"""
)
"""The style of the report's part of a page; every rule is about what is inside that part."""

PAGE_STYLE = f""":root {{
  color-scheme: light dark;
  {_LIGHT}
}}
@media screen and (prefers-color-scheme: dark) {{
:root {{
  {_DARK}
}}
}}
* {{ box-sizing: border-box; }}
html {{ -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }}
body {{
  margin: 0 auto;
  max-width: 66rem;
  padding: 2rem 1rem 3rem;
  background: var(--page);
  color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}}
h1 {{ margin: 0 0 .5rem; font-size: clamp(1.5rem, 5vw, 2.1rem); line-height: 1.25; letter-spacing: -.015em; }}
main > p {{ max-width: 44rem; margin: 0 0 1.25rem; color: var(--soft); }}
dl {{ margin: 1.25rem 0 0; color: var(--soft); font-size: .9rem; }}
dl div {{ display: flex; gap: .8rem; }}
dt {{ flex: 0 0 4rem; font-weight: 600; }}
dd {{ margin: 0; }}
@media (max-width: 40rem) {{
  body {{ padding: 1.25rem .75rem 2rem; }}
  .compgraph-comparison {{ padding: .8rem .9rem; }}
}}
@media print {{
  body {{ max-width: none; padding: 0; background: none; font-size: 10.5pt; }}
  .compgraph-comparison {{ border: 0; padding: 0; }}
}}
"""
"""The style of a page of its own, around the report."""
