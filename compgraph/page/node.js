// What is told of a node, and of the one that is chosen.

let chosen = null;
let outlined = null;
let marked = [];

function choose(key, follow = false) {
  unmark();
  chosen = key;
  const node = about(key);
  const place = byId("node");
  place.hidden = false;
  const rows = facts(node).flatMap(([what, text, kind]) => [made("dt", {}, what), made("dd", {class: kind}, text)]);
  const parts = [
    button("×", forget, {class: "close", "aria-label": "close"}),
    made("h2", {}, node.name || "constant", made("small", {}, node.holds ? "folded" : node.op === undefined ? "constant" : node.op || "variable")),
    node.holds ? made("p", {class: "said"}, node.said) : made("dl", {}, ...rows),
    node.holds && views.length > 1 && made("p", {class: "buttons"}, button("unfold", () => (see(views[1]), choose(node.holds[0], true)))),
    node.holds && made("p", {class: "held"}, ...node.holds.slice(0, 200).map((held) => link(about(held)))),
    array(node.name || "value", node, "value"),
  ];
  if (node.backward) parts.push(array(dBy(node), node, "grad"));
  if (order.has(key)) {
    const buttons = [button("forward step", () => go(order.get(key) + 1))];
    if (rank.has(key)) buttons.push(button("backward step", () => go(nodes.length + rank.get(key) + 1)));
    parts.push(made("p", {class: "buttons"}, ...buttons));
    parts.push(...paths(node));
  }
  place.replaceChildren(...parts.filter(Boolean));
  outlined = boxOf(key)?.group;
  outlined?.classList.add("chosen");
  rove(key);
  if (follow) look([key]);
  place.scrollIntoView?.({block: "nearest"});
  keep();
}

function forget() {
  unmark();
  chosen = null;
  byId("node").hidden = true;
  keep();
}

function unmark() {
  outlined?.classList.remove("chosen");
  for (const element of marked) element.classList.remove("path", "alone");
  marked = [];
  at.svg.classList.remove("tracing", "single");
}

function facts(node) {
  if (node.said) return [["holds", node.said.split("\n").slice(1).join(" "), ""]];
  const said = [];
  const exact = (what) => (node[`${what}_number`] === undefined ? node[what] : String(node[`${what}_number`]).replace(/-/g, "−"));
  if (node.forward && node.op) said.push(["is", node.forward.text.split(" = ").slice(0, 2).join(" = "), "mono"]);
  said.push(["value", exact("value"), "value"]);
  if (node.grad !== undefined) said.push([dBy(node), exact("grad"), "grad"]);
  if (node.shape !== "()") said.push(["shape", node.shape, "mono"]);
  if (node.dtype) said.push(["dtype", node.dtype, "mono"]);
  if (node.scope) said.push(["scope", node.scope.join(" / "), ""]);
  if (node.source) said.push(["line", node.source, "mono"]);
  return said;
}
