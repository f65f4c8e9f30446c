// Small makers of elements: numbers, formulas, arrays, links.

const on = (element, kind, listener, how) => element.addEventListener(kind, listener, how);

function made(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) on(element, key.slice(2), value);
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

const faint = (name, text) => made(name, {class: "faint"}, text);
const button = (text, onclick, more = {}) => made("button", {type: "button", onclick, ...more}, text);
const scrolled = (label, table) => made("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": label}, table);

// A number as the picture writes it: six digits.
function written(x) {
  if (!Number.isFinite(x)) return String(x).replace("Infinity", "inf").replace("NaN", "nan").replace("-", "−");
  const size = Math.abs(x);
  const far = size && (size < 1e-4 || size >= 999999.5);
  const text = far ? x.toExponential(5).replace(/\.?0+e/, "e").replace("e+", "e") : String(Number(x.toPrecision(6)));
  return (text === "-0" ? "0" : text).replace(/-/g, "−");
}
const grouped = (text) => (text.startsWith("−") ? `(${text})` : text);
const titleOf = (node) => (node.name || "constant") + (node.op ? ` · ${node.op}` : "");
const dBy = (node) => (output ? `d${output.name}/d${node.name}` : "grad");

function formula(side, of) {
  const {text, left, rows} = side;
  const box = made("div", {class: "formula", role: "math", "aria-label": text, tabindex: "0"});
  box.append(made("span", {class: "left"}, mathml(left)));
  for (const [sign, latex] of rows) box.append(made("span", {class: "sign"}, sign), made("span", {}, mathml(latex)));
  if (!rows.length) box.append(made("span", {class: "sign"}, ""), faint("span", of.value));
  return box;
}

function list(sentences, kind) {
  return made("ul", {class: kind}, ...sentences.map((sentence) => made("li", {}, sentence)));
}

// A table of entries, each on a ground as strong as the entry is large.
function table(shown, kind) {
  const numbers = shown.rows.flat().map((text) => Math.abs(parseFloat(text.replace("−", "-")))).filter(Number.isFinite);
  const largest = Math.max(...numbers, 0);
  const body = made("tbody");
  for (const row of shown.rows) {
    const line = made("tr");
    for (const text of row) {
      const x = parseFloat(text.replace("−", "-"));
      const share = largest && Number.isFinite(x) ? Math.abs(x) / largest : 0;
      const cell = made("td", {class: x < 0 ? "minus" : "plus"}, text);
      cell.style.setProperty("--share", `${(share * 42).toFixed(0)}%`);
      line.append(cell);
    }
    body.append(line);
  }
  const scroll = scrolled("entries", made("table", {class: `entries ${kind}`}, body));
  return shown.cut ? [scroll, made("p", {class: "faint small"}, `shown: ${shown.cut}`)] : [scroll];
}

function array(title, thing, what, open = false) {
  const shown = thing[`${what}_entries`];
  if (!shown) return null;
  const details = made("details", {class: "array"}, made("summary", {}, made("b", {class: what}, title), faint("span", ` ${thing.shape}  ${thing[what]}`)));
  const fill = () => details.childElementCount < 2 && details.append(...table(shown, what));
  on(details, "toggle", fill);
  if (open) {
    details.open = true;
    fill();
  }
  return details;
}

function link(node) {
  return button(node.name || "constant", () => choose(node.key, true), {class: "link"});
}
