// The picture of a box without a browser, walked by its navigation map as the client of such a box does.

import { ask } from "./asking.js";
import { say } from "./saying.js";
import { shortened } from "./wording.js";

// A look is a moment, with a theme and a rehearsed warning after tildes where there are any.
const NAME = /\/at\/([\w~-]+)\/([a-z0-9-]+)\/([a-z0-9-]+)\/((?:i\/)?([1-9]\d\d)(\.[a-z0-9]+)?(?:-(\d+))?)\.(html|json)$/;
const ENTRY = /\/at\/[\w~-]+\/$/;
// As many letters of a link's words as a picture's page has.
const MOST_LETTERS = 40;
// What the television remembers is the preview's alone: the editor may have a box of their own on this origin.
const OWN = `path=${new URL(".", location.href).pathname}`;

export function remember(cookie) { document.cookie = `${cookie}; ${OWN}`; }

export function placeOf(url) {
  const found = NAME.exec(new URL(url).pathname);
  return found && {
    look: found[1], profile: found[2], estate: found[3], name: found[4], page: found[5],
    item: (found[6] || "").slice(1), screen: Number(found[7] || 1), kind: found[8],
  };
}

export class Picture {
  constructor(root, told) {
    this.root = root;
    this.told = told;
    this.image = root.querySelector("#picture-image");
    this.ring = root.querySelector("#picture-ring");
    this.echo = root.querySelector("#picture-echo");
    this.sign = root.querySelector("#picture-mark");
    this.map = null;
    this.focus = "";
    this.said = {};
    this.stack = [];
    this.digits = "";
    this.timer = 0;
    this.turn = 0;
  }

  async open(url, keep) {
    const turn = ++this.turn;
    const address = new URL(url, location.href);
    const wanted = /(?:^|&)f=([\w.-]+)/.exec(address.hash.slice(1));
    if (!keep) { this.stack = []; }
    const reading = this.read(address);
    let answer;
    try { answer = await ask(address); } catch (trouble) {
      if (turn === this.turn) { this.told({ trouble }); }
      return false;
    }
    if (turn !== this.turn) { return false; }
    this.map = answer.told;
    this.url = answer.url.split("#")[0];
    this.root.style.width = `${this.map.size[0]}px`;
    this.root.style.height = `${this.map.size[1]}px`;
    this.image.hidden = false;
    this.image.src = new URL(this.map.image, this.url).href;
    this.move(wanted && this.map.links[wanted[1]] ? wanted[1] : this.map.start);
    this.say("");
    const read = await reading;
    if (turn !== this.turn) { return false; }
    this.said = Object.fromEntries(Object.keys(this.map.links).map((id, index) => [id, read[index] || ""]));
    this.told({ place: placeOf(this.url), focus: this.focus, words: this.words() });
    this.warn(turn);
    return true;
  }

  // What the links say, in the order of the map: a picture has no words, the page that shows it in a browser has.
  async read(address) {
    let text = "";
    try { text = await (await fetch(address.pathname.replace(/json$/, "html"))).text(); } catch { /* the map tells */ }
    const [map] = /<map[^]*<\/map>/.exec(text) || [""];
    return [...new DOMParser().parseFromString(map, "text/html").querySelectorAll("area")].map((area) => area.alt);
  }

  words() {
    const said = this.said[this.focus] || "";
    return shortened(said, [...said].length >= MOST_LETTERS);
  }

  close() {
    this.turn += 1;
    this.map = null;
    this.image.hidden = this.ring.hidden = this.sign.hidden = true;
    this.say("");
  }

  // A warning has its mark in the header, and one that takes the screen over its page, once, as on boxes with a script.
  async warn(turn) {
    const { mark } = this.map, here = placeOf(this.url);
    let heard;
    try { heard = (await ask(new URL("alert.json", this.folder))).told; } catch { return; }
    if (turn !== this.turn) { return; }
    const loud = heard.level === "takeover", seen = `seen=${encodeURIComponent(heard.id)}`;
    this.sign.hidden = !mark || heard.level === "none";
    if (!this.sign.hidden) {
      const [x, y, w, h] = mark.rect, short = w < 3 * h, size = Math.min(h * 5 / 8, (w - 8) / (short ? 3.1 : 6));
      Object.assign(this.sign.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` });
      Object.assign(this.sign.style, { lineHeight: `${h}px`, fontSize: `${size}px` });
      this.sign.className = loud ? "loud" : "";
      this.sign.textContent = `▲ ${short ? "" : `${heard.mark} `}${heard.page}`;
    }
    if (!loud || document.cookie.split("; ").includes(seen)) { return; }
    remember(seen);
    if (here.page !== heard.page) { this.follow(new URL(`${heard.page}.json`, this.folder).href); }
  }

  get folder() { return this.url.replace(/(?:\/i)?\/[^/]*$/, "/"); }

  move(id) {
    const link = this.map.links[id];
    this.focus = link ? id : "";
    this.ring.hidden = !(link && link.ring);
    if (link && link.ring) {
      this.ring.src = new URL(link.ring.src, this.url).href;
      this.ring.style.left = `${link.ring.x}px`;
      this.ring.style.top = `${link.ring.y}px`;
    }
  }

  press(key) {
    if (!this.map) { return false; }
    if (/^\d$/.test(key)) { this.typed(this.digits + key); return true; }
    if (this.digits && key === "ok") { this.commit(); return true; }
    if (this.digits && key === "back") { this.typed(this.digits.slice(0, -1)); return true; }
    const link = this.map.links[this.focus] || {};
    if (["up", "down", "left", "right"].includes(key)) { if (link[key]) { this.move(link[key]); } }
    else if (key === "ok") { if (this.focus === "back") { this.back(); } else { this.follow(link.to); } }
    else if (key === "back") { this.back(); }
    else if (key === "pageup") { this.turnTo(this.map.prev); }
    else if (key === "pagedown") { this.turnTo(this.map.next); }
    else if (this.map.keys[key]) { this.follow(this.map.keys[key].to); }
    this.told({ focus: this.focus, words: this.words() });
    return true;
  }

  follow(to) {
    if (!to) { return; }
    if (to === "live" || to === "#") { this.told({ live: true }); return; }
    const address = new URL(to, this.url);
    if (ENTRY.test(address.pathname)) { this.told({ asked: address.searchParams }); return; }
    const from = [this.url, this.focus];
    const here = placeOf(this.url), there = placeOf(address.href);
    const same = here && there && here.page === there.page && here.item === there.item;
    const keep = this.stack.slice(-3);
    this.open(address.href, true).then((done) => {
      if (!done) { return; }
      if (there && there.page === "100" && !there.item) { this.stack = []; }
      else if (!same) { this.stack = [...keep, from]; }
    });
  }

  turnTo(to) { if (to) { this.open(new URL(to, this.url).href, true); } }

  back() {
    const last = this.stack.pop();
    if (last) { this.open(`${last[0]}#f=${last[1]}`, true); }
    else if (this.map.back) { this.open(new URL(this.map.back, this.url).href, true); }
    else { this.told({ live: true }); }
  }

  typed(text) {
    this.digits = text;
    this.say(text);
    clearTimeout(this.timer);
    if (text.length === 3) { this.commit(); }
    else if (text) { this.timer = setTimeout(() => this.commit(), 3500); }
  }

  commit() {
    const asked = this.digits;
    this.digits = "";
    clearTimeout(this.timer);
    this.say("");
    if (/^[1-9]\d\d$/.test(asked)) { this.follow(new URL(`${asked}.json`, this.folder).href); }
    else { this.told({ note: say("There is no page {number}", { number: asked }) }); }
  }

  say(text) { this.echo.textContent = text; }
}
