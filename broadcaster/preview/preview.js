// The editor's page: what is chosen, the television and its remote, and what the channel knows of the page on it.

import { Chooser } from "./chooser.js";
import { Television, placeOf } from "./television.js";

const KEYS = {
  ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right", Enter: "ok", Backspace: "back",
  PageUp: "pageup", PageDown: "pagedown", F1: "red", F2: "green", F3: "yellow", F4: "blue",
};
const byId = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const profile = byId("profile"), moment = byId("moment");
const state = {
  page: query.get("page") || "100", estate: query.get("estate") || "district", name: "",
  profile: query.get("profile") || profile.value, moment: query.get("moment") || document.body.dataset.now,
};
let kind = "", turn = 0, told = "", focus = "", pending = "";

const stamp = (text) => text.replace(/[-:]/g, "").padEnd(15, "0").slice(0, 15);
const base = () => new URL(`at/${stamp(state.moment)}/`, location.href).href;
const pathOf = (place) => `${stamp(place.moment)}/${place.profile}/${place.estate}/${place.name}`;
const factsUrl = () => `facts/${stamp(state.moment)}/${state.profile}/${state.estate}/${state.page}`;

function element(tag, text, name) {
  const made = document.createElement(tag);
  if (text !== undefined) { made.textContent = text; }
  if (name) { made.className = name; }
  return made;
}

// What is chosen stands in the address, so that a look at a page can be handed on.
function remember() {
  const kept = new URLSearchParams({ page: state.page, estate: state.estate, profile: state.profile, moment: state.moment });
  history.replaceState(null, "", `?${kept}`);
  profile.value = state.profile;
  moment.value = state.moment;
}

// Asks what is known of the page; the answer says, among the rest, which kind of box and canvas this is.
async function learn() {
  const mine = ++turn, verdict = byId("verdict");
  verdict.className = "verdict busy";
  verdict.textContent = "正在检查…";
  let answer;
  try { answer = await fetch(factsUrl()); } catch { answer = null; }
  if (mine !== turn) { return null; }
  if (!answer || !answer.ok) {
    const words = answer ? (await answer.text()).trim() : "连接中断";
    verdict.className = "verdict fault";
    verdict.textContent = words;
    for (const id of ["numbers", "findings", "sources"]) { byId(id).replaceChildren(); }
    return null;
  }
  const facts = await answer.json();
  if (mine !== turn) { return null; }
  draw(facts);
  return facts;
}

async function open(name) {
  remember();
  state.name = name || state.page;
  hint("");
  told = factsUrl();
  const wanted = pending = pathOf(state);
  const facts = await learn();
  if (!facts) {
    if (pending === wanted) { pending = ""; }
    return;
  }
  kind = facts.kind;
  const bitmap = kind === "bitmap";
  set.open(`${base()}${state.profile}/${state.estate}/${state.name}.${bitmap ? "json" : "html"}`, bitmap);
  set.canvas(...facts.canvas);
}

function hint(text, bad) {
  byId("hint").textContent = text;
  byId("hint").className = bad ? "hint bad" : "hint";
}

// The television tells where it stands: the page that it went to by itself is the one that the rest is about.
function heard({ place, focus: at, error, asked }) {
  if (asked) {
    state.profile = asked.get("profile") || state.profile;
    state.page = asked.get("page") || state.page;
    open();
    return;
  }
  if (error) { pending = ""; hint(error, true); return; }
  if (place && pending) {
    // The page before may still report that it has loaded: what was chosen since goes before.
    if (pathOf(place) !== pending) { return; }
    pending = "";
  }
  focus = at === undefined ? focus : at;
  if (place) {
    Object.assign(state, { page: place.page, estate: place.estate, profile: place.profile, name: place.name });
    remember();
    hint("");
    if (told !== factsUrl()) { told = factsUrl(); learn().then((facts) => facts && set.canvas(...facts.canvas)); }
  }
  const screen = /-(\d+)$/.exec(state.name);
  byId("where").textContent = `/${state.profile}/${state.estate}/${state.name}.${kind === "bitmap" ? "json" : "html"}` +
    (focus ? `  ·  焦点 ${focus}` : "") + (screen ? `  ·  第 ${screen[1]} 屏` : "");
}

function draw(facts) {
  pages.show(`${facts.number} ${facts.title}`);
  estates.show(facts.estate.name);
  const verdict = byId("verdict");
  const level = facts.faults ? "fault" : facts.warnings ? "warning" : "";
  verdict.className = `verdict ${level}`;
  verdict.textContent = facts.faults ? `不能播出：${facts.faults} 处错误`
    : facts.warnings ? `可以播出，${facts.warnings} 处提醒` : "可以播出";
  const numbers = [
    ["范围", facts.scope === "estate" ? "各小区不同" : "全区相同"], ["屏数", facts.screens],
    ...(facts.items ? [["条目页", facts.items]] : []),
    ["最大页面", `${(facts.bytes / 1024).toFixed(1)} KB`], ["有效至", facts.until || "—"],
  ];
  byId("numbers").replaceChildren(...numbers.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
  byId("findings").replaceChildren(...facts.findings.map((finding) => {
    const item = element("li", undefined, finding.level);
    item.append(element("b", finding.level === "fault" ? "错误" : "提醒"), finding.sentence,
      element("i", [`${finding.page}${finding.screen ? ` 第 ${finding.screen} 屏` : ""}`, finding.element].filter(Boolean).join(" · ")));
    return item;
  }));
  const rows = facts.sources.map(sourceRow);
  if (!rows.length) {
    const cell = element("td", "这一页不用外部数据");
    cell.colSpan = 8;
    const row = element("tr");
    row.append(cell);
    rows.push(row);
  }
  byId("sources").replaceChildren(...rows);
}

function sourceRow(source) {
  const row = element("tr");
  const name = element("td", source.id);
  name.append(element("small", `${source.role} · ${source.format}`));
  const state = element("td");
  state.append(element("span", source.words, `state ${source.state}`));
  if (source.error) { state.append(element("small", source.error, "bad")); }
  if (source.drift) { state.append(element("small", source.drift, "bad")); }
  const cells = [name, element("td", source.publisher), state, element("td", source.age || "—"),
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

function press(key) {
  for (const button of document.querySelectorAll(`#remote [data-key="${key}"]`)) {
    button.classList.add("pressed");
    setTimeout(() => button.classList.remove("pressed"), 160);
  }
  hint("");
  if (!set.press(key)) { hint("这一页没有遥控脚本", true); }
}

function onKey(event) {
  const at = event.target;
  if (at.closest && at.closest("input, select, button, summary") && at.ownerDocument === document) {
    if (event.key !== "Escape") { return; }
    byId("tv").focus();
  }
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) { return; }
  const key = /^[0-9]$/.test(event.key) ? event.key : KEYS[event.key];
  if (!key) { return; }
  event.preventDefault();
  event.stopImmediatePropagation();
  press(key);
}

function changed(next) {
  Object.assign(state, next);
  byId("tv").focus();
  open();
}

function shifted(minutes) {
  const date = new Date(`${state.moment.slice(0, 16)}:00Z`);
  date.setUTCMinutes(date.getUTCMinutes() + minutes);
  return date.toISOString().slice(0, 16);
}

// The district's own wall clock, wherever the editor sits.
function shanghai() {
  return new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 16);
}

const set = new Television(byId("tv"), heard, onKey);
const pages = new Chooser(byId("page"), (row) => changed({ page: row.id }));
const estates = new Chooser(byId("estate"), (row) => changed({ estate: row.id }));
profile.addEventListener("change", () => changed({ profile: profile.value }));
moment.addEventListener("change", () => { if (moment.value) { state.moment = moment.value; open(state.name); } });
for (const button of document.querySelectorAll("[data-step]")) {
  button.addEventListener("click", () => { state.moment = shifted(Number(button.dataset.step)); open(state.name); });
}
byId("now").addEventListener("click", () => { state.moment = shanghai(); open(state.name); });
byId("glass").addEventListener("mousedown", (event) => { event.preventDefault(); byId("tv").focus(); });
byId("remote").addEventListener("mousedown", (event) => event.preventDefault());
byId("remote").addEventListener("click", (event) => {
  const button = event.target.closest("[data-key]");
  if (button) { press(button.dataset.key); }
});
document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("keydown", onKey);
byId("tv").focus();
open();
