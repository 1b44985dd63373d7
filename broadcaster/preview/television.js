// The television: a page in a frame, which its own remote.js walks, or the picture of a box without a browser. Both are
// opened by address and pressed by the names of a remote's keys. What it cannot show it tells, and shows none of it.

import { cutOff, troubleOf } from "./asking.js";
import { Picture, placeOf } from "./picture.js";
import { shortened } from "./wording.js";

const BLANK = "about:blank";

export class Television {
  constructor(root, told, key) {
    this.root = root;
    this.told = told;
    this.frame = root.querySelector("iframe");
    this.marks = root.querySelector("#marks");
    this.picture = new Picture(root.querySelector("#picture"), told);
    this.bitmap = false;
    this.shown = "";
    this.size = [1280, 720];
    this.frame.addEventListener("load", () => this.loaded(key));
    new ResizeObserver(() => this.fit()).observe(root);
  }

  open(url, bitmap) {
    this.bitmap = bitmap;
    this.picture.root.hidden = !bitmap;
    // What is not seen is off: a page would go on by itself, for a warning or a newer one.
    if (bitmap) {
      this.off();
      this.picture.open(url);
    } else {
      this.picture.close();
      this.frame.hidden = false;
      this.inside.location.replace(url);
    }
  }

  // Nothing is on: what was asked for cannot be shown.
  darken() {
    this.off();
    this.picture.close();
  }

  off() {
    this.shown = "";
    this.frame.hidden = true;
    this.inside.location.replace(BLANK);
  }

  get isDark() { return this.bitmap ? !this.picture.map : !this.shown; }

  get inside() { return this.frame.contentWindow; }

  canvas(width, height, aspect) {
    this.size = [width, height];
    this.frame.width = width;
    this.frame.height = height;
    this.root.style.aspectRatio = `${width * aspect} / ${height}`;
    this.fit();
  }

  fit() {
    const [width, height] = this.size;
    // Page and picture have the canvas's own pixels, which the set makes wider than high.
    const scale = `scale(${this.root.clientWidth / width}, ${this.root.clientHeight / height})`;
    this.frame.style.transform = scale;
    this.picture.root.style.transform = scale;
  }

  loaded(key) {
    // A page that comes late, behind a picture that was chosen meanwhile, is not what is seen.
    if (this.bitmap) { return; }
    let address = "";
    try { address = this.inside.location.href; } catch { /* the browser's own page of an error is another origin */ }
    if (address === BLANK) { return; }
    const place = address && placeOf(address);
    if (!place || this.frame.contentDocument.contentType === "text/plain") { this.failed(address); return; }
    this.shown = address;
    // Some boxes' pages take the focus into the frame: keys go the same way from there.
    this.inside.addEventListener("keydown", key, true);
    this.told({ place, focus: this.focus(), words: this.words() });
  }

  // An error came in place of a page: it is told, and what was on before stays on where it still can be had.
  failed(address) {
    const trouble = address ? troubleOf(this.frame.contentDocument.body.textContent) : cutOff();
    const before = address ? this.shown : "";
    this.shown = "";
    if (before) { this.inside.location.replace(before); } else { this.off(); }
    this.told({ trouble });
  }

  press(key) {
    if (key === "exit") { this.told({ live: true }); return true; }
    if (this.bitmap) { return this.picture.press(key); }
    const { inside } = this;
    if (!this.shown || !inside.remote) { return false; }
    // By the frame's own timer: called from here, the page's relative links would be resolved against our address.
    inside.setTimeout(inside.remote.press, 0, key);
    inside.setTimeout(() => this.told({ focus: this.focus(), words: this.words() }), 0);
    return true;
  }

  focused() { return this.frame.contentDocument && this.frame.contentDocument.querySelector("a.f"); }

  focus() {
    if (this.bitmap) { return this.picture.focus; }
    const at = this.focused();
    return at ? at.id : "";
  }

  // What the link with the focus says.
  words() {
    if (this.bitmap) { return this.picture.words(); }
    const at = this.focused();
    const found = at ? [...at.querySelectorAll("*")].filter((e) => !e.children.length).map((e) => e.textContent.trim()) : [];
    return shortened(found.filter(Boolean).join(" "));
  }

  // Outlines what is meant, in percent of the canvas: [left, top, width, height] each.
  mark(boxes) {
    this.marks.replaceChildren(...boxes.map(([left, top, width, height]) => {
      const made = document.createElement("i");
      made.className = width * height === 1e4 ? "whole" : "";
      Object.assign(made.style, { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` });
      return made;
    }));
  }
}
