// The television: a page in a frame, which its own remote.js walks, or the picture of a box without a browser, walked
// here by its navigation map. Both are opened by address and pressed by the names of a remote's keys.

const NAME = /\/at\/(\w+)\/([a-z0-9-]+)\/([a-z0-9-]+)\/((?:i\/)?([1-9]\d\d)(\.[a-z0-9]+)?(?:-(\d+))?)\.(html|json)$/;

export function placeOf(url) {
  const found = NAME.exec(new URL(url).pathname);
  return found && {
    moment: found[1], profile: found[2], estate: found[3], name: found[4], page: found[5],
    item: (found[6] || "").slice(1), screen: Number(found[7] || 1), kind: found[8],
  };
}

export class Television {
  constructor(root, told, key) {
    this.root = root;
    this.told = told;
    this.frame = root.querySelector("iframe");
    this.picture = new Picture(root.querySelector("#picture"), this);
    this.bitmap = false;
    this.size = [1280, 720, 1];
    this.frame.addEventListener("load", () => this.loaded(key));
    new ResizeObserver(() => this.fit()).observe(root);
  }

  open(url, bitmap) {
    this.bitmap = bitmap;
    this.frame.hidden = bitmap;
    this.picture.root.hidden = !bitmap;
    if (bitmap) { this.picture.open(url); } else { this.frame.contentWindow.location.replace(url); }
  }

  canvas(width, height, aspect) {
    this.size = [width, height, aspect];
    this.frame.width = width;
    this.frame.height = height;
    this.root.style.aspectRatio = `${width * aspect} / ${height}`;
    this.fit();
  }

  fit() {
    const [width, height, aspect] = this.size;
    // A picture comes stretched to the set already; a page is stretched by the box.
    const wide = this.bitmap ? Math.round(width * aspect) : width;
    const scale = `scale(${this.root.clientWidth / wide}, ${this.root.clientHeight / height})`;
    this.frame.style.transform = scale;
    this.picture.root.style.transform = scale;
  }

  loaded(key) {
    // A page that comes late, behind a picture that was chosen meanwhile, is not what is seen.
    if (this.bitmap) { return; }
    let place = null;
    try {
      place = placeOf(this.frame.contentWindow.location.href);
      // Some boxes' pages take the focus into the frame: keys go the same way from there.
      this.frame.contentWindow.addEventListener("keydown", key, true);
    } catch { /* an error page of the browser is another origin */ }
    if (place) { this.told({ place, focus: this.focus() }); }
    else if (this.frame.contentWindow.location.href !== "about:blank") { this.told({ error: "这一页无法显示" }); }
  }

  press(key) {
    if (this.bitmap) { this.picture.press(key); return true; }
    const inside = this.frame.contentWindow;
    if (!inside.remote) { return false; }
    // By the frame's own timer: called from here, the page's relative links would be resolved against our address.
    inside.setTimeout(inside.remote.press, 0, key);
    inside.setTimeout(() => this.told({ focus: this.focus() }), 0);
    return true;
  }

  focus() {
    if (this.bitmap) { return this.picture.focus; }
    const at = this.frame.contentDocument && this.frame.contentDocument.querySelector("a.f");
    return at ? at.id : "";
  }
}

class Picture {
  constructor(root, set) {
    this.root = root;
    this.set = set;
    this.image = root.querySelector("#picture-image");
    this.ring = root.querySelector("#picture-ring");
    this.echo = root.querySelector("#picture-echo");
    this.map = null;
    this.focus = "";
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
    let answer;
    try { answer = await fetch(address); } catch { answer = null; }
    if (turn !== this.turn) { return false; }
    if (!answer || !answer.ok) {
      this.set.told({ error: answer ? (await answer.text()).trim() : "连接中断" });
      return false;
    }
    this.map = await answer.json();
    if (turn !== this.turn) { return false; }
    this.url = answer.url.split("#")[0];
    this.root.style.width = `${this.map.size[0]}px`;
    this.root.style.height = `${this.map.size[1]}px`;
    this.image.src = new URL(this.map.image, this.url).href;
    this.move(wanted && this.map.links[wanted[1]] ? wanted[1] : this.map.start);
    this.say("");
    this.set.told({ place: placeOf(this.url), focus: this.focus });
    return true;
  }

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
    if (!this.map) { return; }
    if (/^\d$/.test(key)) { this.typed(this.digits + key); return; }
    if (this.digits && key === "ok") { this.commit(); return; }
    if (this.digits && key === "back") { this.typed(this.digits.slice(0, -1)); return; }
    const link = this.map.links[this.focus] || {};
    if (["up", "down", "left", "right"].includes(key)) { if (link[key]) { this.move(link[key]); } }
    else if (key === "ok") { if (this.focus === "back") { this.back(); } else { this.follow(link.to); } }
    else if (key === "back") { this.back(); }
    else if (key === "pageup") { this.turnTo(this.map.prev); }
    else if (key === "pagedown") { this.turnTo(this.map.next); }
    else if (this.map.keys[key]) { this.follow(this.map.keys[key].to); }
    this.set.told({ focus: this.focus });
  }

  follow(to) {
    if (!to) { return; }
    if (to === "live" || to === "#") { this.set.told({ error: "机顶盒在这里回到电视" }); return; }
    const address = new URL(to, this.url);
    if (/\/at\/\w+\/$/.test(address.pathname)) { this.set.told({ asked: address.searchParams }); return; }
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
    else { this.set.told({ error: "机顶盒在这里回到电视" }); }
  }

  typed(text) {
    this.digits = text;
    this.say(text);
    clearTimeout(this.timer);
    if (text.length === 3) { this.commit(); }
    else if (text) { this.timer = setTimeout(() => this.commit(), 1500); }
  }

  commit() {
    const asked = this.digits;
    this.digits = "";
    clearTimeout(this.timer);
    this.say("");
    const base = this.url.replace(/\/i\/[^/]*$/, "/");
    if (/^[1-9]\d\d$/.test(asked)) { this.follow(new URL(`${asked}.json`, base).href); }
    else { this.set.told({ error: `没有 ${asked} 页` }); }
  }

  say(text) { this.echo.textContent = text; }
}
