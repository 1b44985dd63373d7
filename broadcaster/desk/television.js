// The television at the desk: the slider of time, what is shown anew without leaving the page, frames in their size, and
// pictures that painters had no time for. Without this script the form still shows everything.
"use strict";
(function () {
  const PATIENCE = 12;

  // A page in a frame has its box's own pixels.
  function fit() {
    for (const frame of document.querySelectorAll(".tv iframe")) {
      const set = frame.parentElement;
      frame.style.transform = `scale(${set.clientWidth / frame.width}, ${set.clientHeight / frame.height})`;
    }
  }
  // Painters that are busy with boxes say so: a picture is asked for again after a while.
  function again(event) {
    const picture = event.target, tries = Number(picture.dataset.tries || 0);
    if (!picture.matches || !picture.matches(".tv img") || tries >= PATIENCE) { return; }
    picture.dataset.tries = tries + 1;
    setTimeout(function () { const source = picture.src; picture.src = ""; picture.src = source; }, 1000 + 500 * tries);
  }
  document.addEventListener("error", again, true);
  window.addEventListener("resize", fit);
  fit();

  const reach = document.getElementById("reach");
  async function learn() {
    const answer = await fetch(reach.dataset.from);
    if (!answer.ok) { throw answer; }
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }
  // What is approved is on air in a moment: that it is so is told when it is.
  function awaitAir(tries) {
    if (!reach.querySelector("#air[data-coming]") || tries > PATIENCE) { return; }
    setTimeout(async function () {
      try { reach.querySelector("#air").replaceWith((await learn()).getElementById("air")); } catch (_) { /* another time */ }
      awaitAir(tries + 1);
    }, 2000);
  }
  if (reach) {
    learn().then(function (told) {
      reach.lastElementChild.replaceChildren(...told.body.childNodes);
      awaitAir(0);
    }).catch(function () { /* the link stays */ });
  }

  const form = document.getElementById("scene");
  if (!form) { return; }
  const slide = document.getElementById("slide"), slid = document.getElementById("slid"), at = form.elements.at;
  const share = document.getElementById("share"), zone = form.dataset.zone;
  let timer = 0, turn = 0;

  // The channel's wall clock, wherever the editor sits; of the hour that comes twice the second one has a plus.
  function wall(moment) {
    const how = { timeZone: zone, dateStyle: "short", timeStyle: "short" };
    const text = (date) => date.toLocaleString("sv-SE", how).replace(" ", "T");
    return text(moment) + (text(new Date(moment - 36e5)) === text(moment) ? "+" : "");
  }
  // In the middle it is now, elsewhere the full quarter of an hour.
  function moment() {
    const now = Number(form.dataset.now), steps = Number(slide.value);
    return new Date(1000 * (steps ? 900 * (Math.floor(now / 900) + steps) : now));
  }
  function tell() {
    const how = { timeZone: zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    const words = `${moment().toLocaleString(document.documentElement.lang, how)} (${zone})`;
    slid.textContent = words;
    slide.setAttribute("aria-valuetext", words);
  }
  function address() {
    const kept = new URLSearchParams();
    for (const [name, value] of new FormData(form)) { if (value) { kept.append(name, value); } }
    return `?${kept}`;
  }
  async function show() {
    const mine = turn += 1, where = address();
    let text;
    try {
      const answer = await fetch(where);
      if (!answer.ok) { throw answer; }
      text = await answer.text();
    } catch (_) { location.search = where; return; }
    if (mine !== turn) { return; }
    const told = new DOMParser().parseFromString(text, "text/html");
    const view = document.getElementById("view"), fresh = told.getElementById("view");
    if (!fresh) { location.search = where; return; }
    view.replaceChildren(...fresh.childNodes);
    history.replaceState(null, "", where);
    ready();
  }
  function later() {
    clearTimeout(timer);
    timer = setTimeout(show, 250);
  }
  function ready() {
    fit();
    const button = document.getElementById("share");
    if (!button || !navigator.clipboard) { return; }
    button.hidden = false;
    button.addEventListener("click", async function () {
      await navigator.clipboard.writeText(location.href);
      button.textContent = button.dataset.said;
    });
  }
  slide.addEventListener("input", function () {
    const text = Number(slide.value) ? wall(moment()) : "";
    at.type = text.endsWith("+") ? "text" : "datetime-local";
    at.value = text;
    form.elements.release.value = "";
    tell();
    later();
  });
  form.addEventListener("change", function (event) {
    if (event.target === slide) { return; }
    // Whoever names a box wants to see it.
    if (event.target.name === "box") { form.elements.beside.value = event.target.value ? "box" : ""; }
    if (event.target.name === "page" && form.elements.item) { form.elements.item.remove(); }
    later();
  });
  form.addEventListener("submit", function (event) { event.preventDefault(); show(); });
  form.elements.estate.addEventListener("input", async function () {
    const found = document.getElementById("found");
    let rows = [];
    try { rows = await (await fetch(`${form.dataset.estates}?q=${encodeURIComponent(form.elements.estate.value)}`)).json(); } catch (_) { /* typed by hand */ }
    found.replaceChildren(...rows.map(function (row) { return new Option(`${row.note} · ${row.id}`, row.name); }));
  });
  if (share) { ready(); }
  tell();
})();
