/* What each key of a remote sends: every event, in order, on the screen and to the origin. ES3; no library. */
(function () {
  var lines = [], unsent = [], count = 0, list = document.getElementById("seen"), busy = false;

  function text(value) { return value === undefined || value === null ? "-" : String(value); }

  function show() {
    var from = lines.length > 12 ? lines.length - 12 : 0, i, out = "";
    for (i = from; i < lines.length; i++) { out += lines[i] + "\n"; }
    while (list.firstChild) { list.removeChild(list.firstChild); }
    list.appendChild(document.createTextNode(out));
  }

  function request() {
    try { return new XMLHttpRequest(); } catch (e) { return null; }
  }

  function send() {
    var ajax = !busy && unsent.length ? request() : null, body;
    if (!ajax) { return; }
    body = unsent.join("\n");
    unsent = [];
    busy = true;
    ajax.onreadystatechange = function () { if (ajax.readyState === 4) { busy = false; } };
    try {
      ajax.open("POST", "keytest", true);
      ajax.setRequestHeader("Content-Type", "text/plain; charset=utf-8");
      ajax.send(body);
    } catch (e) { busy = false; }
  }

  function seen(event) {
    event = event || window.event;
    count++;
    var line = count + " " + event.type + " which=" + text(event.which) + " keyCode=" + text(event.keyCode) +
      " charCode=" + text(event.charCode) + " userInt=" + text(event.userInt) + " key=" + text(event.key);
    lines.push(line);
    unsent.push(line);
    show();
  }

  /* Some boxes know only handlers that are properties, and some only one of these families. */
  document.onkeydown = seen;
  document.onkeypress = seen;
  document.onkeyup = seen;
  document.onirkeypress = seen;
  document.onsystemevent = seen;
  setInterval(send, 1000);
})();
