"""The portal in a real browser, at the sizes of a phone, a tablet and a desk: by keyboard, in twice the text size,
without a script and without a network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser as chrome
import pytest
from painted_site import Origin, Site

from broadcaster.places import STORE
from channel.release import Store

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not chrome.CHROMIUM, reason="no Chromium on this machine")]
PAGES = (
    "100", "101", "111", "201", "202", "208", "243", "341", "401", "402", "503", "541", "542", "604", "700", "900",
)  # fmt: skip
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
        small = "main li > a, .ways a, .name a, button, summary, .jump input, th a, .act, [href^=tel]"
        low = f"[...document.querySelectorAll({small!r})]"
        low += ".filter(e => e.getBoundingClientRect().height && e.getBoundingClientRect().height < 24)"
        assert tab.evaluate(f"{low}.map(e => e.outerHTML)") == [], number
        assert tab.errors == [], number
    tab.close()


def test_twice_the_text_stays_within_a_narrow_window(origin: Origin, browser: chrome.Browser) -> None:
    """Of 320 px too (WCAG 2.2, 1.4.4 with 1.4.10), where a table's rows are cards and no column lies outside."""
    tab = browser.open(width=320, height=900)
    for path in (*(f"mh0001/{number}" for number in PAGES), "i/201.h03", "", "mh0001/299"):
        tab.goto(address(origin, f"/m/{path}"))
        tab.evaluate("document.documentElement.style.fontSize = '200%'")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320, path
        wide = "[...document.querySelectorAll('.wrap')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
        assert tab.evaluate(wide) == 0, path
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


SHOWN = "[...document.querySelectorAll('tbody tr')].filter(e => !e.hidden)"


def test_what_is_found_and_that_nothing_is_is_said(origin: Origin, browser: chrome.Browser) -> None:
    """In words that stand there, and by a live region; digits as wide as letters find the same."""
    tab = browser.open(address(origin, "/m/mh0001/604"), width=360, height=800)
    tab.evaluate("document.querySelector('.find input').focus()")
    tab.type("１２３４５")
    tab.wait("document.querySelector('.find [role=status]').textContent")
    assert tab.evaluate(f"{SHOWN}.length") == 1
    assert "1" in tab.evaluate("document.querySelector('.find [role=status]').textContent")
    tab.type("zzz")
    tab.wait(f"{SHOWN}.length === 0")
    told = tab.evaluate("document.querySelector('.find [role=status]').textContent")
    assert told == origin.site.channel.say("Nothing found")
    tab.evaluate("(i => { i.value = ''; i.dispatchEvent(new Event('input')); })(document.querySelector('.find input'))")
    assert tab.evaluate("document.querySelector('.find [role=status]').textContent") == ""
    assert tab.evaluate(f"{SHOWN}.length") > 30
    tab.close()


CHOOSE = """(value => { const s = document.querySelector('.find select');
  s.value = value; s.dispatchEvent(new Event('change')); })"""


def test_tables_and_lists_are_sorted(origin: Origin, browser: chrome.Browser) -> None:
    """By every column that has an order, figures as figures and names as the language has them, and back again."""
    tab = browser.open(address(origin, "/m/mh0001/541"), width=360, height=800)
    column = "[...document.querySelectorAll('tbody tr')].map(row => row.cells[1].firstChild.textContent)"
    given = tab.evaluate(column)
    tab.evaluate(f"{CHOOSE}('1')")
    prices = [float(price) for price in tab.evaluate(column) if price[0].isdigit()]
    assert prices == sorted(prices) and len(prices) > 10
    tab.evaluate(f"{CHOOSE}('-1')")
    assert [float(price) for price in tab.evaluate(column) if price[0].isdigit()] == prices[::-1]
    tab.evaluate(f"{CHOOSE}('')")
    assert tab.evaluate(column) == given
    tab.goto(address(origin, "/m/mh0001/201"))
    names = "[...document.querySelectorAll('.rows .name')].map(e => e.textContent)"
    far = tab.evaluate(names)
    tab.evaluate(f"{CHOOSE}('name')")
    assert tab.evaluate(names) == tab.evaluate(f"({names}).sort(new Intl.Collator('zh-CN').compare)") != far
    tab.goto(address(origin, "/m/mh0001/111"))
    newest = tab.evaluate(names)
    tab.evaluate(f"{CHOOSE}('back')")
    assert tab.evaluate(names) == newest[::-1]
    tab.close()


def test_rows_of_a_wide_table_are_cards_on_a_phone(origin: Origin, browser: chrome.Browser) -> None:
    """Each value under its head, all within the window; on a desk the table is a table."""
    tab = browser.open(address(origin, "/m/mh0001/541"), width=390, height=800)
    ends = "Math.max(...[...document.querySelectorAll('tbody td')].map(e => e.getBoundingClientRect().right))"
    head = "getComputedStyle(document.querySelector('td[data-l]'), '::before').content"
    assert tab.evaluate(ends) <= 390
    assert tab.evaluate(head).strip('"') == "attr(data-l)" or tab.evaluate(head) != "none"
    tab.size(1600, 900)
    assert tab.evaluate(head) == "none"
    tab.close()


def test_an_estate_is_remembered_by_choice_alone(origin: Origin, browser: chrome.Browser) -> None:
    """Who opens a page of grandmother's keeps to her pages in this tab, its items' ways back too, and has in the next
    what was hers before; one tap remembers it."""
    mine, hers = (origin.site.channel.estates[ident] for ident in ("mh0002", "mh0001"))
    tab = browser.open(address(origin, "/m/go?estate=mh0002&keep=1&page=201"), width=390, height=800)
    assert tab.url.endswith("/m/mh0002/201") and tab.evaluate("document.getElementById('keep').hidden")
    tab.goto(address(origin, "/m/mh0001/201"))
    assert tab.evaluate("document.cookie") == "estate=mh0002"
    tab.goto(address(origin, "/m/i/201.h03"))
    assert tab.evaluate("document.getElementById('whose').textContent") == hers.name
    assert tab.evaluate("document.querySelector('.ways a').getAttribute('href')").endswith("/m/mh0001/201")
    assert tab.evaluate("document.querySelector('.jump [name=estate]').value") == "mh0001"
    other = browser.open(address(origin, "/m/i/201.h03"), width=390, height=800)
    assert other.evaluate("document.getElementById('whose').textContent") == mine.name
    other.goto(address(origin, "/m/201"))
    assert other.url.endswith("/m/mh0002/201")
    other.close()
    tab.goto(address(origin, "/m/mh0001/201"))
    tab.evaluate("document.querySelector('#keep a').click()")
    tab.wait("document.cookie === 'estate=mh0001' && location.pathname === '/m/mh0001/201'")
    tab.evaluate("document.cookie = 'estate=; path=/; max-age=0'")
    tab.close()


FALSE_ALERT = """(() => { const real = window.fetch; window.asked = [];
  window.fetch = (url, given) => { window.asked.push(String(url)); return String(url).includes('/alerts/')
    ? Promise.resolve(new Response(JSON.stringify(window.told || %s))) : real(url, given); }; })()"""
STORM = {
    "id": "s1", "level": "takeover", "mark": "台风", "text": "风暴", "do": "不要出门", "page": "900",
    "alert": {"headline": "风暴", "severity": "extreme", "area": "浦江镇", "times": "今天 08:00 到 20:00"},
}  # fmt: skip


def test_a_new_warning_comes_to_an_open_page(origin: Origin, browser: chrome.Browser) -> None:
    """As soon as somebody looks at it again: unmistakable, with its severity in a word, place and time."""
    tab = browser.open(address(origin, "/m/mh0001/201"), width=390, height=800)
    tab.evaluate(FALSE_ALERT % json.dumps(STORM))
    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    tab.wait("document.querySelector('#alert .extreme')")
    told = tab.evaluate("document.getElementById('alert').innerText").split()
    word = origin.site.channel.say.within("how severe a warning is", "Extreme")
    assert told[0] == word and {"台风", "风暴", "浦江镇", "不要出门"} <= set(told)
    assert tab.evaluate("document.querySelector('#alert a').pathname") == "/m/mh0001/900"
    box = tab.evaluate("getComputedStyle(document.querySelector('#alert .extreme')).backgroundColor")
    assert box == "rgb(179, 18, 10)" and tab.evaluate(CONTRAST) == []
    assert "alerts/mh0001.json" in tab.evaluate("window.asked.join()")
    tab.evaluate("window.told = {id: '', level: 'none'}; document.dispatchEvent(new Event('visibilitychange'))")
    tab.wait("!document.querySelector('#alert > *')")
    tab.close()


def test_an_item_tells_what_holds_for_this_household(origin: Origin, browser: chrome.Browser) -> None:
    """It is everybody's, so it comes with what holds anywhere; its reader's own is asked for at once."""
    tab = browser.open(width=390, height=800)
    tab.call("Page.addScriptToEvaluateOnNewDocument", source=FALSE_ALERT % json.dumps(STORM))
    tab.goto(address(origin, "/m/go?estate=mh0002&keep=1&page=201"))
    tab.goto(address(origin, "/m/i/201.h03"))
    tab.wait("document.querySelector('#alert .extreme')")
    assert "alerts/mh0002.json" in tab.evaluate("window.asked.join()")
    tab.evaluate("document.cookie = 'estate=; path=/; max-age=0'")
    tab.close()


def test_who_is_far_away_is_told_so(origin: Origin, browser: chrome.Browser) -> None:
    """From Munich no estate is near; near by, each has its distance."""
    estate = origin.site.channel.estates["mh0002"]
    tab = browser.open(width=360, height=800)
    tab.call("Browser.grantPermissions", permissions=["geolocation"])
    for lat, lon in ((48.14, 11.58), (estate.lat, estate.lon)):
        tab.call("Emulation.setGeolocationOverride", latitude=lat, longitude=lon, accuracy=5)
        tab.goto(address(origin, "/m/"))
        tab.click("#near button")
        tab.wait("document.querySelector('#near output').textContent")
        told = tab.evaluate("document.querySelector('#near output').textContent")
        if lat == estate.lat:
            assert estate.name in told and "0.0" in told
        else:
            assert tab.evaluate("document.querySelectorAll('#near output a').length") == 0
            assert 8000 < int(next(word for word in re.findall("[0-9]+", told))) < 10_000
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


KEPT = "caches.open('portal-pages-2').then(c => c.keys()).then(k => k.map(one => new URL(one.url).pathname))"
WORKS = "navigator.serviceWorker.ready.then(() => true)"
ENDED = """caches.open('portal-pages-2').then(async c => {{
  const old = await c.match({0!r}), text = (await old.text()).replace(/data-ends="[^"]+"/, 'data-ends="{1}"');
  await c.put({0!r}, new Response(text, {{headers: old.headers}})); }})"""


def test_pages_seen_open_without_a_network_and_say_so(
    origin: Origin, browser: chrome.Browser, tmp_path: Path
) -> None:
    """The origin is really gone: what was seen is there, under its own address alone, by its number too; what was not
    is answered by a page of ours that lists what there is."""
    site = origin.site
    with site.served(site.copied(tmp_path)) as own:
        tab = browser.open(address(own, "/m/mh0001/201"), width=360, height=800)
        tab.wait(WORKS)
        tab.wait(f"{KEPT}.then(found => found.includes('/m/mh0001/201'))")
        for path in ("/m/mh0001/604", "/m/mh0002/111"):
            tab.goto(address(own, path))
            tab.wait(f"{KEPT}.then(found => found.includes({path!r}))")
        far, near = (f"http://127.0.0.1:{own.port}/m/mh0001/{number}" for number in ("201", "604"))
        tab.evaluate(ENDED.format(far, "2020-01-01T00:00:00Z"))
        tab.evaluate(ENDED.format(near, "2099-01-01T00:00:00Z"))
    title = site.channel.lineup.page("201").title
    for path in ("/m/mh0001/201", "/m/201", "/m/go?page=201&estate=mh0001", "/m/go?page=２０１"):
        tab.goto(address(own, path))
        assert tab.evaluate("location.pathname") == "/m/mh0001/201"
        assert tab.evaluate("document.querySelector('h1').textContent") == title
        assert tab.evaluate("document.querySelector('.offline').getAttribute('role')") == "status"
    # Its warning was over long ago; of the other nobody knows better.
    assert tab.evaluate("document.querySelectorAll('#alert > *').length") == 0
    tab.goto(address(own, "/m/mh0001/604"))
    assert tab.evaluate("document.querySelectorAll('#alert > *').length") == 1
    told = tab.evaluate("document.querySelector('.offline').innerText")
    assert site.channel.say("A warning may have changed since.") in told
    for path in ("/m/mh0002/201", "/m/mh0001/541", "/m/go?page=541&estate=mh0002", "/m/"):
        tab.goto(address(own, path))
        assert tab.evaluate("document.querySelector('h1').textContent") == site.channel.say("No network"), path
        listed = "[...document.querySelectorAll('#kept a')].map(e => e.pathname)"
        assert set(tab.evaluate(listed)) == {"/m/mh0001/201", "/m/mh0001/604", "/m/mh0002/111"}, path
        assert ("541" in tab.evaluate("document.querySelector('main').innerText")) == ("541" in path), path
        assert tab.evaluate("getComputedStyle(document.querySelector('.top')).backgroundColor") == "rgb(20, 48, 58)"
    tab.evaluate("document.getElementById('number').focus()")
    tab.press("6", "0", "4", "ok")
    tab.wait("location.pathname === '/m/mh0001/604' && document.querySelector('.offline')")
    tab.close()


def test_a_page_that_was_taken_down_does_not_come_back_out_of_a_pocket(
    origin: Origin, browser: chrome.Browser, tmp_path: Path
) -> None:
    site, path = origin.site, "/m/i/201.h03"
    state = site.copied(tmp_path)
    with site.served(state) as own:
        tab = browser.open(address(own, path), width=360, height=800)
        tab.wait(WORKS)
        tab.wait(f"{KEPT}.then(found => found.includes({path!r}))")
        Store.open(state / STORE).take_down("201.h03", "test")
        tab.wait(f"fetch({path!r}).then(answer => answer.status === 404)")
        tab.goto(address(own, path))
        tab.wait(f"{KEPT}.then(found => !found.includes({path!r}))")
    tab.goto(address(own, path))
    assert tab.evaluate("document.querySelector('h1').textContent") == site.channel.say("No network")
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
