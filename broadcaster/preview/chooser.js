// A text field that offers what matches as one types. Rows are {id, name, note}, either all there are, filtered here, or
// asked for with each change (data-remote).

import { ask } from "./asking.js";
import { say } from "./saying.js";

export class Chooser {
  constructor(root, chosen) {
    this.chosen = chosen;
    this.url = root.dataset.url;
    this.remote = Boolean(root.dataset.remote);
    this.input = root.querySelector("input");
    this.list = root.querySelector("ul");
    this.rows = [];
    this.at = -1;
    this.asked = 0;
    this.shown = this.ident = "";
    this.input.addEventListener("focus", () => { this.input.select(); this.find(""); });
    this.input.addEventListener("input", () => this.find(this.input.value));
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    // mousedown, for a click would come after the blur that closes the list
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const row = event.target.closest("[role=option]");
      if (row) { this.choose(Number(row.dataset.index)); }
    });
  }

  show(text, ident) {
    this.ident = ident;
    this.shown = text;
    if (document.activeElement !== this.input) { this.input.value = text; }
  }

  // What was asked for and cannot be had stays, by its name where there is one.
  async keep(ident) {
    if (ident === this.ident) { return; }
    this.show(ident, ident);
    let rows = [];
    try { rows = await this.matching(ident.toLowerCase()); } catch { /* it is told where it was asked for */ }
    const row = rows.find((found) => found.id === ident);
    if (row && ident === this.ident) { this.show(this.label(row), ident); }
  }

  async matching(text) {
    if (this.remote) { return (await ask(`${this.url}?q=${encodeURIComponent(text)}`)).told; }
    this.all = this.all || (await ask(this.url)).told;
    return this.all.filter((row) => `${row.id} ${row.name}`.toLowerCase().includes(text));
  }

  async find(words) {
    const turn = ++this.asked;
    const text = words.trim().toLowerCase();
    let rows = [], none = say("Nothing matches");
    try { rows = await this.matching(text); } catch (trouble) { none = trouble.message; }
    if (turn !== this.asked) { return; }
    this.rows = rows;
    this.none = none;
    this.at = rows.length && text ? 0 : -1;
    this.draw();
  }

  draw() {
    this.list.replaceChildren(...this.rows.map((row, index) => {
      const item = document.createElement("li");
      item.role = "option";
      item.id = `${this.list.id}-${index}`;
      item.dataset.index = index;
      for (const [tag, text] of [["i", row.id], ["b", row.name], ["i", row.note]]) {
        const part = document.createElement(tag);
        part.textContent = text;
        item.append(part);
      }
      return item;
    }));
    if (!this.rows.length) {
      const none = document.createElement("li");
      none.className = "none";
      none.textContent = this.none;
      this.list.append(none);
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark();
  }

  mark() {
    for (const [index, item] of [...this.list.querySelectorAll("[role=option]")].entries()) {
      item.setAttribute("aria-selected", String(index === this.at));
      if (index === this.at) { item.scrollIntoView({ block: "nearest" }); }
    }
    if (this.at >= 0) { this.input.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`); }
    else { this.input.removeAttribute("aria-activedescendant"); }
  }

  key(event) {
    if (event.isComposing) { return; }
    const last = this.rows.length - 1;
    if (event.key === "ArrowDown") { this.at = Math.min(last, this.at + 1); }
    else if (event.key === "ArrowUp") { this.at = Math.max(0, this.at - 1); }
    else if (event.key === "Enter") { this.choose(Math.max(0, this.at)); }
    else if (event.key === "Escape") { this.input.blur(); }
    else { return; }
    event.preventDefault();
    this.mark();
  }

  choose(index) {
    const row = this.rows[index];
    if (!row) { return; }
    this.shown = this.label(row);
    this.ident = row.id;
    this.input.blur();
    this.chosen(row);
  }

  label(row) { return this.remote ? row.name : `${row.id} ${row.name}`; }

  close() {
    this.asked += 1;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.value = this.shown;
  }
}
