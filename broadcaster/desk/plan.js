// The map on which an area is drawn. What counts is the list of corners beside it: the map writes there and reads from
// there, and without this script corners are typed.
"use strict";
(function () {
  const map = document.getElementById("plan");
  if (!map) { return; }
  const area = document.getElementById("area"), list = area.querySelector("[name=area]"), near = document.getElementById("near");
  const LETTERS = 34, own = {}, names = ["west", "north", "lon", "lat", "edge", "wide", "high"];
  names.forEach(function (name) { own[name] = Number(map.dataset[name]); });
  const dots = Array.from(map.querySelectorAll("circle"), function (dot) {
    return { dot: dot, x: Number(dot.getAttribute("cx")), y: Number(dot.getAttribute("cy")) };
  });
  const shape = made("polygon", "shape"), knots = made("g", "knots"), cross = made("path", "cross");
  let at = { x: own.wide / 2, y: own.high / 2 }, view = { x: 0, y: 0, w: own.wide, h: own.high };

  function made(tag, name) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    element.setAttribute("class", name);
    return map.appendChild(element);
  }
  function corners() {
    return list.value.split("\n").map(function (line) { return line.trim().split(/[\s,;]+/).map(Number); })
      .filter(function (pair) { return pair.length === 2 && pair.every(isFinite); })
      .map(function (pair) {
        return { x: own.edge + (pair[0] - own.west) * own.lon, y: own.edge + (own.north - pair[1]) * own.lat };
      });
  }
  function write(points) {
    list.value = points.map(function (point) {
      return (own.west + (point.x - own.edge) / own.lon).toFixed(5) + " "
        + (own.north - (point.y - own.edge) / own.lat).toFixed(5);
    }).join("\n");
    list.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function within(point, points) {
    let inside = false;
    points.forEach(function (a, n) {
      const b = points[(n || points.length) - 1];
      if ((a.y > point.y) !== (b.y > point.y) && point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x) {
        inside = !inside;
      }
    });
    return inside;
  }
  function draw() {
    const points = corners(), unit = view.w / own.wide;
    shape.setAttribute("points", points.map(function (p) { return p.x + "," + p.y; }).join(" "));
    knots.replaceChildren();
    points.forEach(function (p) {
      const knot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      knot.setAttribute("cx", p.x);
      knot.setAttribute("cy", p.y);
      knot.setAttribute("r", 9 * unit);
      knots.appendChild(knot);
    });
    dots.forEach(function (one) {
      one.dot.setAttribute("r", 5 * unit);
      one.dot.classList.toggle("in", points.length > 2 && within(one, points));
    });
    const arm = 16 * unit;
    cross.setAttribute("d", "M" + (at.x - arm) + " " + at.y + "h" + 2 * arm + "M" + at.x + " " + (at.y - arm) + "v" + 2 * arm);
    map.querySelectorAll("text").forEach(function (text) { text.setAttribute("font-size", LETTERS * unit); });
    map.setAttribute("viewBox", [view.x, view.y, view.w, view.h].join(" "));
  }
  function add(point) { write(corners().concat([point])); }
  function back() { write(corners().slice(0, -1)); }

  map.addEventListener("click", function (event) {
    const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
    at = { x: spot.x, y: spot.y };
    add(at);
  });
  map.addEventListener("keydown", function (event) {
    const step = view.w / 100, move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (move) {
      at = { x: at.x + move[0] * step, y: at.y + move[1] * step };
    } else if (event.key === "Enter") {
      add(at);
    } else if (event.key === "Backspace") {
      back();
    } else {
      return;
    }
    event.preventDefault();
    draw();
  });
  near.addEventListener("change", function (event) {
    event.stopPropagation();
    const found = Array.from(map.querySelectorAll(".of")).filter(function (of) { return of.dataset.town === near.value; });
    view = { x: 0, y: 0, w: own.wide, h: own.high };
    if (found.length) {
      const box = found[0].getBBox(), w = Math.max(box.width * 1.4, 60), h = Math.max(box.height * 1.4, 60 * own.high / own.wide);
      const wide = Math.max(w, h * own.wide / own.high);
      view = { x: box.x + box.width / 2 - wide / 2, y: 0, w: wide, h: wide * own.high / own.wide };
      view.y = box.y + box.height / 2 - view.h / 2;
      at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    }
    draw();
  });
  near.addEventListener("input", function (event) { event.stopPropagation(); });
  document.getElementById("uncorner").addEventListener("click", back);
  document.getElementById("unarea").addEventListener("click", function () { write([]); });
  list.addEventListener("input", draw);
  area.addEventListener("toggle", draw);
  area.querySelector(".buttons").hidden = false;
  draw();
})();
