/* What a phone adds to pages that are whole without it: the estate remembered, the position, a filter, alerts, pages kept. */
"use strict";
(function () {
  var root = document.currentScript.src.replace(/[^/]*$/, "");
  var estate = document.documentElement.dataset.estate;
  if (estate && !/(^|; )estate=/.test(document.cookie)) {
    document.cookie = "estate=" + estate + "; path=/; max-age=31536000; samesite=lax";
  }
  if ("serviceWorker" in navigator && window.isSecureContext) {
    navigator.serviceWorker.register(root + "worker.js").catch(function () { /* Pages are whole without it. */ });
  }
  document.querySelectorAll(".find").forEach(function (label) {
    var input = label.querySelector("input"), list = label.nextElementSibling;
    input.addEventListener("input", function () {
      var wanted = input.value.trim().toLowerCase();
      Array.prototype.forEach.call(list.children, function (row) {
        row.hidden = row.textContent.toLowerCase().indexOf(wanted) < 0;
      });
    });
  });
  var near = document.getElementById("near");
  if (near && navigator.geolocation && window.isSecureContext) {
    near.hidden = false;
    near.querySelector("button").addEventListener("click", function () {
      navigator.geolocation.getCurrentPosition(function (found) { nearest(near, found.coords); }, function () {
        near.querySelector("output").textContent = near.dataset.failed;
      });
    });
  }
  function nearest(box, here) {
    // The position stays here: the list is everybody's.
    fetch(root + "../api/v1/estates.json").then(function (answer) { return answer.json(); }).then(function (list) {
      var turn = Math.PI / 180, narrow = Math.cos(here.latitude * turn);
      var placed = list.estates.filter(function (one) { return one.lat !== null; });
      placed.forEach(function (one) {
        one.far = Math.hypot(one.lat - here.latitude, (one.lon - here.longitude) * narrow);
      });
      placed.sort(function (a, b) { return a.far - b.far; });
      var rows = document.createElement("ul");
      rows.className = "rows";
      placed.slice(0, 5).forEach(function (one) {
        var row = document.createElement("li"), link = document.createElement("a");
        link.href = root + "go?estate=" + one.id + "&keep=1&page=" + (box.dataset.page || "100");
        link.textContent = [one.town, one.name].filter(Boolean).join(" · ");
        row.appendChild(link);
        rows.appendChild(row);
      });
      box.querySelector("output").replaceChildren(rows);
    }).catch(function () { box.querySelector("output").textContent = box.dataset.failed; });
  }
  var alert = document.getElementById("alert");
  function look() {
    if (document.hidden) { return; }
    fetch(root + "../api/v1/alerts/" + (estate || "district") + ".json").then(function (answer) {
      return answer.json();
    }).then(function (told) {
      if (told.id === alert.dataset.id) { return; }
      alert.dataset.id = told.id;
      alert.replaceChildren();
      if (told.level === "none" || document.documentElement.dataset.page === told.page) { return; }
      var line = document.createElement("p"), link = document.createElement("a"), mark = document.createElement("strong");
      line.className = "alert " + told.level;
      link.href = root + (estate || "district") + "/" + told.page;
      mark.textContent = told.mark || alert.dataset.word;
      link.append(mark, " " + told.text);
      line.append(link, told["do"] ? " " + told["do"] : "");
      alert.appendChild(line);
    }).catch(function () { /* The next look will tell. */ });
  }
  if (alert) { window.setInterval(look, 60000); }
})();
