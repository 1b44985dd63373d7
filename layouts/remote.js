// The remote control of a page, in ES3 for engines of the class of IE 6. channel.paint.script puts the profile's table
// in for TABLE and takes comments and indentation out. Everything a key does is in the page already: this script finds
// out which key it was and follows what the page says. See docs/profiles.md for the page's side of the contract.
(function (T) {
var doc = document, win = window, loc = location, body,
  began = now(), pressed = began, gone = 0, ready = 0, lastCode = 0, lastTime = 0,
  cur, own = "", stack = [], self = "", page = "", start = "", base = "", idle = 0, every = 0, key = "",
  digits = "", timer = 0, minute = -1,
  pollAt = 0, checkAt = 0, alertId = "", alertPage = "900", over = 0, warned = 0, seen = null,
  NAME = /(?:^|\/)(([1-9]\d\d)(\.[a-z0-9]{1,24})?(-\d{1,2})?)\.html(?:#(.*))?$/,
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
      if (NAME.test(m[2] + ".html") && found.stack.length < 4) { found.stack.push([m[2], ""]); }
    } else if (m[1] == "f" && found.stack.length) { found.stack[found.stack.length - 1][1] = m[2]; } else { found.own = m[2]; }
  }
  return found;
}
function fragment(focus, pairs) {
  var parts = [], i;
  for (i = 0; i < pairs.length && i < 4; i++) { parts.push("b=" + pairs[i][0] + (pairs[i][1] ? "&f=" + pairs[i][1] : "")); }
  if (focus) { parts.push((parts.length ? "o=" : "f=") + focus); }
  return parts.length ? "#" + parts.join("&") : "";
}
function address(name) { return base + (name.indexOf(".") > 0 ? "i/" : "") + name + ".html"; }
function go(href) { gone = now(); loc.href = href; }

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
  } else { pairs = [[self, cur ? cur.id : ""]].concat(stack); }
  go(href.split("#")[0] + fragment(focus, pairs));
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
  if (stack.length) { go(address(stack[0][0]) + fragment(stack[0][1], stack.slice(1))); }
  else if (data("back")) { go(data("back")); }
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

function note(text, then, ms) {
  clearTimeout(timer);
  write(byId("echo"), text);
  token(byId("echo"), "on", text);
  if (then) { timer = setTimeout(then, ms); }
}
function hush() { note(""); }
function typed(text) {
  digits = text;
  if (text.length == 3) { note(text); commit(); } else { note(text, text && commit, 1500); }
}
function commit() {
  var asked = digits;
  digits = "";
  if (!T.pages.test(asked)) { note("没有 " + asked + " 页", hush, 2000); }
  else if (asked == self) { hush(); }
  else { follow(address(asked)); }
}

function cover(on) {
  over = on;
  token(byId("over"), "on", on);
}
function dismiss() {
  seen = alertId;
  cookie("seen", alertId);
  cover(0);
}
// alert.json is flat; a member is taken out by pattern, for these engines have no JSON and pages allow no eval.
function member(text, name) {
  var m = new RegExp('"' + name + '"\\s*:\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(\\d+))').exec(text);
  return m ? (m[2] || m[1] || "").replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, function (all, code, c) {
    return code ? String.fromCharCode(parseInt(code, 16)) : c == "n" ? " " : c;
  }) : "";
}
function alerted(text) {
  var level = member(text, "level"), words = member(text, "text");
  alertId = member(text, "id");
  alertPage = member(text, "page");
  if (!T.pages.test(alertPage)) { alertPage = "900"; }
  if (level == "takeover" && alertId != seen && page != alertPage) { write(byId("overt"), words); cover(1); } else { cover(0); }
  write(byId("strip"), level == "strip" ? words : "");
  token(byId("strip"), "on", level == "strip" && words);
}
function fetch(url, kind, done) {
  var x;
  try {
    x = win.XMLHttpRequest ? new XMLHttpRequest() : new ActiveXObject("Microsoft.XMLHTTP");
    x.onreadystatechange = function () {
      if (x.readyState != 4) { return; }
      if (x.status == 200) { done(x.responseText); } else if (x.status) { report(kind); }
    };
    x.open("GET", url, true);
    x.send(null);
  } catch (e) {}
}
// Loads the page anew only when the server has another one; the focus and the way back stay.
function refreshed(text) {
  if (text.indexOf("data-key=") < 0 || text.indexOf('data-key="' + key + '"') > 0) { return; }
  if (now() - pressed < 5000 || over || digits) { return; }
  loc.replace(loc.href.split("#")[0] + (fragment(cur && cur.id, stack) || "#f="));
  loc.reload();
}

function act(action) {
  pressed = now();
  if (warned) { warned = 0; hush(); }
  if (over && action != "exit") {
    if (action == "ok" || action == "back") { dismiss(); }
    if (action == "ok") { follow(address(alertPage)); }
    return;
  }
  if (/^\d$/.test(action)) { typed(digits + action); }
  else if (digits && action == "ok") { commit(); }
  else if (digits && action == "back") { typed(digits.slice(0, -1)); }
  else if (typeof SIDES[action] == "number") { focusOn(byId(attr(cur, "data-n").split(",")[SIDES[action]])); }
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
  var code = e[T.payload] || e.which || e.keyCode, action = meaning(code, e.key || e.keyIdentifier), t = now(), held;
  if (!action || e.ctrlKey || e.altKey || e.metaKey) { return T.passed; }
  if (e.preventDefault) { e.preventDefault(); }
  e.returnValue = false;
  // A browser that knows `repeat` says whether a key is held; elsewhere the same code within the time is. Only arrows
  // may be held: an OK held a little long must not follow a link of the next page too.
  held = e.repeat && typeof SIDES[action] != "number" || code == lastCode && t - lastTime < T.debounce && e.repeat !== false;
  if (!held && (ready || t - began > T.timeout) && t - gone > 3000) {
    lastCode = code;
    lastTime = t;
    act(action);
  }
  return T.handled;
}

// Once a second: nothing here touches the focus.
function tick() {
  var t = now(), d = new Date(), left = idle && (T.exit || T.live || attr(byId("tv"), "href")) ? idle - (t - pressed) / 1000 : 99;
  if (d.getMinutes() != minute) {
    minute = d.getMinutes();
    write(byId("clk"), ("0" + d.getHours()).slice(-2) + ":" + ("0" + minute).slice(-2));
    write(byId("day"), d.getMonth() + 1 + "月" + d.getDate() + "日 周" + "日一二三四五六".charAt(d.getDay()));
  }
  if (t >= pollAt) {
    pollAt = t + T.poll * (800 + 400 * Math.random());
    fetch(base + "alert.json", "alert", alerted);
  }
  if (every && t >= checkAt && t - pressed > 5000 && !over) {
    checkAt = t + every * (1000 + 200 * Math.random());
    fetch(loc.href.split("#")[0], "page", refreshed);
  }
  if (over || page == "900") { return; }
  if (left <= 0) { pressed = t; leave(); }
  else if (left < 10 && idle > 20 && !warned) { warned = 1; note("10 秒后看电视"); }
}
// Of a hundred failures to load one is told: which family, what kind, and nothing of the box.
function report(kind) {
  if (T.report && Math.random() < 0.01) { new Image().src = (T.away ? "" : base) + T.report + kind; }
}
function loaded() {
  var i;
  init();
  if (!T.ready) { ready = 1; }
  for (i = 0; i < doc.images.length; i++) {
    if (doc.images[i].naturalWidth === 0) {
      report("picture");
      // Its page may be of an engine that is gone: the same address names other pictures now. Once, or it would never end.
      if (win.name != loc.pathname) { win.name = loc.pathname; loc.reload(true); }
      break;
    }
  }
}
function init() {
  if (body || !doc.body) { return; }
  var m = NAME.exec(loc.pathname), links = doc.getElementsByTagName("a"), i, found = parse(loc.hash), estate;
  body = doc.body;
  page = data("page");
  start = data("start");
  base = data("base");
  idle = +data("idle");
  every = +data("every");
  every = every && Math.max(every, 60);
  checkAt = began + every * (1000 + 200 * Math.random());
  key = data("key");
  estate = data("estate");
  self = m ? m[1] : page + (data("screen") > 1 ? "-" + data("screen") : "");
  own = found.own;
  stack = found.stack;
  m = /(?:^|; )seen=([^;]*)/.exec(doc.cookie);
  if (m) { seen = decodeURIComponent(m[1]); }
  run(T.hide);
  run(T.start);
  for (i = 0; i < links.length; i++) { if (/(^| )f( |$)/.test(links[i].className)) { token(links[i], "f", 0); } }
  focusOn(restored());
  if (page == "100" && estate && estate != "district") { cookie("estate", estate, 365); }
  tick();
  setInterval(tick, 1000);
}

doc[T.onkey] = onKey;
if (T.onsystem) {
  doc[T.onsystem] = function (e) {
    e = e || win.event;
    if (T.ready && (e[T.payload] || e.which) == T.ready) { ready = 1; }
    return T.passed;
  };
}
win.remote = { press: act };
win.onload = loaded;
init();
})(TABLE);
