// Buttons, slider, search, theme, and the tape as a table.

let timer = 0;
function pause() {
  clearInterval(timer);
  timer = 0;
  byId("play").textContent = "Play";
  byId("play").setAttribute("aria-pressed", "false");
}
function play() {
  if (timer) return pause();
  if (step === steps.length - 1) go(0);
  byId("play").textContent = "Pause";
  byId("play").setAttribute("aria-pressed", "true");
  go(step + 1);
  timer = setInterval(() => (step < steps.length - 1 ? go(step + 1) : pause()), 1600);
}

const slider = byId("slider");
slider.max = steps.length - 1;
slider.style.setProperty("--forward", `${(100 * nodes.length) / (steps.length - 1)}%`);
on(slider, "input", () => {
  pause();
  go(Number(slider.value));
});
const actions = {
  first: () => go(0), back: () => go(step - 1), on: () => go(step + 1), last: () => go(steps.length - 1),
  in: () => zoom(1.25), out: () => zoom(0.8), fit,
};
for (const [id, action] of Object.entries(actions)) {
  on(byId(id), "click", () => {
    pause();
    action();
  });
}
on(byId("play"), "click", play);

const search = byId("search");
const results = byId("results");
let found = [];
let picked = -1;

function find() {
  const asked = search.value.trim().toLowerCase();
  const name = (node) => node.name.toLowerCase();
  const hits = asked ? nodes.filter((node) => name(node).includes(asked) || node.op.toLowerCase().includes(asked)) : [];
  const worth = (node) => (name(node) === asked ? 0 : name(node).startsWith(asked) ? 1 : name(node).includes(asked) ? 2 : 3);
  found = hits.sort((a, b) => worth(a) - worth(b) || order.get(a.key) - order.get(b.key)).slice(0, MOST_FOUND);
  picked = found.length ? 0 : -1;
  results.replaceChildren(...found.map((node, i) => made("li", {role: "option", id: `result-${i}`, onpointerdown: (event) => (event.preventDefault(), pick(i))}, made("b", {}, node.name), faint("span", ` ${node.op || "variable"}  ${node.value}`))));
  if (asked && !found.length) results.append(faint("li", "no node of this name"));
  if (hits.length > found.length) results.append(faint("li", `… and ${hits.length - found.length} more`));
  results.hidden = !asked;
  search.setAttribute("aria-expanded", String(!results.hidden));
  point();
}
function point() {
  [...results.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === picked)));
  if (picked < 0) search.removeAttribute("aria-activedescendant");
  else search.setAttribute("aria-activedescendant", `result-${picked}`);
}
function pick(i) {
  if (!found[i]) return;
  results.hidden = true;
  search.setAttribute("aria-expanded", "false");
  choose(found[i].key, true);
}
on(search, "input", find);
on(search, "focus", () => search.value && find());
on(search, "blur", () => (results.hidden = true));
on(search, "keydown", (event) => {
  const ways = {ArrowDown: 1, ArrowUp: -1};
  if (event.key in ways && found.length) {
    picked = (picked + ways[event.key] + found.length) % found.length;
    point();
    event.preventDefault();
  } else if (event.key === "Enter") pick(picked);
  else if (event.key === "Escape") {
    search.value = "";
    find();
    search.blur();
  }
});

const root = document.documentElement;
on(byId("theme"), "click", () => {
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
});

on(byId("tape"), "toggle", function fill() {
  if (this.childElementCount > 1) return;
  const titles = ["#", "name", "op", "inputs", "shape", "value", output ? `d${output.name}/d·` : ""];
  const rows = nodes.slice(0, MOST_ROWS).map((node, i) => made("tr", {}, made("td", {}, String(i + 1)), made("th", {scope: "row"}, link(node)), made("td", {}, node.op || "variable"), made("td", {}, node.inputs.map((key) => about(key).name || about(key).value).join(", ")), made("td", {}, node.shape), made("td", {class: "value"}, node.value), made("td", {class: "grad"}, node.grad ?? "")));
  const head = made("tr", {}, ...titles.map((text) => made("th", {scope: "col"}, text)));
  this.append(scrolled("the tape", made("table", {class: "tape"}, made("thead", {}, head), made("tbody", {}, ...rows))));
  if (nodes.length > MOST_ROWS) this.append(faint("p", `… and ${(nodes.length - MOST_ROWS).toLocaleString("en")} more`));
});
