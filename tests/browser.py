"""A real browser for tests: headless Chromium through its DevTools protocol, with trusted key events.

::

    with chromium() as browser:
        page = browser.open("http://127.0.0.1:8180/")
        page.press("down", "ok")
        page.wait("location.pathname.endsWith('201.html')")
        assert not page.errors

Keys arrive as from a keyboard (``isTrusted``), which an event made by a script never is. Nothing but loopback resolves.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import websocket

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
"""Path of the browser; empty where there is none (tests that need it skip)."""

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--mute-audio",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--remote-debugging-port=0",
)

KEYBOARD: dict[str, tuple[int, str, str]] = {
    "up": (38, "ArrowUp", ""),
    "down": (40, "ArrowDown", ""),
    "left": (37, "ArrowLeft", ""),
    "right": (39, "ArrowRight", ""),
    "ok": (13, "Enter", "\r"),
    "back": (8, "Backspace", ""),
    "tab": (9, "Tab", ""),
    "escape": (27, "Escape", ""),
    "prev": (33, "PageUp", ""),
    "next": (34, "PageDown", ""),
    "red": (112, "F1", ""),
    "green": (113, "F2", ""),
    "yellow": (114, "F3", ""),
    "blue": (115, "F4", ""),
    **{digit: (ord(digit), digit, digit) for digit in "0123456789"},
}
"""The keys of a PC keyboard that stand for a remote's: name -> key code, ``event.key``, character."""
TEXTS = """JSON.stringify(Array.prototype.map.call(document.querySelectorAll('i'), function (e) {
  if (!e.firstChild || e.firstChild.nodeType != 3) { return null; }
  var range = document.createRange(); range.selectNodeContents(e);
  var ink = range.getBoundingClientRect(), box = e.getBoundingClientRect();
  return [e.textContent, ink.left, ink.width, box.top, box.height];
}).filter(function (found) { return found; }))"""
"""Each line of text of a page of ours: the words, left and width of the ink, top and height of its box."""


class Page:
    """One tab. ``errors`` gathers console errors, uncaught exceptions, refused content and failed requests."""

    def __init__(self, address: str, timeout: float = 60) -> None:
        self.timeout = timeout
        self.errors: list[str] = []
        self.log: list[str] = []
        """Every console message, errors too."""
        self._ids = itertools.count(1)
        self._events: list[tuple[str, dict[str, Any]]] = []
        self._socket = websocket.create_connection(address, timeout=timeout, suppress_origin=True)
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol and its result. Raises RuntimeError with the browser's own message."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = self._receive()
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error'].get('message')}")
                result: dict[str, Any] = message["result"]
                return result

    def size(self, width: int, height: int) -> None:
        """Make the canvas ``width`` x ``height`` CSS pixels."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def agent(self, user_agent: str) -> None:
        """Say another User-Agent from the next request on."""
        self.call("Network.setUserAgentOverride", userAgent=user_agent)

    def before_load(self, script: str) -> None:
        """Run ``script`` in every document before its own scripts (a box's middleware object, for example)."""
        self.call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def goto(self, url: str) -> None:
        """Open ``url`` and wait until it has loaded. Raises RuntimeError when the browser cannot."""
        self._events.clear()
        found = self.call("Page.navigate", url=url)
        if found.get("errorText"):
            raise RuntimeError(f"{url}: {found['errorText']}")
        if found.get("loaderId"):  # a mere change of the fragment loads nothing
            self._await("Page.loadEventFired")

    def key(self, code: int, key: str = "", char: str = "", *, modifiers: int = 0) -> None:
        """One key pressed and released: trusted keydown, keypress when ``char`` is given, and keyup.

        ``code`` is any key code, those of set-top boxes too (1, 340, 832, 4097). For a keypress of such a code give
        ``char=chr(code)``. Modifiers: 1 Alt, 2 Ctrl, 4 Meta, 8 Shift.
        """
        common = {"windowsVirtualKeyCode": code, "nativeVirtualKeyCode": code, "key": key, "modifiers": modifiers}
        self.call("Input.dispatchKeyEvent", type="rawKeyDown", **common)
        if char:
            self.call("Input.dispatchKeyEvent", type="char", text=char, unmodifiedText=char, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def press(self, *names: str) -> None:
        """Press keys of ``KEYBOARD`` by name, one after the other."""
        for name in names:
            code, key, char = KEYBOARD[name]
            self.key(code, key, char)

    def type(self, text: str) -> None:
        """Enter text, Chinese too, where the focus is."""
        self.call("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """A trusted click into the middle of the first element that ``selector`` finds."""
        box = self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); if (!e) return null;"
            " e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        if box is None:
            raise AssertionError(f"nothing to click at {selector}")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def evaluate(self, script: str) -> Any:
        """The JSON value of a JavaScript expression (promises are awaited). Raises RuntimeError when it throws."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise RuntimeError(_exception(found["exceptionDetails"]))
        return found["result"].get("value")

    def wait(self, script: str, timeout: float | None = None) -> Any:
        """Wait until the expression is truthy and give its value; survives a page that loads meanwhile.

        Raises AssertionError after ``timeout`` seconds with where the page then stood.
        """
        deadline = time.monotonic() + (timeout or self.timeout)
        while True:
            with contextlib.suppress(RuntimeError):
                # Truthy as JavaScript sees it: an element or an empty list is.
                if (value := self.evaluate(script)) not in (None, False, 0, ""):
                    return value
            if time.monotonic() > deadline:
                raise AssertionError(f"never became true: {script} at {self.url}; errors: {self.errors}")
            time.sleep(0.02)

    @property
    def url(self) -> str:
        """Where the tab is, with the fragment."""
        return str(self.evaluate("location.href"))

    def screenshot(self, path: Path) -> bytes:
        """The canvas as PNG, also written to ``path``."""
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        path.write_bytes(data)
        return data

    def close(self) -> None:
        """Close the tab."""
        with contextlib.suppress(Exception):
            self.call("Page.close")
        self._socket.close()

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv())
        if method := message.get("method"):
            params = message.get("params", {})
            self._events.append((method, params))
            self._note(method, params)
        return message

    def _note(self, method: str, params: dict[str, Any]) -> None:
        if method == "Runtime.consoleAPICalled":
            text = " ".join(str(arg.get("value", arg.get("description", ""))) for arg in params["args"])
            self.log.append(text)
            if params["type"] in ("error", "assert"):
                self.errors.append(text)
        elif method == "Runtime.exceptionThrown":
            self.errors.append(_exception(params["exceptionDetails"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            entry = params["entry"]
            if not str(entry.get("url", "")).endswith("/favicon.ico"):
                self.errors.append(f"{entry['text']} {entry.get('url', '')}".strip())

    def _await(self, event: str) -> None:
        while not any(method == event for method, _ in self._events):
            self._receive()


class Browser:
    """A running Chromium with a profile of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.pages: list[Page] = []

    def open(self, url: str = "about:blank", *, width: int = 1280, height: int = 720) -> Page:
        """A new tab of that size that shows ``url``, loaded."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("PUT", "/json/new?about:blank")
            target = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        page = Page(target["webSocketDebuggerUrl"])
        self.pages.append(page)
        page.size(width, height)
        if url != "about:blank":
            page.goto(url)
        return page


class chromium:
    """Starts Chromium with a fresh profile on a free port; ends it, with all its children, on leaving."""

    def __init__(self, *flags: str) -> None:
        self._flags = flags

    def __enter__(self) -> Browser:
        if not CHROMIUM:
            raise RuntimeError("no Chromium on this machine")
        self._profile = tempfile.mkdtemp(prefix="chromium-")
        self._process = subprocess.Popen(
            [CHROMIUM, *_FLAGS, *self._flags, f"--user-data-dir={self._profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._browser: Browser | None = None
        try:
            self._browser = Browser(self._port())
            return self._browser
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for page in self._browser.pages if self._browser else ():
            page.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        shutil.rmtree(self._profile, ignore_errors=True)

    def _port(self, timeout: float = 60) -> int:
        """The port that Chromium writes into its profile once it listens."""
        file = Path(self._profile) / "DevToolsActivePort"
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"Chromium ended at once with {self._process.returncode}")
            with contextlib.suppress(OSError, ValueError, IndexError):
                return int(file.read_text().splitlines()[0])
            time.sleep(0.05)
        raise RuntimeError("Chromium did not listen in time")


def _exception(details: dict[str, Any]) -> str:
    thrown = details.get("exception", {})
    return str(thrown.get("description") or thrown.get("value") or details.get("text", "exception"))


@contextlib.contextmanager
def tab(url: str = "about:blank", *, width: int = 1280, height: int = 720) -> Iterator[Page]:
    """A browser with one tab, for a test that needs no more."""
    with chromium() as browser:
        yield browser.open(url, width=width, height=height)
