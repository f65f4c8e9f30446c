// The graph as data, and its pictures: the boxes, arrows and scopes of each, by key.

const byId = (id) => document.getElementById(id);
const graph = JSON.parse(byId("graph").textContent);
const {nodes, constants} = graph;
const canvas = byId("canvas");
const MOST_PATHS = 24;
const MOST_FOUND = 12;
const MOST_ROWS = 500;
const READABLE = 0.72;
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches || nodes.length > 1500;

const order = new Map(nodes.map((node, i) => [node.key, i]));
const users = new Map(nodes.map((node) => [node.key, []]));
for (const node of nodes) for (const key of new Set(node.inputs)) users.get(key)?.push(node.key);
const about = (key) => nodes[order.get(key)] || {key, ...(at.folded[key] || constants[key])};
const output = graph.output && about(graph.output);
const last = output || nodes[nodes.length - 1];
const backward = nodes.filter((node) => node.backward).reverse();
const rank = new Map(backward.map((node, i) => [node.key, i]));
const steps = [null, ...nodes.map((node) => ({node, pass: "forward"})), ...backward.map((node) => ({node, pass: "backward"}))];

// The pictures of the graph: as it was drawn and, where that is folded, one that is not. Each is read when it is seen.
const views = graph.views.map((data, i) => ({...data, svg: canvas.children[i], isRead: false, step: 0}));
let at = views[0];

function read(view) {
  if (view.isRead) return;
  view.isRead = true;
  const {svg} = view;
  const [x, y, width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  view.whole = {x, y, width, height};
  view.home = new Map(Object.entries(view.home));
  view.thing = new Map([...view.home].filter(([, box]) => !view.folded[box]).map(([key, box]) => [box, key]));
  view.closing = new Set(Object.values(view.folded).map(({holds}) => holds[holds.length - 1]));
  view.boxes = new Map();
  for (const group of svg.querySelectorAll("g.box")) view.boxes.set(group.dataset.key, placed(group, false));
  view.pairs = new Map();
  for (const group of svg.querySelectorAll("g.arrow, g.label")) {
    const pair = `${group.dataset.tail} ${group.dataset.head}`;
    if (!view.pairs.has(pair)) view.pairs.set(pair, []);
    view.pairs.get(pair).push(group);
  }
  view.frames = view.frames.map((frame) => {
    const group = svg.querySelector(`g.scope[data-key="${frame.key}"]`);
    return {...frame, ...placed(group, true), isShut: false, inside: new Set(frame.boxes)};
  });
  prepare(view);
  view.tags = new Map(view.frames.flatMap((frame) => frame.parts.map((part) => [part, frame])));
}

function placed(group, isCorner) {
  const [x, y] = group.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
  const rect = group.querySelector("rect");
  const [width, height] = ["width", "height"].map((side) => Number(rect.getAttribute(side)));
  return {group, x: isCorner ? x + width / 2 : x, y: isCorner ? y + height / 2 : y, width, height};
}

const homeOf = (key) => at.home.get(key) ?? key;
const keyOf = (group) => at.thing.get(group.dataset.key) ?? group.dataset.key;
const groups = (tail, head) => at.pairs.get(`${homeOf(tail)} ${homeOf(head)}`) || [];

// The box that stands for a node: its own, one it is folded into, or the scope around it where that is shut.
function boxOf(key) {
  const own = homeOf(key);
  return at.frames.find((frame) => frame.isShut && frame.inside.has(own)) || at.boxes.get(own);
}
