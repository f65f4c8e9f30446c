// Scopes: each folds where it stands; and the unfolded picture of a graph that is folded.

function label({plate, name, isShut, group}) {
  const title = plate?.querySelector("text");
  if (title) title.textContent = `${isShut ? "▸" : "▾"} ${name}`;
  group.setAttribute("aria-expanded", String(!isShut));
}

function fold(some, isShut) {
  const {frames, boxes, svg} = at;
  for (const frame of some) {
    frame.isShut = isShut;
    frame.group.classList.toggle("shut", isShut);
    frame.parts.forEach((part, i) => (isShut ? svg.querySelector("g.graph").append(part) : frame.anchors[i].after(part)));
    label(frame);
  }
  const outer = (key) => frames.find((frame) => frame.isShut && frame.inside.has(key));
  for (const [key, {group}] of boxes) group.classList.toggle("inside", Boolean(outer(key)));
  for (const group of [...at.pairs.values()].flat()) {
    const [from, to] = [outer(group.dataset.tail), outer(group.dataset.head)];
    group.classList.toggle("inside", Boolean(from && from === to));
  }
  frames.forEach((frame, i) => {
    const isWithin = frames.slice(0, i).some((other) => other.isShut && frame.boxes.length && frame.boxes.every((key) => other.inside.has(key)));
    for (const part of frame.parts) part.classList.toggle("inside", isWithin);
  });
  refresh();
}

// Another picture of the same graph, at the same step.
function see(view) {
  const kept = chosen && order.has(chosen) ? chosen : null;
  forget();
  for (const [element, kinds] of inUse) element.classList.remove(...kinds);
  inUse = [];
  for (const other of views) other.svg.toggleAttribute("hidden", other !== view);
  at = view;
  read(view);
  stop = null;
  rove(nodes[0].key);
  framing = opening;
  Object.assign(camera, framing());
  isFitted = true;
  draw();
  refresh();
  if (kept) choose(kept, true);
}

function refresh() {
  hideTip();
  const isFolded = views.length > 1 ? at === views[0] : at.frames.length > 0 && at.frames.every((frame) => frame.isShut);
  byId("fold").hidden = views.length < 2 && !at.frames.length;
  byId("fold").textContent = isFolded ? "Unfold" : "Fold";
  go(step, {follow: views.length > 1 && step > 0, say: false});
}

on(byId("fold"), "click", () => {
  if (views.length > 1) see(at === views[0] ? views[1] : views[0]);
  else fold(at.frames, !at.frames.every((frame) => frame.isShut));
});
on(canvas, "keydown", (event) => {
  const frame = at.tags.get(event.target);
  if (frame && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    event.stopPropagation();
    fold([frame], !frame.isShut);
  }
});
