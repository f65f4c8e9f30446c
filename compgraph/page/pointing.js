// The note at a node that one points at, and the keyboard: one stop for all the boxes.

const tip = byId("tip");

function showTip(group) {
  const node = about(keyOf(group));
  const rows = facts(node).flatMap(([what, text, kind]) => [made("dt", {}, what), made("dd", {class: kind}, text)]);
  tip.replaceChildren(made("b", {}, titleOf(node)), made("dl", {}, ...rows));
  tip.hidden = false;
  const [box, frame] = [group.getBoundingClientRect(), byId("picture").getBoundingClientRect()];
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  const left = Math.min(Math.max(box.left + box.width / 2 - width / 2, frame.left + 6), frame.right - width - 6);
  const below = box.bottom + 8;
  const top = below + height < frame.bottom ? below : Math.max(box.top - height - 8, frame.top + 6);
  tip.style.left = `${left - frame.left}px`;
  tip.style.top = `${top - frame.top}px`;
}
const hideTip = () => (tip.hidden = true);

on(canvas, "pointerover", (event) => {
  const group = event.pointerType === "touch" ? null : event.target.closest("g.box");
  if (group && !pointers.size) showTip(group);
  else hideTip();
});
on(canvas, "pointerleave", hideTip);
on(canvas, "focusin", (event) => {
  const group = event.target.closest("g.box");
  if (!group) return;
  if (group.matches(":focus-visible")) {
    look([keyOf(group)]);
    setTimeout(() => document.activeElement === group && showTip(group), calm ? 60 : 320);
  }
});
on(canvas, "focusout", hideTip);

let stop = null;
function rove(key) {
  const group = boxOf(key)?.group;
  if (!group || group === stop || group.matches(".scope")) return;
  stop?.setAttribute("tabindex", "-1");
  stop = group;
  stop.setAttribute("tabindex", "0");
}

function prepare({svg, boxes, frames}) {
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", `${graph.title}. The arrow keys up and down go from node to node.`);
  for (const {group} of boxes.values()) {
    const node = about(keyOf(group));
    const said = node.said ? [node.said] : [titleOf(node), `value ${node.value}`, node.grad === undefined ? "" : `${dBy(node)} ${node.grad}`];
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", "-1");
    group.setAttribute("aria-label", said.filter(Boolean).join(", "));
  }
  for (const frame of frames) {
    const {group} = frame;
    // the title of a frame stands on the arrows, the frame itself behind them
    frame.plate = svg.querySelector(`g.title[data-key="${frame.key}"]`);
    frame.parts = [group, frame.plate].filter(Boolean);
    frame.anchors = frame.parts.map((part) => {
      const anchor = document.createComment("");
      part.before(anchor);
      return anchor;
    });
    const ground = frame.plate?.querySelector("rect");
    ground?.setAttribute("width", Number(ground.getAttribute("width")) + 16);
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", "0");
    group.setAttribute("aria-label", `scope ${frame.name}`);
    const many = frame.boxes.filter((key) => about(key).op).length;
    const count = document.createElementNS(svg.namespaceURI, "text");
    const attributes = {class: "count", x: frame.width / 2, y: frame.height / 2 + 5, "text-anchor": "middle"};
    for (const [key, value] of Object.entries(attributes)) count.setAttribute(key, value);
    count.textContent = `${frame.name}: ${many} operation${many === 1 ? "" : "s"}`;
    group.append(count);
    label(frame);
  }
}

on(canvas, "keydown", (event) => {
  const group = event.target.closest("g.box");
  if (!group) return;
  const ways = {ArrowDown: 1, ArrowUp: -1};
  if (event.key in ways) {
    const way = ways[event.key];
    const held = at.folded[group.dataset.key]?.holds;
    let place = order.get(held ? held[way > 0 ? held.length - 1 : 0] : keyOf(group)) ?? 0;
    do place += way;
    while (nodes[place] && boxOf(nodes[place].key)?.group === group);
    if (!nodes[place]) return;
    rove(nodes[place].key);
    look([nodes[place].key], true);
    stop.focus();
  } else if (event.key === "Enter" || event.key === " ") {
    choose(keyOf(group));
  } else return;
  event.preventDefault();
  event.stopPropagation();
});

on(document, "keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input[type=search]")) return;
  const actions = {
    ArrowRight: () => go(step + 1),
    ArrowLeft: () => go(step - 1),
    Home: () => go(0),
    End: () => go(steps.length - 1),
    "+": () => zoom(1.25),
    "=": () => zoom(1.25),
    "-": () => zoom(0.8),
    0: fit,
    f: fit,
    "/": () => byId("search").focus(),
    Escape: () => (forget(), hideTip()),
    p: play,
  };
  if (event.target.matches("input") && event.key !== "Escape" && event.key !== "/") return;
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  if (event.key !== "p") pause();
  action();
});
