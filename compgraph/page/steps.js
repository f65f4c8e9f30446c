// The steps: forward through the tape, then backward.

let step = 0;
let inUse = [];

function mark(element, ...kinds) {
  if (element) {
    element.classList.add(...kinds);
    inUse.push([element, kinds]);
  }
}

// Which values and derivatives stand there at a step. Going on by one step touches one box.
function reveal(now) {
  const before = at.step;
  at.step = now;
  const [count, full] = [nodes.length, steps.length - 1];
  const [from, to] = [before || full, now || full];
  const [low, high] = from < to ? [from, to] : [to, from];
  const isThere = to > from;
  for (let i = low; i < high; i++) {
    const {key} = i < count ? nodes[i] : backward[i - count];
    if (i < count) {
      if (!at.home.has(key) || at.closing.has(key)) at.boxes.get(homeOf(key))?.group.classList.toggle("later", !isThere);
    } else if (!at.home.has(key)) {
      at.boxes.get(key)?.group.classList.toggle("underived", !isThere);
      for (const head of users.get(key)) for (const group of groups(key, head)) group.classList.toggle("underived", !isThere);
    }
  }
}

function go(to, {follow = true, say = true} = {}) {
  to = Math.min(Math.max(to, 0), steps.length - 1);
  reveal(to);
  step = to;
  for (const [element, kinds] of inUse) element.classList.remove(...kinds);
  inUse = [];
  at.svg.classList.toggle("stepping", step > 0);
  const current = steps[step];
  if (current) {
    const {node, pass} = current;
    const around = [node.key];
    mark(boxOf(node.key)?.group, "now", pass);
    if (pass === "forward") {
      for (const key of new Set(node.inputs)) {
        for (const group of groups(key, node.key)) mark(group, "used", pass);
        mark(boxOf(key)?.group, "operand", pass);
        around.push(key);
      }
    } else {
      for (const key of users.get(node.key)) {
        if (!rank.has(key)) continue;
        for (const group of groups(node.key, key)) mark(group, "used", pass);
        mark(boxOf(key)?.group, "operand", pass);
        around.push(key);
      }
    }
    at.svg.classList.toggle("busy", inUse.length > 60);
    if (follow) look(around);
    rove(node.key);
  }
  byId("slider").value = step;
  byId("slider").setAttribute("aria-valuetext", heading(step));
  byId("back").disabled = byId("first").disabled = step === 0;
  byId("on").disabled = byId("last").disabled = step === steps.length - 1;
  byId("counter").textContent = heading(step);
  tellStep();
  if (say) byId("said").textContent = `${heading(step)}. ${current ? current.node[current.pass].text : ""}`;
  keep();
}

function heading(i) {
  const pass = steps[i]?.pass;
  if (!pass) return `Overview: ${steps.length - 1} steps`;
  return pass === "forward" ? `Forward ${i} of ${nodes.length}` : `Backward ${i - nodes.length} of ${backward.length}`;
}

function tellStep() {
  const place = byId("step");
  const current = steps[step];
  place.replaceChildren(...(current ? stepParts(current) : overview()));
  place.dataset.pass = current ? current.pass : "";
  place.parentElement.scrollTop = 0;
}

function stepParts({node, pass}) {
  const side = node[pass];
  const parts = [
    made("p", {class: `badge ${pass}`}, pass === "forward" ? "forward: values" : "backward: derivatives"),
    made("h2", {}, pass === "forward" ? node.name : dBy(node), made("small", {}, node.op || "variable")),
    formula(side, node),
  ];
  if (side.shapes) parts.push(list(side.shapes, "shapes"));
  if (side.why) parts.push(list(side.why, "why"));
  if (pass === "forward") {
    parts.push(array(node.name, node, "value", true));
    for (const key of new Set(node.inputs)) parts.push(array(about(key).name || "constant", about(key), "value"));
  } else {
    parts.push(array(dBy(node), node, "grad", true), array(node.name, node, "value"));
    for (const key of users.get(node.key)) {
      const user = about(key);
      if (user.backward) parts.push(array(dBy(user), user, "grad"));
      for (const other of new Set(user.inputs)) if (other !== node.key) parts.push(array(about(other).name || "constant", about(other), "value"));
    }
  }
  if (node.source) parts.push(made("p", {class: "source"}, node.source));
  const seen = new Set();
  return parts.filter((part) => part && !(part.tagName === "DETAILS" && seen.has(part.textContent)) && (part.tagName !== "DETAILS" || seen.add(part.textContent)));
}

function overview() {
  const leaves = nodes.filter((node) => !node.op);
  const parts = [made("h2", {}, last.name, made("small", {}, `${last.value} ${last.shape === "()" ? "" : last.shape}`))];
  for (const note of graph.notes) parts.push(made("p", {class: "note"}, note));
  const hint = backward.length ? "forward through the values, then backward through the derivatives" : "forward through the values";
  parts.push(made("p", {}, made("span", {class: "wide"}, "Press ", made("kbd", {}, "→"), " to go "), made("span", {class: "narrow"}, "Go on with ▶ "), `${hint}. Choose a node to see its paths to ${last.name}.`));
  const rows = leaves.slice(0, 60).map((node) => made("tr", {}, made("th", {scope: "row"}, link(node)), made("td", {class: "value"}, node.value), made("td", {class: "grad"}, node.grad ?? "")));
  const head = made("tr", {}, ...["variable", "value", output ? `d${output.name}/d·` : ""].map((text) => made("th", {scope: "col"}, text)));
  parts.push(scrolled("the variables", made("table", {class: "leaves"}, made("thead", {}, head), made("tbody", {}, ...rows))));
  if (leaves.length > 60) parts.push(faint("p", `… and ${leaves.length - 60} more`));
  return parts;
}
