// What the forms of the desk do while somebody types: they show the television, keep every word in this browser until
// the desk has it, and say who else has the same text open. Without this script they still save.
"use strict";
(function () {
  // What was sent before this page is kept no longer once the desk says that it has it: a page that came after a lost
  // connection, a full database or a login that was over says nothing.
  const sent = sessionStorage.getItem("desk sent"), home = document.querySelector("header .home").pathname;
  const hasIt = document.cookie.split("; ").includes("channel-desk-saved=1");
  if (sent && hasIt) {
    localStorage.removeItem(sent);
    document.cookie = "channel-desk-saved=; max-age=0; path=" + home;
  }
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
  const shown = document.getElementById("shown"), said = document.getElementById("said"),
    left = document.getElementById("left");
  const key = "desk " + form.dataset.kept, above = form.closest(".two") || form;
  let timer = 0, asked = 0;

  function typed() {
    const fields = {};
    for (const [name, value] of new FormData(form)) {
      if (name !== "form" && name !== "base" && typeof value === "string") { (fields[name] = fields[name] || []).push(value); }
    }
    return JSON.stringify(fields);
  }
  function restore(fields, base) {
    // On what they were based when they were typed: what somebody else has written since is shown, not overwritten.
    if (form.elements.base) { form.elements.base.value = base; }
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
        picture.alt = form.elements.title ? form.elements.title.value : document.querySelector("h1").textContent;
        return picture;
      });
      return [name, ...found, ...pictures];
    }));
  }
  function later() {
    if (form.dataset.kept) {
      localStorage.setItem(key, JSON.stringify({ base: form.elements.base ? form.elements.base.value : "", fields: JSON.parse(typed()) }));
    }
    clearTimeout(timer);
    timer = setTimeout(look, 150);
  }

  function offer() {
    const line = document.createElement("p"), drop = document.createElement("button");
    line.className = "theirs";
    line.setAttribute("role", "status");
    line.textContent = document.body.dataset.again + " ";
    drop.type = "button";
    drop.className = "quiet";
    drop.textContent = document.body.dataset.drop;
    drop.addEventListener("click", function () { localStorage.removeItem(key); location.reload(); });
    line.append(drop);
    above.before(line);
  }
  function present(leaves) {
    const said = new FormData();
    let tab = sessionStorage.getItem("desk tab");
    if (!tab) {
      tab = Array.from(crypto.getRandomValues(new Uint8Array(8)), (n) => n.toString(16).padStart(2, "0")).join("");
      sessionStorage.setItem("desk tab", tab);
    }
    said.set("form", form.elements.form.value);
    said.set("tab", tab);
    if (leaves) {
      said.set("leaves", "1");
      navigator.sendBeacon(form.dataset.present, said);
      return;
    }
    fetch(form.dataset.present, { method: "POST", body: said })
      .then((answer) => answer.ok ? answer.json() : { said: "" })
      .then(function (told) {
        let line = document.getElementById("others");
        if (!line) {
          line = document.createElement("p");
          line.id = "others";
          line.className = "said";
          line.setAttribute("role", "status");
          above.before(line);
        }
        if (line.textContent !== told.said) { line.textContent = told.said; }
      })
      .catch(function () {});
  }

  const first = typed(), text = form.dataset.kept && localStorage.getItem(key), kept = text && JSON.parse(text);
  // What was typed and never reached the desk is there again, unless the desk itself has brought it back.
  if (kept && kept.fields && JSON.stringify(kept.fields) !== first && !("brought" in document.body.dataset)) {
    restore(kept.fields, kept.base);
    offer();
  }
  if (form.dataset.present) {
    present(false);
    setInterval(present, 15000, false);
    addEventListener("pagehide", function () { present(true); });
  }
  form.addEventListener("input", later);
  form.addEventListener("submit", function () { sessionStorage.setItem("desk sent", form.dataset.kept ? key : ""); });
  look();
})();
