"""A small channel written by hand, and a set-top box that walks it, for tests of the remote.

::

    with remote_site(profile) as site, chromium() as browser:
        box = Box(browser, site)
        box.open("100")
        box.press("down", "ok", "2", "0", "1")
        assert box.where == "201"

The pages have the shape that ``docs/profiles.md`` promises the script; the box sends the profile's own codes by the
profile's own kind of event, and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from channel.paint.script import remote_scripts
from channel.profiles import Profile
from channel.words import Say
from tests.browser import Browser, Page

NUMBERS = ("100", "101", "200", "201", "202", "203", "900")
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'; object-src 'self'"
CLOCK = """(function () {
  var D = Date, start = D.now(), I = setInterval, send = XMLHttpRequest.prototype.send, waiting = {}, count = 0;
  function now() { return start + window.ahead; }
  window.ahead = window.looks = window.asking = 0;
  window.turns = [];
  window.really = setTimeout;
  Date = function (a) { return arguments.length ? new D(a) : new D(now()); };
  Date.parse = D.parse;
  Date.now = function () { return start; };
  setInterval = function (f, ms) { turns.push(f); return I(function () { f(); window.looks += 1; }, ms / 20); };
  setTimeout = function (f, ms) { waiting[count += 1] = [now() + ms, f]; return count; };
  clearTimeout = function (number) { delete waiting[number]; };
  I(function () {
    for (var number in waiting) {
      if (waiting[number][0] <= now()) { var f = waiting[number][1]; delete waiting[number]; f(); }
    }
  }, 10);
  XMLHttpRequest.prototype.send = function (body) {
    window.asking += 1;
    this.addEventListener('loadend', function () { window.asking -= 1; });
    send.call(this, body);
  };
})();"""
"""The page's time stands still but for what a test adds to ``ahead`` (milliseconds), so that no slow machine makes it
later than the test says. ``turns`` are the page's own timers, ``looks`` counts their turns, ``asking`` its requests
under way."""


class Link:
    """A link of a page: its target and where up, down, left and right lead."""

    def __init__(self, target: str, up: str = "", down: str = "", left: str = "", right: str = "") -> None:
        self.target, self.moves = target, ",".join((up, down, left, right))


def _grid(base: str = "") -> dict[str, Link]:
    """The footer that every page has."""
    return {
        "back": Link(f"{base}100.html", up="h1", right="tv"),
        "tv": Link(f"{base}../../live.html", left="back"),
        "kb": Link(f"{base}100.html"),
    }


PAGES: dict[str, tuple[dict[str, str], dict[str, Link]]] = {
    "100": (
        {"start": "h1", "back": ""},
        {
            "h1": Link("101.html", right="h2", down="h3"),
            "h2": Link("200.html", left="h1", down="h4"),
            "h3": Link("201.html#f=h2", up="h1", right="h4", down="back"),
            "h4": Link("900.html", up="h2", left="h3", down="back"),
            "ky": Link("../../?profile=other&page=100"),
        },
    ),
    "101": (
        {"start": "h1", "back": "100.html#f=h1"},
        {"h1": Link("i/201.x2.html", down="h17"), "h17": Link("201.html", up="h1", down="back")},
    ),
    "200": ({"start": "p201", "back": "100.html#f=h2"}, {"p201": Link("201.html", down="back")}),
    "201": (
        {"start": "h1", "back": "200.html#f=p201", "next": "201-2.html"},
        {
            "h1": Link("i/201.x1.html", down="h2"),
            "h2": Link("i/201.x2.html", up="h1", down="h3"),
            "h3": Link("i/201.x3.html", up="h2", down="back"),
            "pd": Link("201-2.html"),
        },
    ),
    "201-2": (
        {"start": "h8", "back": "200.html#f=p201", "prev": "201.html"},
        {"h8": Link("i/201.x8.html", down="h9"), "h9": Link("i/201.x9.html", up="h8", down="back")},
    ),
    "202": (
        {"start": "ix1", "back": "200.html#f=p202"},
        {
            "ix1": Link("i/202.x1.html", down="ix2"),
            "ix2": Link("i/202.x2.html", up="ix1", down="ix3"),
            "ix3": Link("i/202.x3.html", up="ix2", down="back"),
        },
    ),
    # A page that goes on.
    "203": (
        {"start": "h1", "back": "200.html", "next": "203-2.html", "onward": "1"},
        {
            "h1": Link("i/201.x1.html", down="h2"),
            "h2": Link("i/201.x2.html", up="h1", down="back"),
        },
    ),
    "203-2": (
        {"start": "h3", "back": "200.html", "prev": "203.html"},
        {"h3": Link("i/201.x3.html", down="back")},
    ),
    # Items that lead on to each other.
    "202.x1": (
        {"start": "back", "back": "../202.html#f=ix1", "base": "../", "lead": "1", "next": "202.x2.html"},
        {"kg": Link("202.x2.html")},
    ),
    "202.x2": (
        {"start": "back", "back": "../202.html#f=ix2", "base": "../", "lead": "1", "prev": "202.x1.html",
         "next": "202.x3.html"},
        {"kr": Link("202.x1.html"), "kg": Link("202.x3.html")},
    ),
    "202.x3": (
        {"start": "back", "back": "../202.html#f=ix3", "base": "../", "lead": "1", "prev": "202.x2.html"},
        {"kr": Link("202.x2.html")},
    ),
    "900": ({"start": "back", "back": "100.html#f=h4"}, {}),
    **{
        f"201.x{n}": ({"start": "back", "back": f"../201.html#f=h{n}", "base": "../"}, {"h1": Link("../101.html")})
        for n in (1, 2, 3, 8, 9)
    },
}


class Site:
    """What is served, changed by a test as it goes; ``asked`` are the paths that were requested."""

    def __init__(self, profile: Profile, body: Mapping[str, str]) -> None:
        self.profile, self.body = profile, dict(body)
        self.alert: dict[str, Any] = {"id": "", "level": "none", "text": "", "page": ""}
        self.asked: list[str] = []
        self.without: set[str] = set()
        """Ids of links that are gone."""
        self.scripts = remote_scripts(profile, NUMBERS, Say())
        self.url = ""
        self.broken = self.broken_alert = False
        """Whether everything, or ``alert.json`` alone, is answered with an error."""
        self.gone = False
        """Whether nobody answers at all."""
        self.missing: set[str] = set()
        """Pages that are answered with an error."""
        self.date = self.age = 0
        """What every answer says of its time (unix seconds, 0: now) and how long a cache has had it."""
        self.slow: dict[str, float] = {}
        """Seconds that a page takes."""
        self.silent = False
        """Whether items answer 204 No Content, so that the browser stays where it is."""
        self.waiting = threading.Event()
        """Set while items are answered; else whoever asks for one waits."""
        self.waiting.set()
        self.fresh_s = 0
        """For how long a browser may keep a page without asking."""
        self.flowing = threading.Event()
        """Set while ``alert.json`` is answered; else whoever asks for it waits."""
        self.flowing.set()

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, media type and bytes for a path."""
        self.asked.append(path)
        folders, name = path.split("?")[0].strip("/").rsplit("/", 1)[:2] if path.count("/") > 1 else ("", path[1:])
        if self.broken or (self.broken_alert and name == "alert.json"):
            return 503, "text/plain", b"not now"
        if name == "alert.json":
            self.flowing.wait(60)
            return 200, "application/json", json.dumps(self.alert).encode()
        if name in self.scripts:
            return 200, "application/javascript", self.scripts[name]
        if name == "live.html":
            return 200, "text/html", b"<!DOCTYPE html><title>live</title>"
        time.sleep(self.slow.get(name.removesuffix(".html"), 0))
        if name.removesuffix(".html") in self.missing:
            return 503, "text/plain", b"not now"
        if "/i/" in path:
            self.waiting.wait(60)
        if "/i/" in path and self.silent:
            return 204, "text/html", b""
        if name.removesuffix(".html") in PAGES and folders:
            page = self.document(name.removesuffix(".html"), folders.split("/")[1])
            # Chromium knows HbbTV's dialect by its general name only, and would save the page as a file.
            media = self.profile.media.replace("vnd.hbbtv.xhtml", "xhtml")
            return 200, f"{media}; charset={self.profile.charset}", page
        return 404, "text/plain", b"not here"

    def until_asked(self, page: str) -> None:
        """Wait until a box asked for ``page``; raises AssertionError after half a minute."""
        deadline = time.monotonic() + 30
        while not any(path.endswith(f"/{page}.html") for path in self.asked):
            assert time.monotonic() < deadline, f"{page} was never asked for"
            time.sleep(0.01)

    def document(self, name: str, estate: str) -> bytes:
        """The page ``name`` in the profile's dialect and charset."""
        own, links = PAGES[name]
        base = own.get("base", "")
        anchors = "\n".join(
            f'<a id="{key}" class="box" href="{escape(link.target.format(estate=estate))}" data-n="{link.moves}">'
            f"{key} 医院</a>"
            for key, link in {**links, **_grid(base)}.items()
            if key not in self.without
        )
        data = {
            "page": name[:3], "screen": name[4:] if name[3:4] == "-" else "1", "start": "", "base": "", "back": "",
            "prev": "", "next": "", "estate": estate, "idle": "0", "every": "0", "key": "a1", **own, **self.body,
        }  # fmt: skip
        mark = '<a id="mark" href="900.html" data-n=",,,"><i id="markt"></i></a>'
        mark = "" if name == "900" or "mark" in self.without else mark
        attributes = " ".join(f'data-{key}="{value}"' for key, value in data.items())
        head = f'<meta http-equiv="Content-Type" content="{self.profile.media}; charset={self.profile.charset}"/>'
        text = (
            f'<!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head>{head}<title>{name}</title></head>'
            f'<body {attributes}><span id="clk"></span><span id="day"></span>{mark}<br/>{anchors}<div id="echo"></div>'
            f'<div id="over"><b id="overt"></b><b id="overd"></b></div>'
            f'<script type="text/javascript" src="{base}../remote.js"></script>'
            f'<script type="text/javascript" src="{base}../later.js"></script></body></html>'
        )
        return text.encode(self.profile.charset)


@contextlib.contextmanager
def remote_site(profile: Profile, **body: str) -> Iterator[Site]:
    """Serves the pages for ``profile`` on a free port of loopback; ``body`` are data attributes of every page."""
    site = Site(profile, body)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if site.gone:
                return
            status, media, data = site.answer(self.path)
            self.send_response_only(status)
            self.send_header("Date", self.date_time_string(site.date or None))
            if site.age:
                self.send_header("Age", str(site.age))
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", f"max-age={site.fresh_s}" if site.fresh_s else "no-cache")
            self.send_header("Content-Security-Policy", POLICY)
            with contextlib.suppress(ConnectionError):  # a page that is left ends its requests
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: a test reads ``site.asked``."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Box:
    """A set-top box of the site's profile: a tab with no cookies and, where the family has one, its middleware object.

    ``old`` takes ``repeat`` away from key events, as engines of 2010 have none.
    """

    def __init__(self, browser: Browser, site: Site, *, old: bool = False, before: str = "") -> None:
        self.site, self.profile = site, site.profile
        self.tab: Page = browser.open(width=site.profile.canvas[0], height=site.profile.canvas[1])
        self.tab.call("Network.clearBrowserCookies")
        self.tab.before_load(CLOCK)
        if old:
            self.tab.before_load("delete KeyboardEvent.prototype.repeat")
        if "iPanel" in site.profile.native_focus.hide:
            self.tab.before_load("iPanel = {focusWidth: 4, focus: {display: 1, border: 1}}")
        if before:
            self.tab.before_load(before)

    def open(self, name: str, fragment: str = "", *, estate: str = "mh0001", ready: bool = True) -> None:
        """Go to a page; with ``ready`` also send what this box sends when a page has loaded."""
        folder = f"{estate}/i" if "." in name else estate
        self.tab.goto(f"{self.site.url}/{self.profile.id}/{folder}/{name}.html{fragment}")
        if ready:
            self.ready()

    def ready(self) -> None:
        """The system event of a loaded page, for families that have it."""
        if self.profile.ready.event:
            event = json.dumps({self.profile.events.payload: self.profile.ready.event})
            self.tab.evaluate(f"document.onsystemevent && document.onsystemevent({event})")

    def code(self, code: int) -> None:
        """One key by its code, as this family sends it."""
        if self.profile.events.bind == "keypress":
            self.tab.call("Input.dispatchKeyEvent", type="char", text=chr(code), unmodifiedText=chr(code))
        else:
            self.tab.key(code)

    def codes(self, action: str) -> tuple[int, ...]:
        """The codes of an action (``"0"`` to ``"9"`` for digits)."""
        if action.isdigit():
            return tuple(base + int(action) for base in self.profile.keys["digit0"])
        return self.profile.keys[action]

    def press(self, *actions: str) -> None:
        """Keys of the remote one after the other; after one that opens a page, the page is awaited."""
        for action in actions:
            self.code(self.codes(action)[0])

    def until(self, name: str) -> None:
        """Wait for the page ``name`` to be there and ready."""
        self.tab.wait(
            f"location.pathname.endsWith('/{name}.html') && document.readyState == 'complete' && window.remote"
        )
        self.ready()

    def until_live(self) -> None:
        """Wait until the box shows television."""
        self.tab.wait("location.pathname == '/live.html'")

    @property
    def where(self) -> str:
        """The page with its fragment: ``201#f=h3``."""
        return str(self.tab.evaluate("location.pathname.replace(/.*\\/|\\.html/g, '') + location.hash"))

    @property
    def focus(self) -> str:
        """The ids that have the focus; one, or something is wrong."""
        return str(
            self.tab.evaluate("[].map.call(document.querySelectorAll('.f'), function (e) { return e.id }).join()")
        )

    def live(self, seconds: float) -> None:
        """Let this much time go by for the page, each second of the first thousand with a turn of its timers; set
        ``ahead`` instead and it is the clock that is set."""
        each = min(int(seconds), 1000)
        self.tab.evaluate(
            f"for (var n = 0; n < {each}; n++) {{ ahead += 1000; turns.forEach(function (f) {{ f() }}) }}"
            f" ahead += {(seconds - each) * 1000}"
        )

    def pass_time(self, seconds: float) -> None:
        """Live so long; waits until the page's own timer has noticed and what it then asked for has come."""
        self.live(seconds)
        self.tab.evaluate(
            "new Promise(function (done) {"
            " var enough = looks + 2;"
            " (function look() { if (looks >= enough && !asking) { done(); } else { really(look, 10); } })()"
            "})"
        )

    def shown(self, key: str) -> str:
        """The text of an element while it is switched on, else nothing."""
        return str(
            self.tab.evaluate(
                f"(function (e) {{ return / on( |$)/.test(' ' + e.className) ? e.textContent : '' }})"
                f"(document.getElementById({json.dumps(key)}))"
            )
        )
