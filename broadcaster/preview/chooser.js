// A text field that offers what matches as one types. Rows are {id, name, note}, either all there are, filtered here, or
// asked for with each change (data-remote).

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
    this.shown = "";
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

  show(text) {
    this.shown = text;
    if (document.activeElement !== this.input) { this.input.value = text; }
  }

  async load() {
    if (!this.all) { this.all = fetch(this.url).then((answer) => answer.json()); }
    return this.all;
  }

  async find(words) {
    const turn = ++this.asked;
    const text = words.trim().toLowerCase();
    let rows;
    if (this.remote) {
      rows = await fetch(`${this.url}?q=${encodeURIComponent(text)}`).then((answer) => answer.json());
    } else {
      rows = (await this.load()).filter((row) => `${row.id} ${row.name}`.toLowerCase().includes(text));
    }
    if (turn !== this.asked) { return; }
    this.rows = rows;
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
      none.textContent = "没有相符的";
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
