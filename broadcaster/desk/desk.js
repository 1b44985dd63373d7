// What the form of a notice does while somebody types: it shows the television, and keeps every word in this browser until
// the desk has it. Without this script the form still saves.
"use strict";
(function () {
  // What was sent before this page and is not in trouble has reached the desk.
  const sent = sessionStorage.getItem("desk sent");
  if (sent && !document.querySelector(".trouble[role=alert]")) { localStorage.removeItem(sent); }
  sessionStorage.removeItem("desk sent");
  // A source that is being asked: its page is loaded anew when it was.
  const waits = document.querySelector("[data-waits]");
  async function ask() {
    try {
      const answer = await fetch(waits.dataset.waits);
      if (answer.ok && (await answer.json()).done) { location.reload(); return; }
    } catch (_) { /* There is another time. */ }
    setTimeout(ask, 1000);
  }
  if (waits) { setTimeout(ask, 500); }
  const form = document.getElementById("notice");
  if (!form) { return; }
  const shown = document.getElementById("shown"), said = document.getElementById("said");
  const key = "desk " + form.dataset.kept;
  let timer = 0, asked = 0;

  function typed() {
    const fields = {};
    for (const [name, value] of new FormData(form)) {
      if (name !== "form" && name !== "base") { (fields[name] = fields[name] || []).push(value); }
    }
    return JSON.stringify(fields);
  }
  function restore(text) {
    const fields = JSON.parse(text);
    for (const field of form.elements) {
      const values = fields[field.name];
      if (field.type === "checkbox") { field.checked = Boolean(values && values.includes(field.value)); }
      else if (values && field.type !== "hidden" && field.type !== "submit") { field.value = values[0]; }
    }
  }
  async function look() {
    const number = asked += 1;
    let told;
    try {
      const answer = await fetch(form.dataset.drafted, { method: "POST", body: new FormData(form) });
      if (!answer.ok) { said.textContent = await answer.text(); return; }
      told = await answer.json();
    } catch (_) { return; }
    if (number !== asked) { return; }
    said.textContent = told.trouble || told.said;
    if (told.trouble) { return; }
    shown.replaceChildren(...told.shown.flatMap(function (family) {
      const name = document.createElement("p");
      name.textContent = family.title + " · " + family.pictures.length;
      const found = family.findings.map(function (sentence) {
        const line = document.createElement("p");
        line.className = "trouble";
        line.textContent = sentence;
        return line;
      });
      const pictures = family.pictures.map(function (source) {
        const picture = new Image();
        picture.src = source;
        picture.alt = form.elements.title.value;
        return picture;
      });
      return [name, ...found, ...pictures];
    }));
  }
  function later() {
    if (form.dataset.kept) { localStorage.setItem(key, typed()); }
    clearTimeout(timer);
    timer = setTimeout(look, 150);
  }

  const first = typed(), kept = form.dataset.kept && localStorage.getItem(key);
  // What was typed and never reached the desk is there again, unless the desk itself has brought it back.
  if (kept && kept !== first && !document.querySelector(".trouble")) { restore(kept); }
  form.addEventListener("input", later);
  form.addEventListener("submit", function () { sessionStorage.setItem("desk sent", form.dataset.kept ? key : ""); });
  look();
})();
