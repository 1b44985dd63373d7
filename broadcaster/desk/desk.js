// What the form of a notice does while somebody types: it shows the television, and keeps every word in this browser until
// the desk has it. Without this script the form still saves.
"use strict";
(function () {
  // What was sent before this page and is not in trouble has reached the desk.
  const sent = sessionStorage.getItem("desk sent");
  if (sent && !document.querySelector(".trouble[role=alert]")) { localStorage.removeItem(sent); }
  sessionStorage.removeItem("desk sent");
  const form = document.getElementById("notice");
  if (!form) { return; }
  const shown = document.getElementById("shown"), said = document.getElementById("said"),
    left = document.getElementById("left");
  const key = "desk " + form.dataset.kept;
  let timer = 0, asked = 0;

  function typed() {
    const fields = {};
    for (const [name, value] of new FormData(form)) {
      if (name !== "form" && name !== "base" && typeof value === "string") { (fields[name] = fields[name] || []).push(value); }
    }
    return JSON.stringify(fields);
  }
  function restore(text) {
    const fields = JSON.parse(text);
    for (const field of form.elements) {
      const values = fields[field.name];
      if (field.type === "checkbox") { field.checked = Boolean(values && values.includes(field.value)); }
      else if (values && (field.type !== "hidden" || field.name === "picture") && field.type !== "submit") {
        field.value = values[0];
      }
    }
    if (album) { showPicture(form.elements.picture.value); }
  }

  // A picture goes to the desk once, when it is chosen, and made smaller before: a telephone's is ten times what a
  // television shows. From then on the form carries its name alone.
  const album = document.getElementById("album"), WIDEST = 1600;
  function showPicture(key) {
    album.querySelector(".with").hidden = !key;
    if (key) { album.querySelector("img").src = form.dataset.upload + "/" + key; }
  }
  async function smaller(file) {
    try {
      const whole = await createImageBitmap(file), share = Math.min(1, WIDEST / Math.max(whole.width, whole.height));
      if (share === 1 && file.size < 1 << 20) { return file; }
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(whole.width * share);
      canvas.height = Math.round(whole.height * share);
      const pen = canvas.getContext("2d");
      pen.fillStyle = "white";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(whole, 0, 0, canvas.width, canvas.height);
      return await new Promise(function (done) { canvas.toBlob(done, "image/jpeg", 0.9); }) || file;
    } catch (_) { return file; }
  }
  async function upload(field) {
    const data = new FormData(), trouble = document.getElementById("pictured");
    data.append("form", form.elements.form.value);
    data.append("file", await smaller(field.files[0]), "picture");
    let told;
    try {
      const answer = await fetch(form.dataset.upload, { method: "POST", body: data });
      told = answer.ok ? await answer.json() : { trouble: await answer.text() };
    } catch (error) { told = { trouble: String(error) }; }
    field.value = "";
    trouble.className = told.trouble ? "trouble" : "";
    trouble.textContent = told.trouble || "";
    if (!told.picture) { return; }
    form.elements.picture.value = told.picture;
    form.elements.unpicture.checked = false;
    showPicture(told.picture);
    form.elements.alt.focus();
    later();
  }
  if (album) {
    const field = form.elements.file;
    field.addEventListener("change", function (event) {
      event.stopPropagation();
      if (field.files.length) { upload(field); }
    });
    field.addEventListener("input", function (event) { event.stopPropagation(); });
  }
  function bare() {
    const data = new FormData(form);
    data.delete("file");
    return data;
  }
  async function look() {
    const number = asked += 1;
    let told;
    try {
      const answer = await fetch(form.dataset.drafted, { method: "POST", body: bare() });
      if (!answer.ok) { said.textContent = await answer.text(); return; }
      told = await answer.json();
    } catch (_) { return; }
    if (number !== asked) { return; }
    said.textContent = told.trouble || told.said;
    if (left) { left.textContent = told.left || ""; }
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
