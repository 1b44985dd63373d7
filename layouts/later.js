// What a page does without a key: the clock, warnings, a newer page, television after a quiet time. In ES3, loaded after
// remote.js, whose `remote` it calls R; channel.paint.script puts the profile's table in for TABLE.
(function (T, R) {
if (!R) { return; }
var doc = document, win = window, loc = location, now = R.now, byId = R.byId,
  page = R.data("page"), base = R.data("base"), idle = +R.data("idle"), every = +R.data("every"), key = R.data("key"),
  minute = -1, ahead = 0, pollAt = 0, checkAt = 0, began = now(),
  alertId = "", alertPage = "900", over = 0, marked = 0, below = null, beside = null, warned = 0, seen = "", asked = "",
  last = began, wanted = 0, heard = 0, flying = {}, lost = 0, leaving = "", patience = 0;

function cover(on) {
  over = on;
  R.token(byId("over"), "on", on);
}
// Whether a warning that takes over has not been shown yet: `id` lists all that do.
function fresh() {
  for (var ids = alertId.split(" "), i = 0; i < ids.length; i++) { if (!R.listed(seen, ids[i])) { return 1; } }
  return 0;
}
function met() {
  seen = alertId;
  R.cookie("seen", alertId);
  // A box may keep no cookie, and must not be led to the same warning from every page.
  keep("seen", alertId);
}
function decoded(found) { try { return found ? decodeURIComponent(found[1]) : ""; } catch (e) { return ""; } }
// What the next page in this window is told.
function kept(name) { return decoded(new RegExp("(?:^| )" + name + "=(\\S*)").exec(win.name)); }
function keep(name, value) {
  win.name = win.name.replace(new RegExp("(^| )" + name + "=\\S*"), "") + " " + name + "=" + encodeURIComponent(value);
}
// alert.json is flat; a member is taken out by pattern, for these engines have no JSON and pages allow no eval.
function member(text, name) {
  var m = new RegExp('"' + name + '"\\s*:\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(\\d+))').exec(text);
  return m ? (m[2] || m[1] || "").replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, function (all, code, c) {
    return code ? String.fromCharCode(parseInt(code, 16)) : c == "n" ? " " : c;
  }) : "";
}
// A takeover is its page, with the way back to where one was; where that cannot be had, what to do stands here.
function alerted(text) {
  var level = member(text, "level"), loud = level == "takeover", mark = byId("mark"), former = alertId;
  alertId = member(text, "id");
  alertPage = member(text, "page");
  if (!T.pages.test(alertPage)) { alertPage = "900"; }
  marked = mark && page != alertPage && (loud || level == "strip");
  R.write(byId("markt"), marked ? "▲ " + (R.attr(mark, "data-short") ? "" : (member(text, "mark") || T.alert) + " ") + alertPage : "");
  if (mark) { mark.href = R.address(alertPage); }
  R.token(mark, "on", marked);
  R.token(mark, "loud", loud);
  if (!marked && R.cur() && R.cur() == mark) { R.focusOn(within()); }
  if (wanted && marked) { below = R.cur(); R.focusOn(mark); }
  wanted = 0;
  if (loud && page == alertPage && fresh()) { met(); checkAt = 0; }
  // What is over is not to stand on the page of warnings.
  if (heard && page == alertPage && alertId != former) { checkAt = 0; }
  heard = 1;
  if (!loud || !fresh()) { asked = ""; cover(0); return; }
  R.write(byId("overt"), member(text, "text"));
  R.write(byId("overd"), member(text, "do"));
  if (over || asked == alertId) { return; }
  taken(alertId);
}
function taken(id) {
  asked = id;
  function due() { return asked == id && alertId == id && fresh(); }
  function stand() { if (due()) { cover(1); } }
  // A page that is long in coming is waited for beneath what is known already.
  setTimeout(stand, 2000);
  fetch(R.address(alertPage), "page", function (text) {
    if (!due()) { return; }
    if (text.indexOf("data-key=") < 0) { stand(); } else { met(); R.go(R.address(alertPage) + R.fragment("", R.stack(1))); }
  }, stand);
}
// What hangs is let go when it is asked for again: it would keep a connection from what a key asks for.
function fetch(url, kind, done, failed) {
  var x = flying[url];
  try {
    if (x) { x.onreadystatechange = function () {}; x.abort(); }
    x = flying[url] = win.XMLHttpRequest ? new XMLHttpRequest() : new ActiveXObject("Microsoft.XMLHTTP");
    x.onreadystatechange = function () {
      if (x.readyState != 4) { return; }
      lost = !x.status;
      if (x.status == 200) { done(x.responseText, x); return; }
      if (x.status) { report(kind); }
      if (failed) { failed(); }
    };
    x.open("GET", url, true);
    x.send(null);
  } catch (e) { if (failed) { failed(); } }
}
// The page is asked for before the box leaves this one: it comes out of the browser's memory then, and where nothing
// answers the box stays where keys still work. What hangs is given up, and asked for again by the next key.
R.lost = function (href) {
  if (!/^http/.test(loc.protocol)) { return 0; }
  function there() { if (leaving == href) { leaving = ""; R.go(href); } }
  function none() { if (leaving == href) { leaving = ""; R.gone = 0; R.note(T.lost, R.hush, 4000); } }
  leaving = href;
  clearTimeout(patience);
  patience = setTimeout(none, 5000);
  fetch(href.split("#")[0], "page", there, function () { if (lost) { none(); } else { there(); } });
  return 1;
};
// By how much the channel's time is ahead of the box's: what the origin said and how old that was when it came. The
// preview says `now`, the moment that it shows.
function timed(x, text) {
  var said = 1000 * member(text, "now");
  try {
    said = said || Date.parse(x.getResponseHeader("Date")) + 1000 * (+x.getResponseHeader("Age") || 0);
  } catch (e) {}
  if (said > 0) { ahead = said - now(); keep("a", Math.round(ahead)); }
}
// Loads the page anew only when the server has another one; the focus and the way back stay.
function refreshed(text) {
  if (text.indexOf("data-key=") < 0 || text.indexOf('data-key="' + key + '"') > 0) { return; }
  if (R.quiet < 5000 || over || R.digits()) { return; }
  loc.replace(loc.href.split("#")[0] + (R.fragment(R.cur() && R.cur().id, R.stack()) || "#f="));
  loc.reload();
}
// Keys while something stands over the page, and the way to the mark in the header, which is there at times.
R.before = function (action) {
  var cur = R.cur(), mark = byId("mark"), to;
  wanted = 0;
  if (warned) { warned = 0; R.hush(); }
  if (over && action != "exit") {
    if (action == "ok" || action == "back") { met(); cover(0); }
    if (action == "ok") { R.follow(R.address(alertPage)); }
    return 1;
  }
  if (!marked || !cur) { return 0; }
  if (cur == mark) {
    to = within();
    if (action == "down") { R.focusOn(to); }
    if (action == "right") { R.focusOn(beside || to); }
    return /^(up|down|left|right)$/.test(action);
  }
  to = R.attr(cur, "data-n").split(",");
  if (action == "up" && !(R.data("screen") > 1) && !high(cur, mark) && (!byId(to[0]) || high(byId(to[0]), mark))) { below = cur; beside = byId(to[0]); }
  else if (action == "left" && high(cur, mark) && !byId(to[2])) { below = byId(to[1]) || below; beside = cur; }
  else { return 0; }
  R.focusOn(mark);
  return 1;
};
// Where the page itself is entered: by the link that one came from, else by its first.
function within() { return below || byId(R.data("start")) || doc.links[1]; }
// Whether a link stands in the header, beside the mark.
function high(el, mark) { return el.offsetTop < mark.offsetTop + mark.offsetHeight; }

// A day by the channel's pattern: texts, and 0 for its number, 1 for its month, 2 for its day of the week.
function dated(d) {
  var i, text = "", month = d.getUTCMonth(),
    fields = [d.getUTCDate(), T.months ? T.months[month] : month + 1, T.days[d.getUTCDay()]];
  for (i = 0; i < T.dated.length; i++) { text += typeof T.dated[i] == "number" ? fields[T.dated[i]] : T.dated[i]; }
  return text;
}
// Once a second: nothing here touches the focus.
function tick() {
  var t = now(), d, left, i, lived = t - last, live = T.exit || T.live || R.attr(byId("tv"), "href");
  last = t;
  // The box's clock was set back: what waits for a moment waits anew.
  if (lived < -1000) { pollAt = 0; checkAt = t + every * 1000; }
  // However it is set, a tick is a second or what a slow box makes of it.
  R.quiet += lived >= 0 && lived < 5000 ? lived : 1000;
  d = new Date(t + ahead);
  // Of the zone's changes the last that is over by now.
  for (i = T.zone.length - 1; i > 0 && T.zone[i][0] * 1000 > d.getTime(); i--) {}
  d = new Date(d.getTime() + T.zone[i][1] * 60000);
  left = idle && live ? idle - R.quiet / 1000 : 99;
  if (Math.floor(d.getTime() / 60000) != minute) {
    minute = Math.floor(d.getTime() / 60000);
    R.write(byId("clk"), (T.twelve ? (d.getUTCHours() + 11) % 12 + 1 : ("0" + d.getUTCHours()).slice(-2)) + ":" + ("0" + d.getUTCMinutes()).slice(-2));
    R.write(byId("day"), dated(d));
  }
  if (t >= pollAt) {
    pollAt = t + T.poll * (800 + 400 * Math.random());
    fetch(base + "alert.json", "alert", function (text, x) { timed(x, text); alerted(text); });
  }
  if (every && t >= checkAt && R.quiet > 5000 && !over) {
    checkAt = t + every * (1000 + 200 * Math.random());
    fetch(loc.href.split("#")[0], "page", refreshed);
  }
  if (over || page == "900") { return; }
  if (left <= 0) { R.quiet = 0; R.leave(); }
  else if (left < 10 && idle > 20 && !warned) { warned = 1; R.note(T.leaving); }
}
// Of a hundred failures to load one is told: which family, what kind, and nothing of the box.
function report(kind) {
  if (T.report && Math.random() < 0.01) { new Image().src = (T.away ? "" : base) + T.report + kind; }
}
R.loaded = function () {
  for (var i = 0; i < doc.images.length; i++) {
    if (doc.images[i].naturalWidth === 0) {
      report("picture");
      // Its page may be of an engine that is gone: the same address names other pictures now. Once, or it would never end.
      if (kept("p") != loc.pathname) { keep("p", loc.pathname); loc.reload(true); }
      break;
    }
  }
};

every = every && Math.max(every, 60);
checkAt = began + every * (1000 + 200 * Math.random());
seen = decoded(/(?:^|; )seen=([^;]*)/.exec(doc.cookie)) || kept("seen");
// The channel's time as the page before knew it, until this one is told: a wrong hour is not shown even for a moment.
ahead = +kept("a") || 0;
// The mark is not there yet: the focus goes to it with the mark.
wanted = R.cur() && R.cur() == byId("mark");
if (wanted) { R.focusOn(within()); }
tick();
setInterval(tick, 1000);
})(TABLE, window.remote);
