"""J = 3(a + bc): build the graph, run it backward, check every derivative by nudging, draw it.

python examples/J_graph.py
python examples/J_graph.py --out J.svg     (or J.png, J.dot)
"""

import argparse
from collections.abc import Callable

import compgraph as cg

parser = argparse.ArgumentParser(description="the graph of J = 3(a + bc), its derivatives and its picture")
parser.add_argument("--out", metavar="FILE", help="write the picture here: .svg, .png or .dot")
arguments = parser.parse_args()

# Build: computing with variables records the graph.
a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
u = b * c
v = a + u
J = 3 * v
print(f"J = 3(a + bc) = {J.value:g} at a = {a:g}, b = {b:g}, c = {c:g}; on the way u = bc = {u:g}, v = a + u = {v:g}")

# Backward: one pass finds the derivative of J with respect to every node.
J.backward()

# Nudge: J as a function of one node alone, all else as it is.
nudged: dict[str, Callable[[float], float]] = {
    "v": lambda v: 3 * v,
    "a": lambda a: 3 * (a + u.value),
    "u": lambda u: 3 * (a.value + u),
    "b": lambda b: 3 * (a.value + b * c.value),
    "c": lambda c: 3 * (a.value + b.value * c),
}
step = 0.001
print(f"\nnode  value  dJ/d·  J when nudged by {step:g}  slope")
for name, node in {"v": v, "a": a, "u": u, "b": b, "c": c}.items():
    J_nudged = nudged[name](node.value + step)
    slope = (J_nudged - J.value) / step
    print(f"{name:4}  {node:5g}  {node.grad:5g}  {J_nudged:22.3f}  {slope:.3f}")

# Draw: names, values and derivatives are read from the graph and from the names of the variables above.
picture = cg.render(J)
if arguments.out:
    picture.save(arguments.out)
    print(f"\npicture written to {arguments.out}")
else:
    print(f"\n{picture!r}; --out FILE writes it")
