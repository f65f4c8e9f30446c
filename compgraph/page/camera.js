// What is in sight: zoom, pan and fit, and which part of a large picture is in the document.

const camera = {x: 0, y: 0, scale: 1};
let size = {width: 1, height: 1};
let isFitted = true;
let drawing = 0;
const CELL = 700;
const MANY = 250;

// Of a large picture only what is in sight, and a little around it, is in the document: a browser goes through all
// that is there at every move. Boxes, arrows and labels lie in a layer each.
function chart(view) {
  view.cells = new Map();
  view.long = [];
  const layers = new Map();
  for (const group of view.svg.querySelectorAll("g.arrow, g.label, g.box")) {
    const kind = group.classList[0];
    if (!layers.has(kind)) {
      layers.set(kind, document.createElementNS(view.svg.namespaceURI, "g"));
      group.before(layers.get(kind));
    }
  }
  const enter = (group, left, top, right, bottom) => {
    const {tail, head} = group.dataset;
    const item = {group, left, top, right, bottom, layer: layers.get(group.classList[0]), ends: [tail, head].map((key) => view.boxes.get(key))};
    const [i, j, k, l] = [left, right, top, bottom].map((x) => Math.floor(x / CELL));
    if ((j - i + 1) * (l - k + 1) > 12) view.long.push(item);
    else
      for (let x = i; x <= j; x++)
        for (let y = k; y <= l; y++) {
          const place = x * 100003 + y;
          if (!view.cells.has(place)) view.cells.set(place, []);
          view.cells.get(place).push(item);
        }
    group.remove();
  };
  for (const {group, x, y, width, height} of view.boxes.values()) enter(group, x - width / 2, y - height / 2, x + width / 2, y + height / 2);
  for (const group of [...view.pairs.values()].flat()) {
    const [dx, dy] = group.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
    const path = group.classList.contains("arrow") && group.querySelector("path");
    const points = path ? path.getAttribute("d").match(/-?[\d.]+/g).map(Number) : [-80, -12, 80, 12];
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < points.length; i += 2) {
      left = Math.min(left, points[i]);
      right = Math.max(right, points[i]);
      top = Math.min(top, points[i + 1]);
      bottom = Math.max(bottom, points[i + 1]);
    }
    enter(group, left + dx, top + dy, right + dx, bottom + dy);
  }
  view.seen = new Set();
  view.sight = null;
}

function cull() {
  if (at.boxes.size < MANY) return;
  if (!at.cells) chart(at);
  const [width, height] = [size.width / camera.scale, size.height / camera.scale];
  const {sight} = at;
  if (sight && camera.x >= sight.left && camera.y >= sight.top && camera.x + width <= sight.right && camera.y + height <= sight.bottom && width > sight.width / 3) return;
  const [left, right] = [camera.x - width * 0.4, camera.x + width * 1.4];
  const [top, bottom] = [camera.y - height * 0.4, camera.y + height * 1.4];
  at.sight = {left, right, top, bottom, width};
  const now = new Set();
  const look = (item) => item.right >= left && item.left <= right && item.bottom >= top && item.top <= bottom && now.add(item);
  // of arrows that cross half the picture those of which an end is in sight
  const isHere = (box) => box.x >= left && box.x <= right && box.y >= top && box.y <= bottom;
  for (const item of at.long) if (item.ends.some(isHere)) look(item);
  const [i, j, k, l] = [left, right, top, bottom].map((x) => Math.floor(x / CELL));
  if ((j - i + 1) * (l - k + 1) > at.cells.size) for (const some of at.cells.values()) some.forEach(look);
  else for (let x = i; x <= j; x++) for (let y = k; y <= l; y++) at.cells.get(x * 100003 + y)?.forEach(look);
  const focus = document.activeElement;
  for (const item of at.seen) if (!now.has(item) && item.group !== focus) item.group.remove();
  for (const item of now) if (!item.group.isConnected) item.layer.append(item.group);
  at.seen = now;
}

function draw() {
  drawing = 0;
  cull();
  at.svg.setAttribute("viewBox", `${camera.x} ${camera.y} ${size.width / camera.scale} ${size.height / camera.scale}`);
  if (at.boxes.size < MANY) return;
  at.svg.classList.toggle("far", camera.scale < 0.28);
  at.svg.classList.toggle("farther", camera.scale < 0.1);
}
const redraw = () => (drawing ||= requestAnimationFrame(draw));

function fitted() {
  const scale = Math.min(size.width / at.whole.width, size.height / at.whole.height, 1.6);
  return {scale, x: at.whole.x + at.whole.width / 2 - size.width / scale / 2, y: at.whole.y + at.whole.height / 2 - size.height / scale / 2};
}

// What is seen first: the whole, or of a long graph its beginning, large enough to be read.
function opening() {
  const all = fitted();
  const {whole} = at;
  if (all.scale >= 0.5) return all;
  const isWide = whole.width / whole.height > size.width / size.height;
  const scale = Math.min(isWide ? size.height / whole.height : size.width / whole.width, 0.8);
  if (scale < 0.35) return all;
  const middle = (start, length, room) => start + (length - room / scale) / 2;
  return isWide
    ? {scale, x: whole.x, y: middle(whole.y, whole.height, size.height)}
    : {scale, x: middle(whole.x, whole.width, size.width), y: whole.y};
}

let framing = opening;
function fit() {
  isFitted = true;
  framing = fitted;
  move(fitted());
}

function measure() {
  const frame = byId("picture").getBoundingClientRect();
  size = {width: frame.width || 1, height: frame.height || 1};
}

let flight = 0;
function move(to) {
  cancelAnimationFrame(flight);
  if (calm || document.hidden) {
    Object.assign(camera, to);
    return redraw();
  }
  const from = {...camera};
  const began = performance.now();
  const tick = (now) => {
    const part = Math.min(1, Math.max(0, (now - began) / 260));
    const eased = 1 - (1 - part) ** 3;
    for (const key of ["x", "y", "scale"]) camera[key] = from[key] + (to[key] - from[key]) * eased;
    redraw();
    if (part < 1) flight = requestAnimationFrame(tick);
  };
  flight = requestAnimationFrame(tick);
}

function zoom(factor, px = size.width / 2, py = size.height / 2) {
  cancelAnimationFrame(flight);
  isFitted = false;
  const scale = Math.min(6, Math.max(Math.min(fitted().scale, 1) * 0.6, camera.scale * factor));
  camera.x += px / camera.scale - px / scale;
  camera.y += py / camera.scale - py / scale;
  camera.scale = scale;
  redraw();
}

// Bring boxes into view: the first of them in any case, the others where there is room; large enough to be read.
function look(keys, isAtOnce = false) {
  const first = boxOf(keys[0]);
  if (!first) return;
  const all = keys.map(boxOf).filter(Boolean);
  const scale = Math.max(camera.scale, Math.min(READABLE, size.width / (first.width + 24)));
  const room = {width: size.width / scale, height: size.height / scale};
  const spread = (some) => ({
    left: Math.min(...some.map((b) => b.x - b.width / 2)) - 18,
    right: Math.max(...some.map((b) => b.x + b.width / 2)) + 18,
    top: Math.min(...some.map((b) => b.y - b.height / 2)) - 18,
    bottom: Math.max(...some.map((b) => b.y + b.height / 2)) + 18,
  });
  let area = spread(all);
  if (area.right - area.left > room.width || area.bottom - area.top > room.height) area = spread([first]);
  const isSeen = area.left + 12 >= camera.x && area.right - 12 <= camera.x + room.width && area.top + 12 >= camera.y && area.bottom - 12 <= camera.y + room.height;
  if (isSeen && scale === camera.scale) return;
  isFitted = false;
  // in the middle, but with no more emptiness at a side than there has to be
  const within = (middle, start, length, there) => (there >= length ? start + (length - there) / 2 : Math.min(Math.max(middle - there / 2, start), start + length - there));
  const x = within((area.left + area.right) / 2, at.whole.x, at.whole.width, room.width);
  const y = within((area.top + area.bottom) / 2, at.whole.y, at.whole.height, room.height);
  if (!isAtOnce) return move({scale, x, y});
  cancelAnimationFrame(flight);
  Object.assign(camera, {scale, x, y});
  draw();
}

new ResizeObserver(() => {
  const before = size;
  measure();
  if (isFitted) Object.assign(camera, framing());
  else {
    camera.x += (before.width - size.width) / 2 / camera.scale;
    camera.y += (before.height - size.height) / 2 / camera.scale;
  }
  draw();
}).observe(byId("picture"));

const pointers = new Map();
let moved = 0;
on(canvas, "wheel", (event) => {
  event.preventDefault();
  const frame = canvas.getBoundingClientRect();
  const amount = event.deltaY * (event.deltaMode === 1 ? 20 : 1);
  zoom(Math.exp(-amount * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX - frame.left, event.clientY - frame.top);
}, {passive: false});
on(canvas, "pointerdown", (event) => {
  if (event.button) return;
  pointers.set(event.pointerId, [event.clientX, event.clientY]);
  moved = 0;
});
on(canvas, "pointermove", (event) => {
  const was = pointers.get(event.pointerId);
  if (!was) return;
  const now = [event.clientX, event.clientY];
  const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
  const frame = canvas.getBoundingClientRect();
  if (other) {
    const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
    zoom(apart(now) / apart(was), (now[0] + other[0]) / 2 - frame.left, (now[1] + other[1]) / 2 - frame.top);
    moved = 99;
  } else {
    moved += Math.abs(now[0] - was[0]) + Math.abs(now[1] - was[1]);
    if (moved > 4) {
      canvas.setPointerCapture(event.pointerId);
      cancelAnimationFrame(flight);
      isFitted = false;
      camera.x -= (now[0] - was[0]) / camera.scale;
      camera.y -= (now[1] - was[1]) / camera.scale;
      redraw();
      hideTip();
    }
  }
  pointers.set(event.pointerId, now);
});
for (const kind of ["pointerup", "pointercancel", "pointerleave"]) on(canvas, kind, (event) => pointers.delete(event.pointerId));
on(canvas, "click", (event) => {
  if (moved > 4) return;
  const box = event.target.closest("g.box");
  const frame = at.tags.get(event.target.closest("g.scope, g.title"));
  if (box) choose(keyOf(box));
  else if (frame && (frame.isShut || event.target.closest("g.title"))) fold([frame], !frame.isShut);
  else forget();
});
