"""A household with a remote on the example channel: real pages from a real origin, in a real browser, by trusted keys.

Each HTML profile is walked with its own key codes and by its own kind of event, as its boxes send them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from running import make_small, running, settled, wait_for_page, warn
from small_origin import get, wait_for

from channel.profiles import Profile, load_profiles
from tests import browser as chrome

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not chrome.CHROMIUM, reason="needs Chromium (make test installs it where it may)"),
]
PROFILES = ("web-hd", "ipanel-hd")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The example with three estates, on air."""
    import shutil

    from tests.conftest import EXAMPLE

    folder, state = tmp_path_factory.mktemp("channel") / "minhang", tmp_path_factory.mktemp("state")
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("var", "__pycache__"))
    make_small(folder, PROFILES)
    with running(folder, state) as (_, number):
        for profile in PROFILES:
            wait_for_page(number, f"/{profile}/mh0001/201.html", 120)
        # The first release may be older than the first answers of the sources.
        wait_for(lambda: b'"i/201.' in get(number, "/web-hd/mh0001/201.html").body, 60)
        warn(state, {"id": "cold", "event": "低温", "headline": "低温提示", "severity": "Minor", "area": "district"})
        wait_for(lambda: "低温" in get(number, "/web-hd/mh0001/alert.json").body.decode(), 60)
        settled(number)
        yield number


@pytest.fixture(scope="module")
def running_browser() -> Iterator[chrome.Browser]:
    """One browser for all walks."""
    with chrome.chromium() as found:
        yield found


@dataclass
class Box:
    """A box of one profile: it sends that profile's codes and nothing else."""

    tab: chrome.Page
    profile: Profile
    port: int

    def open(self, name: str, estate: str = "mh0001") -> None:
        """Switch to a page."""
        self.tab.goto(f"http://127.0.0.1:{self.port}/{self.profile.id}/{estate}/{name}.html")
        self.ready()

    def ready(self) -> None:
        """What the box's middleware tells a page that has loaded."""
        if self.profile.ready.event:
            event = f"{{{self.profile.events.payload}: {self.profile.ready.event}}}"
            self.tab.evaluate(f"document.onsystemevent && document.onsystemevent({event})")

    def press(self, *actions: str) -> None:
        """Keys of the remote."""
        for action in actions:
            keys = self.profile.keys
            code = keys["digit0"][0] + int(action) if action.isdigit() else keys[action][0]  # type: ignore[index]
            if self.profile.events.bind == "keypress":
                self.tab.call("Input.dispatchKeyEvent", type="char", text=chr(code), unmodifiedText=chr(code))
            else:
                self.tab.key(code)

    def until(self, path: str) -> None:
        """Wait for the page whose address ends so."""
        self.tab.wait(f"location.pathname.endsWith('{path}') && document.readyState == 'complete' && window.remote")
        self.ready()

    @property
    def focus(self) -> str:
        """The id of the one link that has the focus."""
        found = self.tab.evaluate(
            "Array.prototype.filter.call(document.querySelectorAll('a'), function (a) {"
            " return / f$| f /.test(a.className); }).map(function (a) { return a.id; }).join(' ')"
        )
        return str(found)


@pytest.fixture(params=PROFILES)
def box(request: pytest.FixtureRequest, running_browser: chrome.Browser, port: int) -> Box:
    """A box with no memory."""
    profile = load_profiles()[request.param]
    tab = running_browser.open("about:blank", width=profile.canvas[0], height=profile.canvas[1])
    tab.call("Network.clearBrowserCookies")
    return Box(tab, profile, port)


def test_from_home_to_a_hospital_and_back_by_keys_alone(box: Box) -> None:
    """Arrows to 医疗, OK, 附近医院, down to a hospital, OK, and back again with the focus where it was each time."""
    box.open("100")
    start = box.focus
    assert start and " " not in start
    steps = _way(box, "p200")
    box.press(*steps)
    assert box.focus == "p200"
    box.press("ok")
    box.until("/mh0001/200.html")
    assert box.focus == "p201"
    box.press("ok")
    box.until("/mh0001/201.html")
    box.press("down", "down")
    chosen = box.focus
    assert chosen.startswith("i")
    box.press("ok")
    box.until(f"/mh0001/i/201.{chosen[1:]}.html")
    assert box.focus == "back"
    box.press("back")
    box.until("/mh0001/201.html")
    assert box.focus == chosen
    box.press("back")
    box.until("/mh0001/200.html")
    assert box.focus == "p201"
    box.press("back")
    box.until("/mh0001/100.html")
    assert box.focus == "p200"
    assert not [error for error in box.tab.errors if "favicon" not in error]


def _way(box: Box, target: str) -> list[str]:
    """The arrows that lead to a link, by the focus map that the page itself carries."""
    links: dict[str, str] = box.tab.evaluate(
        "(function () { var out = {}; Array.prototype.forEach.call(document.querySelectorAll('a'), function (a) {"
        " out[a.id] = a.getAttribute('data-n'); }); return out; })()"
    )
    ways: dict[str, list[str]] = {box.focus: []}
    queue = [box.focus]
    while queue:
        here = queue.pop(0)
        for side, there in zip(("up", "down", "left", "right"), links[here].split(","), strict=True):
            # The link in the header stands beside the mark of a warning, which is there at times.
            if there and there not in ways and there != "p109":
                ways[there] = [*ways[here], side]
                queue.append(there)
    return ways[target]


def test_a_chosen_estate_is_said_once(box: Box) -> None:
    """Page 100 says which it is when it is another one than the box had."""
    echo = "document.getElementById('echo').textContent"
    box.open("100", "mh0002")
    name = box.tab.evaluate("document.getElementById('p109').textContent").partition(" · ")[2]
    assert name and box.tab.evaluate(echo) == f"已选 {box.tab.evaluate('p109.textContent')}"
    box.open("100", "mh0002")
    assert box.tab.evaluate(echo) == ""
    box.open("100", "mh0001")
    assert box.tab.evaluate(echo).startswith("已选 ") and not box.tab.evaluate(echo).endswith(name)


def test_a_warning_in_force_is_reached_by_up_from_any_page(box: Box) -> None:
    """The example's cold spell: its mark stands beside the title, covers nothing, and leads to page 900 and back."""
    box.open("404")
    box.tab.wait("/ on( |$)/.test(' ' + document.getElementById('mark').className)")
    assert box.tab.evaluate("document.getElementById('markt').textContent").startswith("▲ ")
    covered = box.tab.evaluate(
        "(function () { var m = document.getElementById('mark').getBoundingClientRect(), found = [];"
        " document.querySelectorAll('body > i, body > a').forEach(function (e) { var r = e.getBoundingClientRect();"
        " if (e.id != 'mark' && e.textContent && r.left < m.right && m.left < r.right && r.top < m.bottom &&"
        " m.top < r.bottom) { found.push(e.textContent); } }); return found.join(); })()"
    )
    assert covered == ""
    for _ in range(9):
        if box.focus == "mark":
            break
        box.press("up")
    assert box.focus == "mark"
    box.press("ok")
    box.until("/mh0001/900.html")
    box.press("back")
    box.until("/mh0001/404.html")


def _over_links(box: Box) -> str:
    """The links, shown at the moment, that the script's short words lie on."""
    found: str = box.tab.evaluate(
        "(function () { var m = document.getElementById('echo').getBoundingClientRect(), found = [];"
        " document.querySelectorAll('a').forEach(function (e) { var r = e.getBoundingClientRect();"
        " if (r.left < m.right && m.left < r.right && r.top < m.bottom && m.top < r.bottom) { found.push(e.id); } });"
        " return m.width ? found.join() : 'nothing is shown'; })()"
    )
    return found


def test_digits_jump_to_the_page_of_that_number(box: Box) -> None:
    """2 0 1 opens 附近医院 from anywhere; 7 7 7 says that there is none, and stays."""
    box.open("100")
    box.press("2", "0", "1")
    box.until("/mh0001/201.html")
    assert box.tab.evaluate("document.title").startswith("201 ")
    box.press("7", "7", "7")
    assert "777" in box.tab.evaluate("document.getElementById('echo').textContent")
    assert _over_links(box) == "", "the row with the focus stays to be seen"
    assert box.tab.url.split("#")[0].endswith("/mh0001/201.html")
    box.press("back")
    box.until("/mh0001/100.html")


def test_colour_keys_do_what_stands_beside_them(box: Box) -> None:
    """Red on 201 leads where the red label leads; blue is 首页 everywhere."""
    box.open("201")
    red = box.tab.evaluate("document.getElementById('kr').getAttribute('href')")
    box.press("red")
    box.until("/" + red.split("#")[0])
    box.press("blue")
    box.until("/mh0001/100.html")


def test_an_unknown_box_finds_its_estate_by_arrows_and_keeps_it(box: Box) -> None:
    """From the district's page 100 to 109, a town, an estate: its own page 100, remembered by the box."""
    box.open("100", "district")
    box.press("1", "0", "9")
    box.until("/district/109.html")
    box.press("ok")
    box.tab.wait("/\\/i\\/109\\./.test(location.pathname) && document.readyState == 'complete' && window.remote")
    box.ready()
    # The first link of a town's page is an estate.
    box.press(*_way(box, box.tab.evaluate("document.querySelector('a[id^=e]').id")), "ok")
    box.tab.wait("/\\/mh\\d{4}\\/100.html$/.test(location.pathname) && document.readyState == 'complete'")
    estate = box.tab.url.split("/")[-2]
    box.tab.goto(f"http://127.0.0.1:{box.port}/")
    assert box.tab.url.split("/")[-2] == estate


def test_without_script_every_link_works(running_browser: chrome.Browser, port: int) -> None:
    """With script off, plain links lead from the district to an estate and on to a hospital."""
    tab = running_browser.open("about:blank")
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.goto(f"http://127.0.0.1:{port}/web-hd/district/109.html")

    def first(where: str) -> str:
        tab.call("Emulation.setScriptExecutionDisabled", value=False)
        found = tab.evaluate(f"(document.querySelector({where!r}) || {{}}).href || ''")
        tab.call("Emulation.setScriptExecutionDisabled", value=True)
        return str(found)

    tab.goto(first('a[href^="i/109."]'))
    tab.goto(first('a[href$="/100.html"][id^=e]'))
    assert "/web-hd/mh000" in tab.url
    tab.goto(first('a[id="p200"]').split("#")[0])
    tab.goto(first('a[id="p201"]'))
    tab.goto(first('a[id^="i"]'))
    assert "/i/201." in tab.url
    tab.goto(first('a[id="back"]'))
    assert tab.url.split("#")[0].endswith("/201.html")
