"""The portal in a real browser, at the sizes of a phone, a tablet and a desk: by keyboard, in twice the text size,
without a script and without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser as chrome
import pytest
from painted_site import Origin, Site

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not chrome.CHROMIUM, reason="no Chromium on this machine")]
PAGES = ("100", "101", "111", "201", "202", "208", "341", "401", "503", "541", "700", "900")
SIZES = ((320, 640), (768, 1024), (1600, 900))


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    site = Site(tmp_path_factory.mktemp("portal"), ("web-hd",))
    with site.served(site.state) as found:
        yield found
    site.archive.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[chrome.Browser]:
    with chrome.chromium() as found:
        yield found


def address(origin: Origin, path: str) -> str:
    return f"http://127.0.0.1:{origin.port}{path}"


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_no_page_scrolls_sideways_or_breaks_a_rule(
    origin: Origin, browser: chrome.Browser, width: int, height: int
) -> None:
    """Nothing wider than the window but tables in regions of their own that scroll (WCAG 2.2, 1.4.10); nothing that the
    policy refuses, no error; every target is 24 px high at least (2.5.8)."""
    tab = browser.open(width=width, height=height)
    for number in PAGES:
        tab.goto(address(origin, f"/m/mh0001/{number}"))
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, number
        low = "[...document.querySelectorAll('main li > a, .ways a, .name a, button, summary, .jump input')]"
        low += ".filter(e => e.getBoundingClientRect().height && e.getBoundingClientRect().height < 24)"
        assert tab.evaluate(f"{low}.map(e => e.outerHTML)") == [], number
        assert tab.errors == [], number
    tab.close()


def test_twice_the_text_stays_within_a_narrow_window(origin: Origin, browser: chrome.Browser) -> None:
    tab = browser.open(width=640, height=900)
    for number in PAGES:
        tab.goto(address(origin, f"/m/mh0001/{number}"))
        tab.evaluate("document.documentElement.style.fontSize = '200%'")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 640, number
    tab.close()


CONTRAST = """
(() => {
  const channel = value => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const color = text => text.match(/[\\d.]+/g).map(Number);
  const ground = e => { for (; e; e = e.parentElement) { const c = color(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return color(getComputedStyle(document.body).backgroundColor); };
  const found = [];
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.closest('svg,script,style')) continue;
    const a = light(color(getComputedStyle(e).color)), b = light(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push([e.tagName, e.className, ratio]);
  }
  return found;
})()
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_can_be_read_by_day_and_by_night(origin: Origin, browser: chrome.Browser, scheme: str) -> None:
    """Contrast of 4.5 at least between every word and what it stands on (WCAG 2.2, 1.4.3)."""
    tab = browser.open(width=768, height=900)
    tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    for number in PAGES:
        tab.goto(address(origin, f"/m/mh0001/{number}"))
        assert tab.evaluate(CONTRAST) == [], number
    tab.close()


def test_a_keyboard_is_enough(origin: Origin, browser: chrome.Browser) -> None:
    """The first key leads past the header; a number typed into its field opens the page of this estate; what has the
    focus is seen to have it."""
    tab = browser.open(address(origin, "/m/mh0001/100"), width=360, height=800)
    tab.press("tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.press("ok")
    tab.wait("document.activeElement.id === 'main'")
    tab.evaluate("document.getElementById('number').focus()")
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.press("2", "0", "1", "ok")
    tab.wait("location.pathname === '/m/mh0001/201' && document.readyState === 'complete'")
    assert tab.errors == []
    tab.close()


def test_who_hears_the_page_hears_it_in_order(origin: Origin, browser: chrome.Browser) -> None:
    """Chromium's accessibility tree: the alert before the heading, and the heading before what it is of."""
    tab = browser.open(address(origin, "/m/mh0001/201"), width=360, height=800)
    tab.call("Accessibility.enable")
    nodes = {node["nodeId"]: node for node in tab.call("Accessibility.getFullAXTree")["nodes"]}
    ordered = _in_order(nodes, next(iter(nodes)))
    told = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in ordered if not n.get("ignored")]
    roles = [role for role, _ in told]
    assert roles.index("banner") < roles.index("main") < roles.index("alert") < roles.index("heading")
    assert roles.index("heading") < roles.index("list") < roles.index("contentinfo") < roles.index("navigation")
    assert all(name for role, name in told if role in ("link", "button", "textbox", "navigation"))
    tab.close()


def _in_order(nodes: dict[str, Any], root: str) -> list[Any]:
    return [nodes[root], *(node for child in nodes[root].get("childIds", ()) for node in _in_order(nodes, child))]


def test_a_long_list_is_narrowed_by_what_is_typed(origin: Origin, browser: chrome.Browser) -> None:
    tab = browser.open(address(origin, "/m/mh0001/201"), width=360, height=800)
    rows = "[...document.querySelectorAll('.rows > li')].filter(e => !e.hidden)"
    name = tab.evaluate(f"{rows}[3].querySelector('.name').textContent")
    assert tab.evaluate(f"{rows}.length") > 10
    tab.evaluate("document.querySelector('.find input').focus()")
    tab.type(name)
    tab.wait(f"{rows}.length === 1")
    assert tab.evaluate(f"{rows}[0].querySelector('.name').textContent") == name
    tab.close()


def test_the_nearest_estate_is_reckoned_on_the_phone(origin: Origin, browser: chrome.Browser) -> None:
    """From a position that only the browser has; the estate is remembered for pages by number alone."""
    estate = origin.site.channel.estates["mh0002"]
    tab = browser.open(width=360, height=800)
    tab.call("Browser.grantPermissions", permissions=["geolocation"])
    tab.call("Emulation.setGeolocationOverride", latitude=estate.lat, longitude=estate.lon, accuracy=5)
    tab.goto(address(origin, "/m/?page=201"))
    tab.wait("!document.getElementById('near').hidden")
    tab.click("#near button")
    tab.wait("document.querySelector('#near output a')")
    assert estate.name in tab.evaluate("document.querySelector('#near output a').textContent")
    tab.evaluate("document.querySelector('#near output a').click()")
    tab.wait("location.pathname === '/m/mh0002/201'")
    tab.goto(address(origin, "/m/402"))
    assert tab.url.endswith("/m/mh0002/402")
    assert tab.errors == []
    tab.close()


def test_pages_seen_open_without_a_network_and_say_so(
    origin: Origin, browser: chrome.Browser, tmp_path: Path
) -> None:
    """The origin is really gone: what was seen is there, also by its number alone, and what was not is not."""
    site = origin.site
    with site.served(site.copied(tmp_path)) as own:
        tab = browser.open(address(own, "/m/mh0001/201"), width=360, height=800)
        tab.wait("navigator.serviceWorker.ready.then(() => true)")
        tab.goto(address(own, "/m/mh0001/201"))
        tab.wait("caches.open('portal-1').then(c => c.keys()).then(k => k.some(one => one.url.endsWith('/201')))")
    for path in ("/m/mh0001/201", "/m/201"):
        tab.goto(address(own, path))
        assert tab.evaluate("document.querySelector('h1').textContent") == site.channel.lineup.page("201").title
        assert tab.evaluate("document.querySelector('.offline').getAttribute('role')") == "status"
    with pytest.raises(RuntimeError):
        tab.goto(address(own, "/m/mh0001/541"))
    tab.close()


SHIFT = """new Promise(done => { let sum = 0;
  new PerformanceObserver(list => list.getEntries().forEach(e => { sum += e.value; }))
    .observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(sum), 300); })"""


def test_nothing_moves_while_a_page_loads_slowly(origin: Origin, browser: chrome.Browser) -> None:
    """Over a mobile network that has the style at once and the script later."""
    tab = browser.open(width=360, height=800)
    tab.call("Network.emulateNetworkConditions", offline=False, latency=150, downloadThroughput=200_000,
             uploadThroughput=94_000)  # fmt: skip
    tab.call("Network.setBypassServiceWorker", bypass=True)
    for number in ("100", "111", "201", "503"):
        tab.goto(address(origin, f"/m/mh0001/{number}"))
        assert tab.evaluate(SHIFT) == 0, number
    tab.close()


def test_a_page_is_whole_without_a_script(origin: Origin, browser: chrome.Browser) -> None:
    tab = browser.open(width=360, height=800)
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.goto(address(origin, "/m/mh0001/201"))
    tab.call("Emulation.setScriptExecutionDisabled", value=False)
    assert tab.evaluate("document.querySelectorAll('.rows > li').length") > 10
    assert tab.evaluate("document.querySelector('.jump').action").endswith("/m/go")
    tab.close()
