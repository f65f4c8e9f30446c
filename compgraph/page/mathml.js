// Formulas: the LaTeX that compgraph writes, as MathML. Only what compgraph writes is known here: fractions, roots, indices
// and exponents, pairs of parentheses, upright names, and signs.
const mathml = (() => {
  const NS = "http://www.w3.org/1998/Math/MathML";
  const LETTERS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho . sigma tau upsilon phi chi psi omega".split(" ");
  const SIGNS = {
    cdot: "·", times: "×", div: "÷", ast: "∗", odot: "⊙", sum: "∑", prod: "∏", cdots: "⋯", ldots: "…", vdots: "⋮", leftarrow: "←",
    leq: "≤", geq: "≥", neg: "¬", prime: "′", backslash: "\\", wedge: "^", sim: "~",
  };
  const NAMES = {infty: "∞"};
  LETTERS.forEach((name, i) => {
    NAMES[name] = String.fromCodePoint(0x3b1 + i);
    NAMES[name[0].toUpperCase() + name.slice(1)] = String.fromCodePoint(0x391 + i);
  });
  const SPACES = {",": "0.17em", " ": "0.3em", quad: "1em", qquad: "2em"};
  const GREEK_CAPITALS = /^[Α-Ω]$/;

  const element = (name, children = [], attributes = {}) => {
    const made = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const row = (parts) => (parts.length === 1 ? parts[0] : element("mrow", parts));
  const letter = (text) => element("mi", [text], GREEK_CAPITALS.test(text) ? {mathvariant: "normal"} : {});

  function upright(text) {
    if (/^[\d.,]+$/.test(text)) return element("mn", [text]);
    if (/\s/.test(text)) return element("mtext", [text.replace(/ /g, "\u00a0")]);
    return element("mi", [text], [...text].length === 1 ? {mathvariant: "normal"} : {});
  }

  class Reader {
    constructor(latex) {
      this.tokens = latex.match(/\\[A-Za-z]+|\\[^]|\d[\d.]*|[^]/gu) || [];
      this.at = 0;
    }
    next() {
      return this.tokens[this.at++];
    }
    blanks() {
      while (/^\s$/.test(this.tokens[this.at] || "")) this.at++;
    }
    // The parts up to what ends them: a closing brace, or \right.
    parts(end) {
      const found = [];
      for (;;) {
        const token = this.next();
        if (token === undefined || token === end) return found;
        if (/^\s$/.test(token)) continue;
        if (token === "_" || token === "^") found.push(this.script(found.pop() || element("mrow"), token));
        else found.push(this.part(token));
      }
    }
    script(base, token) {
      const script = this.argument();
      if (token === "_") return element(base.textContent === "∑" ? "munder" : "msub", [base, script]);
      if (base.localName === "msub") return element("msubsup", [...base.childNodes, script]);
      return element("msup", [base, script]);
    }
    argument() {
      this.blanks();
      const token = this.next();
      return token === "{" ? row(this.parts("}")) : token === undefined ? element("mrow") : this.part(token);
    }
    part(token) {
      if (token === "{") return row(this.parts("}"));
      if (/^\d/.test(token)) return element("mn", [token]);
      if (token[0] !== "\\") {
        if (token === "-") return element("mo", ["−"]);
        if (token === "'") return element("mo", ["′"]);
        return /\p{L}/u.test(token) ? letter(token) : element("mo", [token]);
      }
      const name = token.slice(1);
      switch (name) {
        case "frac": {
          const over = this.argument();
          return element("mfrac", [over, this.argument()]);
        }
        case "sqrt":
          return element("msqrt", [this.argument()]);
        case "mathrm":
        case "mathsf":
          this.blanks();
          this.next();
          return upright(this.text());
        case "mathbf":
          return element("mrow", [this.argument()], {style: "font-weight: bold"});
        case "left": {
          const open = element("mo", [this.next()]);
          const inside = this.parts("\\right");
          return element("mrow", [open, ...inside, element("mo", [this.next() || ""])]);
        }
      }
      if (name in SPACES) return element("mspace", [], {width: SPACES[name]});
      if (name in NAMES) return letter(NAMES[name]);
      if (name in SIGNS) return element("mo", [SIGNS[name]]);
      return name.length > 1 ? upright(name) : element("mo", [name]);
    }
    // A name as it was typed: what LaTeX needs to be escaped, taken back.
    text() {
      let said = "";
      for (let depth = 1; ; ) {
        const token = this.next();
        if (token === undefined) return said;
        if (token === "{") depth++;
        else if (token === "}") {
          if (!--depth) return said;
        } else if (token === "^" || token === "_") continue;
        else if (token === "\\mathsf") {
          this.next();
          this.text();
          said += "ᵀ";
        } else if (token[0] !== "\\") said += token;
        else {
          const name = token.slice(1);
          if (name in SIGNS || name in NAMES) {
            said += SIGNS[name] || NAMES[name];
            if (this.tokens[this.at] === " ") this.at++;
          } else said += name;
        }
      }
    }
  }

  return (latex, said) => {
    const math = element("math", [row(new Reader(latex).parts())]);
    if (said) math.setAttribute("aria-label", said);
    return math;
  };
})();
