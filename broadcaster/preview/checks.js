// What the channel knows of the page on the television: whether it may go on air, what was found, whose data it shows.

import { say } from "./saying.js";

const byId = (id) => document.getElementById(id);
const WHOLE = [[0, 0, 100, 100]];
// Nothing is painted that nobody looks at, so nothing is known of it.
const REST = {
  page: say("The page itself is checked here. Items are checked when they are opened; to check all of them use channel check --render."),
  item: say("This item is checked here. The others are checked when they are opened; to check all of them use channel check --render."),
};

function element(tag, text, name) {
  const made = document.createElement(tag);
  if (text !== undefined) { made.textContent = text; }
  if (name) { made.className = name; }
  return made;
}

// What was found. One that is looked at is outlined on the television where that shows its screen; one that is chosen
// takes the television there and stays outlined. `go` opens a document of the page by its name.
export class Findings {
  constructor(list, set, go) {
    Object.assign(this, { list, set, go, here: "", chosen: null });
  }

  draw(findings) {
    this.drop();
    this.list.replaceChildren(...findings.map((finding) => {
      const item = element("li", undefined, finding.level), button = element("button");
      button.type = "button";
      button.setAttribute("aria-pressed", "false");
      button.append(element("b", finding.level === "fault" ? say("Error") : say("Warning")), finding.sentence, element("i", placed(finding)));
      for (const event of ["mouseenter", "focus"]) { button.addEventListener(event, () => this.outline(finding)); }
      for (const event of ["mouseleave", "blur"]) { button.addEventListener(event, () => this.outline(this.chosen?.finding)); }
      button.addEventListener("click", () => this.choose(finding, button));
      item.append(button);
      return item;
    }));
  }

  outline(finding) {
    const there = finding && finding.document === this.here;
    this.set.mark(there ? (finding.boxes.length ? finding.boxes : WHOLE) : []);
  }

  choose(finding, button) {
    const again = this.chosen && this.chosen.button === button;
    this.drop();
    if (again) { return; }
    this.chosen = { finding, button };
    button.setAttribute("aria-pressed", "true");
    if (finding.document && finding.document !== this.here) { this.go(finding.document); } else { this.outline(finding); }
  }

  drop() {
    if (this.chosen) { this.chosen.button.setAttribute("aria-pressed", "false"); }
    this.chosen = null;
    this.set.mark([]);
  }

  // The television shows this document of the page now.
  arrived(name) {
    this.here = name;
    if (this.chosen && this.chosen.finding.document !== name) { this.drop(); }
    // Some boxes' pages take the focus into the frame when they come.
    if (this.chosen && document.activeElement === this.set.frame) { this.chosen.button.focus(); }
    this.outline(this.chosen?.finding);
  }
}

function placed({ page, screen, element: named }) {
  return [screen ? say("{page} screen {n}", { page, n: screen }) : page, named].filter(Boolean).join(" · ");
}

export function drawFacts(facts) {
  const verdict = byId("verdict");
  verdict.className = `verdict ${facts.level}`;
  verdict.textContent = facts.verdict;
  const numbers = [
    [say("Scope"), facts.scope === "estate" && !facts.item ? say("Differs by estate") : say("The same in the whole district")],
    [say("Screens"), facts.screens],
    ...(facts.items ? [[say("Item pages"), facts.items]] : []),
    [say("Largest page"), `${(facts.bytes / 1024).toFixed(1)} KB`], [say("Valid until"), facts.until || "—"],
  ];
  byId("numbers").replaceChildren(...numbers.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
  byId("rest").textContent = facts.items ? REST[facts.item ? "item" : "page"] : "";
  const rows = facts.sources.map(sourceRow);
  if (!rows.length) {
    const cell = element("td", say("This page uses no data from outside"));
    cell.colSpan = 7;
    const row = element("tr");
    row.append(cell);
    rows.push(row);
  }
  byId("sources").replaceChildren(...rows);
}

// While a page is looked at, or when nothing can be said of it.
export function drawNothing(words) {
  byId("verdict").className = "verdict busy";
  byId("verdict").textContent = words;
}

// What cannot be shown, beside the television; nothing where all is well.
export function drawTrouble(trouble) {
  const box = byId("trouble");
  box.hidden = !trouble;
  box.replaceChildren(...(trouble ? [element("b", trouble.message), element("small", trouble.detail)] : []));
}

function sourceRow(source) {
  const row = element("tr");
  const name = element("td", source.publisher);
  name.append(element("small", `${source.id} · ${source.role} · ${source.format}`));
  const state = element("td");
  state.append(element("span", source.words, `state ${source.state}`));
  if (source.error) { state.append(element("small", source.error, "bad")); }
  if (source.drift) { state.append(element("small", source.drift, "bad")); }
  const cells = [name, state, element("td", source.age || "—"),
    element("td", source.observed || "—"), element("td", source.every), element("td", source.count, "n")];
  const quarantined = element("td", undefined, "n");
  if (source.problems.length) {
    const details = element("details");
    details.append(element("summary", source.quarantined));
    for (const problem of source.problems) {
      details.append(element("small", problem.value
        ? say("{position}: {reason} ({value})", problem) : say("{position}: {reason}", problem)));
    }
    quarantined.append(details);
  } else { quarantined.textContent = source.quarantined; }
  row.append(...cells, quarantined);
  return row;
}
