/* What a phone adds to pages that are whole without it: whose pages they are, the position, lists that are narrowed and
   sorted, alerts as they come, pages kept. */
"use strict";
(function () {
  var root = document.currentScript.src.replace(/[^/]*$/, ""), page = document.documentElement, own = page.dataset;
  var mine = (/(?:^|; )estate=([a-z0-9-]+)/.exec(document.cookie) || [])[1] || "";
  var estate = own.estate || "", whose = document.getElementById("whose");
  function stored(kind, key, value) {
    try {
      if (value !== undefined) { window[kind].setItem(key, value); }
      return window[kind].getItem(key) || "";
    } catch (error) { return ""; /* Nothing is kept where nothing may be. */ }
  }
  if (estate) {
    // Of this tab alone: what is remembered longer is chosen by a tap.
    stored("sessionStorage", "estate", estate);
    stored("sessionStorage", "name", own.name);
    if (estate === mine) { stored("localStorage", "name", estate + " " + own.name); }
  } else if ("item" in own) {
    estate = stored("sessionStorage", "estate") || mine;
    if (estate) { personal(); }
  } else if (own.page) {
    stored("sessionStorage", "estate", "");
  }
  function personal() {
    var kept = stored("localStorage", "name"), change = document.getElementById("change");
    var name = estate === stored("sessionStorage", "estate") ? stored("sessionStorage", "name")
      : kept.indexOf(estate + " ") === 0 ? kept.slice(estate.length + 1) : "";
    whose.textContent = name || change.dataset.mine;
    change.textContent = change.dataset.known;
    document.querySelectorAll("a[href]").forEach(function (link) {
      var number = /^\.\.\/([1-9][0-9]{2})$/.exec(link.getAttribute("href"));
      if (number) { link.href = root + estate + "/" + number[1]; }
    });
    var field = document.createElement("input");
    field.type = "hidden"; field.name = "estate"; field.value = estate;
    document.querySelector(".jump").appendChild(field);
  }
  var choice = document.getElementById("keep");
  if (choice && estate === mine) { choice.hidden = true; }
  if ("serviceWorker" in navigator && window.isSecureContext) {
    navigator.serviceWorker.register(root + "worker.js").catch(function () { /* Pages are whole without it. */ });
  }
  if (document.querySelector(".offline") || "offline" in own) {
    window.addEventListener("online", function () { location.reload(); });
  }

  document.querySelectorAll(".find").forEach(function (box) {
    var input = box.querySelector("input"), order = box.querySelector("select"), told = box.querySelector("[role=status]");
    var table = box.nextElementSibling.querySelector("table");
    var list = table ? table.tBodies[0] : box.nextElementSibling, rows = Array.prototype.slice.call(list.children);
    var letters = new Intl.Collator(page.lang, {numeric: true}).compare;
    function words(row, at) {
      var part = table ? row.cells[at] : row.querySelector("." + at);
      return part ? part.textContent.trim() : "";
    }
    function figure(text) { return /^[-−]?[0-9]/.test(text) ? parseFloat(text.replace("−", "-").replace(",", "")) : NaN; }
    if (table && order) {
      Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, at) {
        var known = rows.map(function (row) { return words(row, at); }).filter(function (text) { return text && text !== "—"; });
        var counts = known.filter(function (text) { return !isNaN(figure(text)); }).length;
        // Figures among words have no order that anybody expects.
        if (at && (counts && counts < known.length || new Set(known).size < 2)) { return; }
        order.add(new Option(head.textContent, at));
        if (counts) { order.add(new Option(head.textContent + " · " + box.dataset.down, "-" + at)); }
      });
    }
    function sorted() {
      var by = order.value, down = by.charAt(0) === "-" ? -1 : 1, at = by.replace("-", ""), made = rows.slice();
      if (by === "back") { made.reverse(); } else if (by) {
        made.sort(function (one, other) {
          var a = words(one, at), b = words(other, at), x = figure(a), y = figure(b);
          if (isNaN(x) !== isNaN(y)) { return isNaN(x) ? 1 : -1; }
          return down * (isNaN(x) || x === y ? letters(a, b) : x - y);
        });
      }
      made.forEach(function (row) { list.appendChild(row); });
    }
    function narrowed() {
      var wanted = input.value.normalize("NFKC").trim().toLowerCase(), seen = 0;
      rows.forEach(function (row) {
        row.hidden = row.textContent.normalize("NFKC").toLowerCase().indexOf(wanted) < 0;
        if (!row.hidden) { seen += 1; }
      });
      told.textContent = !wanted ? "" : seen ? box.dataset.found.replace("@", seen) : box.dataset.none;
    }
    input.addEventListener("input", narrowed);
    if (order) { order.addEventListener("change", sorted); }
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
    var out = box.querySelector("output"), far = 50;
    // The position stays here: the list is everybody's.
    fetch(root + "../api/v1/estates.json").then(function (answer) { return answer.json(); }).then(function (list) {
      var turn = Math.PI / 180, placed = list.estates.filter(function (one) { return one.lat !== null; });
      placed.forEach(function (one) {
        var up = Math.sin((one.lat - here.latitude) * turn / 2), on = Math.sin((one.lon - here.longitude) * turn / 2);
        one.km = 12742 * Math.asin(Math.sqrt(up * up + Math.cos(one.lat * turn) * Math.cos(here.latitude * turn) * on * on));
      });
      placed.sort(function (a, b) { return a.km - b.km; });
      if (!placed.length || placed[0].km > far) {
        out.textContent = placed.length ? box.dataset.far.replace("@", Math.round(placed[0].km)) : box.dataset.failed;
        return;
      }
      var rows = document.createElement("ul");
      rows.className = "rows";
      placed.slice(0, 5).forEach(function (one) {
        var row = document.createElement("li"), link = document.createElement("a"), way = document.createElement("span");
        row.className = "name";
        link.href = root + "go?estate=" + one.id + "&keep=1&page=" + (box.dataset.page || "100");
        link.textContent = [one.town, one.name].filter(Boolean).join(" · ");
        way.className = "soft";
        way.textContent = " " + one.km.toFixed(1) + " " + box.dataset.km;
        row.append(link, way);
        rows.appendChild(row);
      });
      out.replaceChildren(rows);
    }).catch(function () { out.textContent = box.dataset.failed; });
  }

  var alert = document.getElementById("alert"), degrees = alert.dataset.words.split("|"), household = estate || mine || "district";
  function piece(name, kind, text) {
    var made = document.createElement(name);
    made.className = kind;
    made.textContent = text || "";
    return made;
  }
  function look() {
    if (document.hidden) { return; }
    fetch(root + "../api/v1/alerts/" + household + ".json", {cache: "no-cache"}).then(function (answer) {
      return answer.json();
    }).then(function (told) {
      if (told.id === alert.dataset.id) { return; }
      alert.dataset.id = told.id;
      // The page that tells all of it is another now; an item of it stays as it is.
      if (own.page === (told.page || "900") && !("item" in own)) { location.reload(); return; }
      alert.replaceChildren();
      if (told.level !== "none") { alert.appendChild(drawn(told, told.alert || {})); }
    }).catch(function () { /* The next look will tell. */ });
  }
  function drawn(told, more) {
    // Of the whole district the page tells first what is worst anywhere.
    var other = more.headline && more.headline.indexOf(told.text.replace(/…$/, "")) !== 0;
    var mark = other ? "" : told.mark, todo = other ? (more.actions || [])[0] : told["do"];
    var box = piece("div", "alert " + (more.severity || told.level)), line = piece("p", ""), what = piece("p", "what");
    var rank = ["extreme", "severe", "moderate", "minor"].indexOf(more.severity || ""), link = piece("a", "", more.headline || told.text);
    line.append(piece("strong", "degree", degrees[rank < 0 ? 4 : rank]), mark ? " " + mark : "");
    link.href = root + household + "/" + told.page;
    what.appendChild(link);
    box.append(line, what);
    [more.area, more.times].filter(Boolean).forEach(function (text) { box.appendChild(piece("p", "", text)); });
    if (todo) { box.appendChild(piece("p", "do", todo)); }
    return box;
  }
  window.setInterval(look, 30000);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("online", look);
  // What everybody is told stands here until it is known what this household is.
  if ("item" in own && household !== "district") { look(); }
})();
