/* Keeps the pages that were seen last, and shows them, saying so, when there is no network. */
"use strict";
const KEPT = "portal-1", MOST = 40;
const OFFLINE = {{ offline | tojson }};
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", event => event.waitUntil(self.clients.claim()));
async function keep(request, answer) {
  const cache = await caches.open(KEPT);
  await cache.delete(request);
  await cache.put(request, answer);
  const known = await cache.keys();
  await Promise.all(known.slice(0, Math.max(0, known.length - MOST)).map(old => cache.delete(old)));
}
async function seen(request) {
  const cache = await caches.open(KEPT), page = new URL(request.url).pathname.replace(/.*[/]/, "/");
  // A way that the origin would lead on (to a page of the estate) ends at the page that was seen last.
  const known = (await cache.keys()).reverse().find(one => one.url === request.url || new URL(one.url).pathname.endsWith(page));
  const answer = known && await cache.match(known);
  if (!answer || !(answer.headers.get("Content-Type") || "").startsWith("text/html")) { return answer || Response.error(); }
  const words = document => document.replace('<main id="main"', () => '<p class="offline wide" role="status">' + OFFLINE + '</p><main id="main"');
  return new Response(words(await answer.text()), {headers: answer.headers});
}
async function ask(event) {
  try {
    // Asked for anew each time: what a browser keeps for a moment would hide that there is no network.
    const answer = await fetch(event.request.url, {cache: "no-cache", redirect: "manual", credentials: "same-origin"});
    if (answer.ok && answer.type === "basic") { event.waitUntil(keep(event.request, answer.clone())); }
    return answer;
  } catch (error) {
    return seen(event.request);
  }
}
self.addEventListener("fetch", event => {
  const at = new URL(event.request.url);
  const ours = event.request.url.startsWith(self.registration.scope);
  if (event.request.method === "GET" && ours && !at.search) { event.respondWith(ask(event)); }
});
