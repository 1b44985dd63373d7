// The editor's page: what is chosen, the television and its remote, and what the channel knows of the page on it.

import { Trouble, ask } from "./asking.js";
import { Findings, drawFacts, drawNothing, drawTrouble } from "./checks.js";
import { Chooser } from "./chooser.js";
import { remember as keep } from "./picture.js";
import { say } from "./saying.js";
import { Television } from "./television.js";

const KEYS = {
  ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right", Enter: "ok", Backspace: "back",
  PageUp: "pageup", PageDown: "pagedown", F1: "red", F2: "green", F3: "yellow", F4: "blue",
};
const byId = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const profile = byId("profile"), size = byId("size"), theme = byId("theme"), drill = byId("drill"), moment = byId("moment");
const own = theme.options[0].value;
const state = {
  page: query.get("page") || "100", estate: query.get("estate") || "district", name: "",
  profile: query.get("profile") || profile.value, moment: query.get("moment") || document.body.dataset.now,
  theme: query.get("theme") || own, drill: query.get("drill") || "", of: query.get("of") || "",
};
let kind = "", turn = 0, told = "", focus = "", words = "", pending = "", byHand = false;

// What is no moment is asked for as it stands, and told to be none.
const stamp = (text) => (/^[\d:-]+T[\d:-]*$/.test(text)
  ? text.replace(/[-:]/g, "").padEnd(15, "0").slice(0, 15) : encodeURIComponent(text));
// As what pages are looked at, as addresses have it; the channel's own theme is not named.
const look = () => [stamp(state.moment), state.theme === own ? "" : state.theme, state.drill, state.of].join("~").replace(/~+$/, "");
const pathOf = (place) => `${place.look}/${place.profile}/${place.estate}/${place.name}`;
// What is checked: the page's own screens, or the item of it that is on the television.
const subject = () => (/^i\/(.+?)(?:-\d+)?$/.exec(state.name) || ["", state.page])[1];
const factsUrl = () => `facts/${look()}/${state.profile}/${state.estate}/${subject()}`;
// A family of boxes and its twin in large text are one choice, the size of text another.
const family = (name) => [...profile.options].find((option) => option.value === name || option.dataset.large === name);

// What is chosen stands in the address, so that a look at a page can be handed on.
function remember() {
  const kept = new URLSearchParams({ page: state.page, estate: state.estate, profile: state.profile, moment: state.moment });
  if (state.theme !== own) { kept.set("theme", state.theme); }
  if (state.drill) { kept.set("drill", state.drill); }
  if (state.of) { kept.set("of", state.of); }
  history.replaceState(null, "", `?${kept}`);
  for (const odd of document.querySelectorAll("option.odd")) { odd.remove(); }
  const found = family(state.profile);
  if (found) { profile.value = found.value; } else { stand(profile, state.profile); }
  size.disabled = !(found && found.dataset.large);
  size.value = found && found.dataset.large === state.profile ? "large" : "usual";
  moment.value = state.moment;
  stand(theme, state.theme);
  stand(drill, state.drill);
  document.body.classList.toggle("drill", Boolean(state.drill));
}

// A list shows what was asked for, also where that is none of its choices.
function stand(select, value) {
  select.value = value;
  if (select.selectedIndex >= 0) { return; }
  const odd = new Option(say("{value} (not there)", { value }), value, false, true);
  odd.className = "odd";
  select.append(odd);
}

// Asks what is known of the page; the answer says, among the rest, which kind of box and canvas this is.
async function learn() {
  const mine = ++turn;
  drawNothing(say("Checking…"));
  let facts = null, trouble = null;
  try { facts = (await ask(factsUrl())).told; } catch (found) { trouble = found; }
  if (mine !== turn) { return null; }
  if (trouble) {
    drawTrouble(trouble);
    drawNothing(say("Not checked"));
    for (const id of ["numbers", "rest", "sources"]) { byId(id).replaceChildren(); }
    pages.keep(state.page);
    estates.keep(state.estate);
    findings.draw([]);
    return null;
  }
  pages.show(`${facts.number} ${facts.title}`, facts.number);
  estates.show(facts.estate.name, facts.estate.id);
  drawFacts(facts);
  findings.draw(facts.findings);
  return facts;
}

async function open(name) {
  remember();
  state.name = name || state.page;
  hint("");
  drawTrouble(null);
  told = factsUrl();
  pending = pathOf({ ...state, look: look() });
  const learning = learn(), mine = turn, facts = await learning;
  if (mine !== turn) { return; }
  if (!facts) {
    pending = "";
    set.darken();
    // An item may not be there at another moment: its page is.
    state.name = state.name.replace(/^i\/.*/, state.page);
    return;
  }
  kind = facts.kind;
  show();
  set.canvas(...facts.canvas);
}

// The document of what is chosen, on the television.
function show() {
  pending = pathOf({ ...state, look: look() });
  set.open(new URL(`at/${pending}.${kind === "bitmap" ? "json" : "html"}`, location.href).href, kind === "bitmap");
}

function hint(text, kind) {
  byId("hint").textContent = text;
  byId("hint").className = `hint ${kind || ""}`;
}

// The television tells where it stands: the page that it went to by itself is the one that the rest is about.
function heard({ place, focus: at, words: said, note, live, trouble, asked }) {
  if (asked) {
    state.profile = asked.get("profile") || state.profile;
    state.page = asked.get("page") || state.page;
    open();
    return;
  }
  if (live) { hint(say("The box goes back to television here"), "live"); return; }
  if (note) { hint(note, "bad"); return; }
  if (trouble) { pending = ""; drawTrouble(trouble); return; }
  if (place && pending) {
    // The page before may still report that it has loaded: what was chosen since goes before.
    if (pathOf(place) !== pending) { return; }
    pending = "";
  }
  focus = at === undefined ? focus : at;
  words = at === undefined ? words : said || "";
  if (place) {
    Object.assign(state, { page: place.page, estate: place.estate, profile: place.profile, name: place.name });
    remember();
    hint("");
    findings.arrived(place.name);
    if (told !== factsUrl()) { told = factsUrl(); learn().then((facts) => facts && set.canvas(...facts.canvas)); }
  }
  const screen = /-(\d+)$/.exec(state.name);
  byId("where").textContent = `/${state.profile}/${state.estate}/${state.name}.${kind === "bitmap" ? "json" : "html"}` +
    (focus ? `  ·  ${focused()}` : "") + (screen ? `  ·  ${say("screen {n}", { n: screen[1] })}` : "");
}

function focused() {
  return words ? say("focus {link} ({words})", { link: focus, words }) : say("focus {link}", { link: focus });
}

function press(key) {
  for (const button of document.querySelectorAll(`#remote [data-key="${key}"]`)) {
    button.classList.add("pressed");
    setTimeout(() => button.classList.remove("pressed"), 160);
  }
  hint("");
  if (!set.isDark) { drawTrouble(null); }
  if (set.press(key) || pending) { return; }
  if (set.isDark) { open(state.name); } else { hint(say("This page has no script for the remote"), "bad"); }
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

function changed(next, name) {
  Object.assign(state, next);
  open(name);
}

// Chosen by hand, the keyboard is the remote's again; one who walks a list by its arrows stays in it.
function picked(next, name) {
  if (byHand) { byId("tv").focus(); }
  changed(next, name);
}

// A warning that was on the screen once does not take it again, as on boxes: a rehearsal begins afresh.
function forgetSeen() { keep("seen=; max-age=0"); }

function rehearse() {
  forgetSeen();
  picked({ drill: drill.value }, state.name);
}

function sized(option) { return size.value === "large" && option.dataset.large ? option.dataset.large : option.value; }

function momentChosen(text) {
  // Another moment is another release, or none.
  if (text) { changed({ moment: text, of: state.of.replace(/^r.*/, "") }, state.name); }
  else { drawTrouble(new Trouble(say("There is no such moment: write year, month, day, hour and minute."))); }
}

function shifted(minutes) {
  const date = new Date(`${state.moment.slice(0, 16)}:00Z`);
  date.setUTCMinutes(date.getUTCMinutes() + minutes);
  return isNaN(date) ? wall() : date.toISOString().slice(0, 16);
}

// The channel's own wall clock, wherever the editor sits: Swedish writes it as addresses do.
function wall() {
  const how = { timeZone: document.body.dataset.zone, dateStyle: "short", timeStyle: "short" };
  return new Date().toLocaleString("sv-SE", how).replace(" ", "T");
}

const set = new Television(byId("tv"), heard, onKey);
const findings = new Findings(byId("findings"), set, (name) => { state.name = name; show(); });
const pages = new Chooser(byId("page"), (row) => { byId("tv").focus(); changed({ page: row.id }); });
const estates = new Chooser(byId("estate"), (row) => { byId("tv").focus(); changed({ estate: row.id }); });
profile.addEventListener("change", () => picked({ profile: sized(profile.selectedOptions[0]) }));
// There are more screens of it, or fewer: its first.
size.addEventListener("change", () => picked({ profile: sized(family(state.profile)) }, state.name.replace(/-\d+$/, "")));
theme.addEventListener("change", () => picked({ theme: theme.value }, state.name));
drill.addEventListener("change", rehearse);
moment.addEventListener("change", () => momentChosen(moment.value));
for (const button of document.querySelectorAll("[data-step]")) {
  button.addEventListener("click", () => momentChosen(shifted(Number(button.dataset.step))));
}
byId("now").addEventListener("click", () => momentChosen(wall()));
byId("glass").addEventListener("mousedown", (event) => { event.preventDefault(); byId("tv").focus(); });
byId("remote").addEventListener("mousedown", (event) => event.preventDefault());
byId("remote").addEventListener("click", (event) => {
  const button = event.target.closest("[data-key]");
  if (button) { press(button.dataset.key); }
});
document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("pointerdown", () => { byHand = true; }, true);
window.addEventListener("keydown", () => { byHand = false; }, true);
window.addEventListener("keydown", onKey);
if (state.drill) { forgetSeen(); }
byId("tv").focus();
open();
