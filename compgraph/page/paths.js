// The paths from a node to the output: marked, multiplied and added up.

// The nodes from one node up to the output, with the number of paths from each.
function between(start) {
  const end = order.get(last.key);
  const reached = new Set([start]);
  for (let i = order.get(start) + 1; i <= end; i++) if (nodes[i].inputs.some((key) => reached.has(key))) reached.add(nodes[i].key);
  const count = new Map([[last.key, 1]]);
  for (let i = end - 1; i >= order.get(start); i--) {
    const {key} = nodes[i];
    if (reached.has(key)) count.set(key, users.get(key).reduce((sum, head) => sum + (count.get(head) || 0), 0));
  }
  for (const key of [...count.keys()]) if (!count.get(key) || !reached.has(key)) count.delete(key);
  return count;
}

// The derivative of one number with respect to an input of it, at whichever places it enters.
function slope(head, tail) {
  const {inputs, slopes} = about(head);
  if (!slopes) return null;
  let sum = null;
  inputs.forEach((key, i) => {
    if (key === tail && slopes[i] !== null && slopes[i] !== undefined) sum = (sum ?? 0) + Number(slopes[i]);
  });
  return sum;
}

function walks(start, count) {
  const found = [];
  const open = [{key: start, before: null}];
  while (open.length && found.length < MOST_PATHS) {
    const end = open.pop();
    if (end.key === last.key) {
      const way = [];
      for (let link = end; link; link = link.before) way.push(link.key);
      found.push(way.reverse());
    } else for (const head of users.get(end.key).slice().reverse()) if (count.has(head)) open.push({key: head, before: end});
  }
  return found;
}

function paths(node) {
  if (node.key === last.key) return [];
  const count = between(node.key);
  const total = count.get(node.key) || 0;
  if (!total) return [faint("p", `${last.name} does not depend on ${node.name}.`)];
  at.svg.classList.add("tracing");
  for (const key of count.keys()) {
    trace(boxOf(key)?.group, "path");
    for (const head of users.get(key)) if (count.has(head)) for (const group of groups(key, head)) trace(group, "path");
  }
  const found = walks(node.key, count);
  const d = (of, by) => `\\frac{\\mathrm{d}${of.forward.left}}{\\mathrm{d}${by.forward.left}}`;
  const items = [];
  const products = [];
  for (const way of found) {
    const links = way.slice(1).map((head, i) => [head, way[i]]).reverse();
    const slopes = links.map(([head, tail]) => slope(head, tail));
    const isNumbers = slopes.every((x) => x !== null);
    const product = slopes.reduce((so_far, x) => (so_far ? so_far * x : 0), 1);
    const names = way.map((key) => about(key).name);
    const route = names.length > 14 ? [...names.slice(0, 7), "…", ...names.slice(-6)] : names;
    const parts = [made("span", {class: "route"}, route.join(" → "))];
    if (isNumbers && output) {
      products.push(product);
      const said = slopes.map((x) => grouped(written(x)));
      const shown = said.length > 12 ? [...said.slice(0, 6), "⋯", ...said.slice(-6)] : said;
      const value = said.length > 1 ? `${shown.join(" · ")} = ${written(product)}` : written(product);
      const chain = links.length <= 6 ? mathml(links.map(([head, tail]) => d(about(head), about(tail))).join(" \\cdot ")) : null;
      parts.push(made("span", {class: "product"}, ...(chain ? [chain, " = "] : []), value));
    }
    items.push(made("li", {tabindex: "0", onmouseenter: () => alone(way), onfocus: () => alone(way), onmouseleave: () => alone(), onblur: () => alone()}, ...parts));
  }
  const many = total >= 1e15 ? "more than 10¹⁵" : total.toLocaleString("en");
  const parts = [
    made("h3", {}, total === 1 ? `One path from ${node.name} to ${last.name}` : `${many} paths from ${node.name} to ${last.name}`),
    made("ol", {class: "paths"}, ...items),
  ];
  if (total > found.length) parts.push(faint("p", `… ${found.length} of them are written out.`));
  if (output && products.length === found.length && total === found.length) {
    const sum = products.reduce((a, b) => a + b, 0);
    const terms = products.length > 1 ? `${products.map((x) => grouped(written(x))).join(" + ")} = ` : "";
    parts.push(made("p", {class: "total", "data-sum": String(sum)}, mathml(d(output, node), dBy(node)), ` = ${terms}${written(sum)}`));
  } else if (output && node.backward && total > found.length && node.grad_number !== undefined) {
    parts.push(made("p", {class: "total"}, mathml(d(output, node), dBy(node)), ` = ${node.grad}, the sum over all of them`));
  } else if (output && node.backward && products.length < found.length) {
    parts.push(faint("p", "Arrays lie on the way, so the factors are matrices: the backward steps write them out."));
  }
  return parts;
}

function trace(element, kind) {
  if (element) {
    element.classList.add(kind);
    marked.push(element);
  }
}

// One path of those that are marked, while one points at it.
function alone(way = null) {
  at.svg.classList.toggle("single", way !== null);
  for (const element of marked) element.classList.remove("alone");
  way?.forEach((key, i) => {
    boxOf(key)?.group.classList.add("alone");
    if (i) for (const group of groups(way[i - 1], key)) group.classList.add("alone");
  });
}
