// The remote control of a page, in ES3 for engines of the class of IE 6. channel.paint.script puts the profile's table
// in for TABLE and takes comments and indentation out. Everything a key does is in the page already: this script finds
// out which key it was and follows what the page says. See docs/profiles.md for the page's side of the contract. What
// happens without a key is in later.js, which is loaded after it and finds `remote` there.
(function (T) {
var doc = document, win = window, loc = location, body, R,
  began = now(), ready = 0, lastCode = 0, lastTime = 0, HELD = / k=(\d+)|$/, carried = HELD.exec(win.name)[1],
  cur, own = "", stack = [], self = "", start = "", base = "", digits = "", timer = 0,
  NAME = /(?:^|\/)(([1-9]\d\d)(\.[a-z0-9]{1,24})?(-\d{1,2})?)\.html(?:#(.*))?$/,
  FOOT = /^(back|tv|k.|p[ud])$/,
  // Places that BACK remembers.
  DEEP = 20,
  SIDES = { up: 0, down: 1, left: 2, right: 3 },
  COLOURS = { red: "kr", green: "kg", yellow: "ky", blue: "kb" };

function now() { return new Date().getTime(); }
function byId(id) { return id ? doc.getElementById(id) : null; }
function attr(el, name) { return el && el.getAttribute(name) || ""; }
function data(name) { return attr(body, "data-" + name); }
function listed(list, word) { return (" " + list + " ").indexOf(" " + word + " ") >= 0; }
function run(statement) { try { if (statement) { statement(); } } catch (e) {} }
function write(el, text) {
  if (!el || (el.firstChild ? el.firstChild.nodeValue : "") == text) { return; }
  while (el.firstChild) { el.removeChild(el.firstChild); }
  el.appendChild(doc.createTextNode(text));
}
function token(el, name, on) {
  if (!el) { return; }
  var c = (" " + el.className + " ").replace(" " + name + " ", " ").replace(/^ +| +$/g, "");
  c = on ? c + " " + name : c;
  if (el.className != c) { el.className = c; }
}
function cookie(name, value, days) {
  doc.cookie = name + "=" + encodeURIComponent(value) + "; path=/" + (days ? "; max-age=" + days * 86400 +
    "; expires=" + new Date(now() + days * 864e5).toGMTString() : "");
}

// The fragment: f is the focus here; after a b it is the focus on that page, and o is the focus here. Pairs of b and f
// are a stack, nearest first. All of it comes from outside.
function parse(text) {
  var parts = (text || "").replace(/^#/, "").split("&"), i, m, found = { own: "", stack: [] };
  for (i = 0; i < parts.length; i++) {
    m = /^([bfo])=([\w.-]{1,40})$/.exec(parts[i]);
    if (!m) { continue; }
    if (m[1] == "b") {
      if (NAME.test(m[2] + ".html") && found.stack.length < DEEP) { found.stack.push([m[2], ""]); }
    } else if (m[1] == "f" && found.stack.length) { found.stack[found.stack.length - 1][1] = m[2]; } else { found.own = m[2]; }
  }
  return found;
}
function fragment(focus, pairs) {
  var parts = [], i;
  for (i = 0; i < pairs.length && i < DEEP; i++) { parts.push("b=" + pairs[i][0] + (pairs[i][1] ? "&f=" + pairs[i][1] : "")); }
  if (focus) { parts.push((parts.length ? "o=" : "f=") + focus); }
  return parts.length ? "#" + parts.join("&") : "";
}
function address(name) { return base + (name.indexOf(".") > 0 ? "i/" : "") + name + ".html"; }
// The key that led on is told to the next page: it may be held still.
function go(href) {
  R.gone = now();
  run(function () { win.name = win.name.replace(HELD, " k=" + lastCode); });
  loc.href = href;
}
// A page of the channel, once it is known to be there: on a browser's own page of errors no key leads back.
// Meanwhile keys are not for this page any more.
function load(href) {
  if (R.lost && R.lost(href)) { R.gone = now(); } else { go(href); }
}

// Follows a link to a page with the way back in the fragment; anything else as it stands. Another screen of this page, or
// this page with large text, is no step: the way stays, and so does the focus on a page arrow or where `keep` names it.
function follow(href, keep) {
  var m = NAME.exec(href), focus, pairs = stack, here = NAME.exec(self + ".html");
  if (!href || href == "#") { return; }
  if (!m) { go(href); return; }
  focus = parse(m[5]).own || keep;
  if (m[2] == "100" && !m[3]) { pairs = []; }
  else if (here && here[2] == m[2] && (here[3] || "") == (m[3] || "")) {
    if (cur && /^p[ud]$/.test(cur.id)) { focus = cur.id; }
  } else if (data("lead") && here && here[2] == m[2] && m[3]) {
    // The next of a list: BACK leads to the list still, to what is shown by then.
    if (stack.length) { pairs = [[stack[0][0], "i" + m[3].slice(1)]].concat(stack.slice(1)); }
  } else { pairs = [[self, cur ? cur.id : ""]].concat(stack); }
  load(href.split("#")[0] + fragment(focus, pairs));
}
function click(el) {
  if (!el) { return; }
  if (el.id == "back") { back(); return; }
  if (el.id == "tv" || el.id == "live") { leave(); return; }
  if (el.id == "ky" && T.large) { resize(); return; }
  follow(el.getAttribute("href", 2));
}
// The page in the other size of text: its first screen, for there are more or fewer of them, with focus and way.
function resize() {
  var folder = /([^\/]+)\/(?:i\/)?[^\/]*$/.exec(loc.pathname);
  cookie("profile", T.large, 365);
  follow(base + "../../" + T.large + "/" + folder[1] + "/" + address(self.replace(/-\d+$/, "")).slice(base.length), cur.id);
}
function back() {
  if (stack.length) { load(address(stack[0][0]) + fragment(stack[0][1], stack.slice(1))); }
  else if (data("back")) { load(data("back")); }
  else { leave(); }
}
function leave() {
  var live = T.live || attr(byId("tv"), "href");
  run(T.restore);
  if (T.exit) { run(T.exit); } else if (live && live != "#") { go(live); }
}

function focusOn(el) {
  if (!el || el == cur) { return; }
  token(cur, "f", 0);
  token(el, "f", 1);
  cur = el;
  if (T.follow) { try { el.focus(); } catch (e) {} }
}
// An arrow moves the focus; where there is nothing that way, left and right lead on from an item to the next. Down from
// the lowest row is the next screen, rather than the buttons at the foot, and up from the highest the one before.
function step(action) {
  var el = byId(attr(cur, "data-n").split(",")[SIDES[action]]);
  if (action == "down" && data("onward") && (!el || !FOOT.test(cur.id) && FOOT.test(el.id))) { follow(data("next")); }
  else if (el) { focusOn(el); }
  else if (action == "up" && data("screen") > 1) { follow(data("prev"), "h99"); }
  else if (data("lead") && SIDES[action] > 1) { click(byId(action == "left" ? "kr" : "kg")); }
}
// The link that was left, else the one of its kind whose number is nearest, else the first of the page.
function restored() {
  var want = /^(\D*)(\d+)$/.exec(own), links = doc.getElementsByTagName("a"), best = null, far = 1e9, i, m, d;
  if (byId(own) && attr(byId(own), "href")) { return byId(own); }
  for (i = 0; want && i < links.length; i++) {
    m = /^(\D*)(\d+)$/.exec(links[i].id);
    d = m && m[1] == want[1] ? Math.abs(m[2] - want[2]) : far;
    if (d < far) { far = d; best = links[i]; }
  }
  return best || byId(start) || links[0];
}

// Stands in the header in place of number and title, where no link is: few letters large, others on one line or two.
function note(text, then, ms) {
  var el = byId("echo");
  clearTimeout(timer);
  write(el, text);
  token(el, "on", text);
  token(el, "big", text.length < 8);
  token(el, "one", 1);
  if (el && el.scrollHeight > el.offsetHeight) { token(el, "one", 0); }
  if (then) { timer = setTimeout(then, ms); }
}
function hush() { note(""); }
function typed(text) {
  digits = text;
  if (text.length == 3) { note(text); commit(); }
  else { note(text && text.split("").join(" ") + " _ _".slice(2 * text.length - 2), text && commit, 3500); }
}
// The number that is nearest to one that no page has.
function nearest(asked) {
  for (var d = 1; d < 999; d++) {
    if (T.pages.test(+asked - d)) { return +asked - d; }
    if (T.pages.test(+asked + d)) { return +asked + d; }
  }
}
function commit() {
  var asked = digits;
  digits = "";
  if (asked.length < 3) { note(T.short, hush, 4000); }
  else if (!T.pages.test(asked)) { note(T.missing.replace("{page}", asked).replace("{near}", nearest(asked)), hush, 4000); }
  else if (asked == self) { hush(); }
  else { follow(address(asked)); }
}

function act(action) {
  R.quiet = 0;
  // What stands over the page has the keys first.
  if (R.before && R.before(action)) { return; }
  if (/^\d$/.test(action)) { typed(digits + action); }
  else if (digits && action == "ok") { commit(); }
  else if (digits && action == "back") { typed(digits.slice(0, -1)); }
  else if (typeof SIDES[action] == "number") { step(action); }
  else if (action == "ok") { click(cur); }
  else if (action == "back") { back(); }
  else if (action == "exit") { leave(); }
  else if (action == "pageup") { follow(data("prev")); }
  else if (action == "pagedown") { follow(data("next")); }
  else if (COLOURS[action]) { click(byId(COLOURS[action])); }
}

function keyed(word) {
  for (var action in T.keys) { if (listed(T.keys[action], word)) { return action; } }
  return "";
}
// What a key asks for: by its name where the browser gives one, else by its code.
function meaning(code, name) {
  var action = name && name.length > 1 && keyed(name), i, g;
  if (action) { return action; }
  for (i = 0; i < T.guarded.length; i++) {
    g = T.guarded[i];
    if (listed(g[2], code)) { cookie("g" + g[0], 1); }
    if (g[0] == code && (g[3] && navigator.userAgent.indexOf(g[3]) >= 0 || doc.cookie.indexOf("g" + code + "=1") >= 0)) { return g[1]; }
  }
  for (i = 0; i < T.digits.length; i++) { if (code >= T.digits[i] && code < T.digits[i] + 10) { return "" + (code - T.digits[i]); } }
  return keyed(code);
}
function onKey(e) {
  e = e || win.event;
  var code = e[T.payload] || e.which || e.keyCode, action = meaning(code, e.key || e.keyIdentifier), t = now(), arrow = typeof SIDES[action] == "number", held;
  if (!action || e.ctrlKey || e.altKey || e.metaKey) { return T.passed; }
  if (e.preventDefault) { e.preventDefault(); }
  e.returnValue = false;
  // A browser that knows `repeat` says whether a key is held; elsewhere the same code within the time is. Only arrows
  // may be held: an OK held a little long must not follow a link of the next page too.
  held = e.repeat && !arrow || e.repeat !== false && code == lastCode && Math.abs(t - lastTime) < T.debounce;
  // One that was held when this page came goes on on it.
  if (e.repeat === undefined && !arrow && Math.abs(t - began) < 400 && (!carried || code == carried)) { held = 1; lastCode = code; }
  if (held && !arrow) { lastTime = t; }
  if (!held && (ready || Math.abs(t - began) > T.timeout) && Math.abs(t - R.gone) > 3000) {
    lastCode = code;
    lastTime = t;
    act(action);
  }
  return T.handled;
}

function chosen(el) {
  var name = el && el.lastChild && el.lastChild.firstChild;
  if (name && name.nodeValue) { note(T.chosen.replace("{estate}", name.nodeValue), hush, 4000); }
}
function init() {
  if (body || !doc.body) { return; }
  var m = NAME.exec(loc.pathname), links = doc.getElementsByTagName("a"), i, found = parse(loc.hash), estate;
  body = doc.body;
  start = data("start");
  base = data("base");
  estate = data("estate");
  self = m ? m[1] : data("page") + (data("screen") > 1 ? "-" + data("screen") : "");
  own = found.own;
  stack = found.stack;
  // A way back to where one is leads nowhere.
  while (stack.length && stack[0][0] == self) { stack = stack.slice(1); }
  run(T.hide);
  run(T.start);
  for (i = 0; i < links.length; i++) { if (/(^| )f( |$)/.test(links[i].className)) { token(links[i], "f", 0); } }
  focusOn(restored());
  if (data("page") == "100" && estate && estate != "district") {
    // Another estate than the box had: say so, by the name in the header.
    if ((" " + doc.cookie + ";").indexOf(" estate=" + estate + ";") < 0) { chosen(byId("p109")); }
    cookie("estate", estate, 365);
  }
}

doc[T.onkey] = onKey;
if (T.onsystem) {
  doc[T.onsystem] = function (e) {
    e = e || win.event;
    if (T.ready && (e[T.payload] || e.which) == T.ready) { ready = 1; }
    return T.passed;
  };
}
win.remote = R = {
  // For how many ms no key was pressed.
  press: act, quiet: 0, gone: 0, before: 0,
  now: now, byId: byId, attr: attr, data: data, write: write, token: token, listed: listed, cookie: cookie,
  address: address, fragment: fragment, follow: follow, go: go, leave: leave, focusOn: focusOn, note: note, hush: hush,
  cur: function () { return cur; },
  // The way back, with the page that is here before it where `here` is true.
  stack: function (here) { return here ? [[self, cur ? cur.id : ""]].concat(stack) : stack; },
  digits: function () { return digits; }
};
win.onload = function () {
  init();
  if (!T.ready) { ready = 1; }
  if (R.loaded) { R.loaded(); }
};
init();
})(TABLE);
