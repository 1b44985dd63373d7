// What the channel knows of the page on the television: whether it may go on air, what was found, whose data it shows.

const byId = (id) => document.getElementById(id);
const WHOLE = [[0, 0, 100, 100]];
// Nothing is painted that nobody looks at, so nothing is known of it.
const REST = {
  page: "这里检查的是页面本身。条目页打开时才检查；要全部检查，请用 channel check --render。",
  item: "这里检查的是这一条。其余条目打开时才检查；要全部检查，请用 channel check --render。",
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
      button.append(element("b", finding.level === "fault" ? "错误" : "提醒"), finding.sentence, element("i", placed(finding)));
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
  return [`${page}${screen ? ` 第 ${screen} 屏` : ""}`, named].filter(Boolean).join(" · ");
}

export function drawFacts(facts) {
  const verdict = byId("verdict");
  const stale = facts.sources.filter((source) => ["stale", "expired", "never"].includes(source.state));
  const level = facts.faults ? "fault" : facts.warnings || stale.length ? "warning" : "";
  const remarks = [
    ...(facts.warnings ? [`${facts.warnings} 处提醒`] : []),
    ...stale.map((source) => `${source.publisher}的资料${source.words}`),
  ];
  verdict.className = `verdict ${level}`;
  const what = facts.item ? "这一条" : "";
  verdict.textContent = what + (facts.faults ? `不能播出：${facts.faults} 处错误` : ["可以播出", ...remarks].join("，"));
  const numbers = [
    ["范围", facts.scope === "estate" && !facts.item ? "各小区不同" : "全区相同"], ["屏数", facts.screens],
    ...(facts.items ? [["条目页", facts.items]] : []),
    ["最大页面", `${(facts.bytes / 1024).toFixed(1)} KB`], ["有效至", facts.until || "—"],
  ];
  byId("numbers").replaceChildren(...numbers.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
  byId("rest").textContent = facts.items ? REST[facts.item ? "item" : "page"] : "";
  const rows = facts.sources.map(sourceRow);
  if (!rows.length) {
    const cell = element("td", "这一页不用外部数据");
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
      details.append(element("small", `${problem.position}：${problem.reason}${problem.value ? `（${problem.value}）` : ""}`));
    }
    quarantined.append(details);
  } else { quarantined.textContent = source.quarantined; }
  row.append(...cells, quarantined);
  return row;
}
