/* Keeps the pages that were seen last. Without a network it shows them, saying so, and else a list of what it has. */
"use strict";
const KEPT = "portal-pages-2", SHELL = "portal-shell-2", MOST = 40;
const OFFLINE = {{ as_of | tojson }};
const WARNED = {{ changed | tojson }};
const NOTHING = {{ offline | tojson }};
const POLICY = "default-src 'none'; img-src 'self'; style-src '{{ style_hash }}'; script-src 'self'; connect-src 'self'; "
  + "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const ROOT = self.registration.scope, PAGE = /^(?:[a-z0-9-]+[/][1-9][0-9]{2}|i[/][0-9]{3}[.][a-z0-9]+)$/;
const inside = url => url.startsWith(ROOT) ? url.slice(ROOT.length).replace(/[?#].*/, "") : null;
self.addEventListener("install", event => event.waitUntil(
  caches.open(SHELL).then(cache => cache.addAll(["portal.js", "icon.svg", "manifest.json"]))
    .catch(() => { /* They come with the pages. */ }).then(() => self.skipWaiting())));
self.addEventListener("activate", event => event.waitUntil((async () => {
  const known = await caches.keys();
  await Promise.all(known.filter(name => name.startsWith("portal-") && name !== KEPT && name !== SHELL).map(name => caches.delete(name)));
  await self.clients.claim();
  // The page that brought the worker was there before it.
  const open = await self.clients.matchAll({type: "window"});
  await Promise.all(open.map(one => fetch(one.url).then(answer => keep(one.url, answer)).catch(() => {})));
})()));
async function keep(url, answer) {
  const name = inside(url), page = PAGE.test(name);
  // What was taken down is not to come back out of a pocket.
  if (page && (answer.status === 404 || answer.status === 410)) { await (await caches.open(KEPT)).delete(ROOT + name); }
  if (!answer.ok || answer.type !== "basic" || !(page || /^[a-z]+[.][a-z]+$/.test(name))) { return; }
  const cache = await caches.open(page ? KEPT : SHELL), address = ROOT + name;
  await cache.delete(address);
  await cache.put(address, answer);
  const known = page ? await cache.keys() : [];
  await Promise.all(known.slice(0, Math.max(0, known.length - MOST)).map(old => cache.delete(old)));
}
function when(answer) {
  const at = new Date(answer.headers.get("Date") || NaN);
  return isNaN(at) ? "" : at.toLocaleString("{{ lang }}", {timeZone: "{{ zone }}", weekday: "short", hour: "2-digit", minute: "2-digit"});
}
async function shown(answer) {
  let text = await answer.text();
  const ends = /<div id="alert"[^>]*>\s*<div[^>]* data-ends="([^"]+)"/.exec(text);
  // What was over when it ended is no warning any more; what may still hold stays, and says of when it is.
  if (ends && Date.parse(ends[1]) < Date.now()) { text = text.replace(/(<div id="alert"[^>]*>)[\s\S]*?<[/]div><!--alert-->/, "$1</div><!--alert-->"); }
  const said = OFFLINE.replace("@", when(answer)) + (/class="alert /.test(text) ? " " + WARNED : "");
  text = text.replace('<main id="main"', () => '<p class="offline wide" role="status">' + said + '</p><main id="main"');
  return new Response(text, {headers: answer.headers});
}
async function list(wanted) {
  const cache = await caches.open(KEPT), rows = [];
  for (const one of (await cache.keys()).reverse()) {
    const answer = await cache.match(one), text = await answer.text();
    // Both are as our own page escaped them.
    const title = /<title>([^<]*)/.exec(text), place = / data-name="([^"]*)"/.exec(text.slice(0, 400));
    const at = [place && place[1], when(answer)].filter(Boolean).join(" · ");
    rows.push('<li><p class="name"><a href="' + one.url + '">' + (title ? title[1].replace(/ – [^–]*$/, "") : one.url) + '</a></p><p class="soft">' + at + "</p></li>");
  }
  let text = NOTHING.replace("@kept@", () => rows.join("")).replaceAll('="./', () => '="' + ROOT);
  text = wanted ? text.replace("@page@", wanted) : text.replace(/<p id="wanted">.*?<[/]p>/, "");
  return new Response(text, {status: 503, headers: {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}});
}
async function instead(request) {
  const name = inside(request.url), asked = new URL(request.url).searchParams;
  const kept = await caches.match(ROOT + name);
  if (kept) { return PAGE.test(name) ? shown(kept) : kept; }
  if (request.mode !== "navigate") { return Response.error(); }
  const typed = (name === "go" ? asked.get("page") || "" : name).normalize("NFKC").trim();
  const number = /^[1-9][0-9]{2}$/.test(typed) ? typed : "", estate = name === "go" ? asked.get("estate") || "" : "";
  if (number) {
    // Another estate's page is never shown under this one's address: the way leads to where it stands.
    const known = (await (await caches.open(KEPT)).keys()).reverse().map(one => one.url);
    const found = known.find(url => estate ? url === ROOT + estate + "/" + number : url.endsWith("/" + number));
    if (found) { return Response.redirect(found); }
  }
  return list(number || (/[/]([1-9][0-9]{2})$/.exec(name) || [])[1]);
}
async function ask(event) {
  try {
    // Asked for anew each time: what a browser keeps for a moment would hide that there is no network.
    const answer = await fetch(event.request.url, {cache: "no-cache", redirect: "manual", credentials: "same-origin"});
    event.waitUntil(keep(event.request.url, answer.clone()));
    return answer;
  } catch (error) {
    return instead(event.request);
  }
}
self.addEventListener("fetch", event => {
  if (event.request.method === "GET" && inside(event.request.url) !== null) { event.respondWith(ask(event)); }
});
