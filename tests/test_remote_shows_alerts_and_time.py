"""What the script does by itself: the clock, alerts, a page that is out of date, television after a quiet time."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from channel.profiles import load_profiles
from tests.browser import CHROMIUM, Browser, chromium
from tests.remote_site import Box, Site, remote_site

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no Chromium")]

WEB = load_profiles()["web-hd"]
TAKEOVER = {"id": "a1", "level": "takeover", "text": '暴雨红色预警 "请留在室内" <b>', "page": "900"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def site() -> Iterator[Site]:
    with remote_site(WEB) as served:
        yield served


@pytest.fixture
def box(browser: Browser, site: Site) -> Iterator[Box]:
    walker = Box(browser, site)
    yield walker
    assert not walker.tab.errors
    walker.tab.close()


def test_the_clock_shows_the_boxs_time_and_moves_with_it(box: Box) -> None:
    """HH:MM and 11月24日 周二, from the box's own clock."""
    box.tab.call("Emulation.setTimezoneOverride", timezoneId="Asia/Shanghai")
    box.tab.before_load("window.ahead = 1795485840000 - Date.now()")
    box.open("100")
    assert box.tab.evaluate("clk.textContent + ' ' + day.textContent") == "10:04 11月24日 周二"
    box.pass_time(60)
    assert box.tab.evaluate("clk.textContent") == "10:05"


def test_a_takeover_covers_the_screen_and_back_dismisses_it_for_good(box: Box, site: Site) -> None:
    """It comes without a reload, takes all keys, and does not come again on the next page once BACK dismissed it."""
    box.open("100")
    box.press("right")
    site.alert = TAKEOVER
    box.pass_time(40)
    assert box.shown("over") == TAKEOVER["text"]
    box.press("left", "2")
    assert (box.focus, box.shown("echo"), box.where) == ("h2", "", "100")
    box.press("back")
    assert (box.shown("over"), box.where) == ("", "100")
    asked = site.asked.count("/web-hd/mh0001/alert.json")
    box.pass_time(40)
    assert site.asked.count("/web-hd/mh0001/alert.json") == asked + 1
    assert box.shown("over") == ""
    box.open("201")
    box.pass_time(40)
    assert box.shown("over") == ""
    site.alert = {**TAKEOVER, "id": "a2"}
    box.pass_time(40)
    assert box.shown("over") == TAKEOVER["text"]
    site.alert = {**TAKEOVER, "level": "none"}
    box.pass_time(40)
    assert box.shown("over") == ""


def test_ok_on_a_takeover_opens_its_page(box: Box, site: Site) -> None:
    """Page 900, which is never covered itself; BACK from there leads to where one was."""
    site.alert = TAKEOVER
    box.open("201.x1")
    box.tab.wait("/on/.test(document.getElementById('over').className)")
    box.press("ok")
    box.until("900")
    box.pass_time(40)
    assert box.shown("over") == ""
    box.press("back")
    box.until("201.x1")


def test_a_strip_stands_below_and_takes_no_keys(box: Box, site: Site) -> None:
    """The text as text, the focus free, and gone when the alert is."""
    site.alert = {"id": "s1", "level": "strip", "text": "今晚 22 时停水", "page": "601"}
    box.open("100")
    box.tab.wait("/on/.test(document.getElementById('strip').className)")
    assert box.shown("strip") == "今晚 22 时停水"
    box.press("right")
    assert (box.focus, box.shown("over")) == ("h2", "")
    site.alert = {"id": "", "level": "none", "text": "", "page": ""}
    box.pass_time(40)
    assert box.shown("strip") == ""


def test_an_alert_that_cannot_be_read_changes_nothing(box: Box, site: Site) -> None:
    """A server that answers nonsense or not at all stops no key."""
    site.alert = {"level": ["takeover"], "id": {"a": 1}}
    box.open("100")
    box.pass_time(40)
    box.press("right")
    assert (box.focus, box.shown("over"), box.shown("strip")) == ("h2", "", "")


def test_a_newer_page_is_loaded_with_the_focus_and_the_way_back(browser: Browser) -> None:
    """Only when the server has another one, nothing was pressed for 5 s, and at most once a minute."""
    address = "/web-hd/mh0001/201.html"
    with remote_site(WEB, every="20") as site:
        box = Box(browser, site, before="Math.random = function () { return 0 }")
        box.open("201", "#b=101&f=h17")
        box.press("down")
        box.tab.evaluate("window.mark = 1")
        box.pass_time(59)
        assert site.asked.count(address) == 1
        box.pass_time(2)
        assert site.asked.count(address) == 2
        assert box.tab.evaluate("window.mark") == 1
        site.body["key"] = "b2"
        box.tab.evaluate("window.ahead += 58000")
        box.press("up", "down")
        box.pass_time(3)
        assert site.asked.count(address) == 2
        box.tab.evaluate("window.ahead += 3000")
        box.tab.wait("!window.mark && document.readyState == 'complete'")
        assert (box.where, box.focus) == ("201#b=101&f=h17&o=h2", "h2")
        count = site.asked.count(address)
        box.pass_time(61)
        assert site.asked.count(address) == count + 1
        box.press("back")
        box.until("101")
        box.tab.close()


def test_a_page_that_is_never_renewed_is_not_asked_for(box: Box, site: Site) -> None:
    """Nought means never."""
    box.open("201")
    box.pass_time(100_000)
    assert site.asked.count("/web-hd/mh0001/201.html") == 1


def test_after_a_quiet_time_the_box_shows_television(browser: Browser) -> None:
    """Announced ten seconds before; a key keeps the page; an alert on screen keeps it too."""
    with remote_site(WEB, idle="180") as site:
        box = Box(browser, site)
        box.open("201")
        box.pass_time(172)
        assert box.shown("echo") == "10 秒后看电视"
        box.press("down")
        assert (box.shown("echo"), box.focus) == ("", "h2")
        box.pass_time(172)
        assert box.where == "201"
        site.alert = dict(TAKEOVER)
        box.pass_time(0.1)
        box.open("201", "?2")
        box.tab.wait("/on/.test(document.getElementById('over').className)")
        box.tab.evaluate("window.ahead += 999000")
        box.pass_time(1)
        assert box.where == "201"
        site.alert["level"] = "none"
        box.open("201", "?3")
        box.tab.evaluate("window.ahead += 181000")
        box.until_live()
        box.tab.close()


def test_never_leaving_means_never(box: Box) -> None:
    """An idle time of 0 keeps the page for ever."""
    box.open("201")
    box.pass_time(100_000)
    assert (box.where, box.shown("echo")) == ("201", "")


BROKEN = (
    "addEventListener('DOMContentLoaded', function () {"
    "  document.body.appendChild(new Image()).src = document.body.appendChild(new Image()).src = 'gone.png' })"
)
"""Two pictures that do not load."""


def test_pictures_that_did_not_load_are_told_by_sample_and_without_identity(browser: Browser) -> None:
    """One page in a hundred says so, once a load and whatever the number, to the root of ours; the rest say nothing."""
    for luck, page, reports in (("0.005", "201", 1), ("0.005", "201.x2", 1), ("0.5", "201", 0)):
        with remote_site(WEB) as site:
            box = Box(browser, site, before=f"Math.random = function () {{ return {luck} }}; {BROKEN}")
            _open_twice(box, page)
            assert _told(site) == ["/report?profile=web-hd&kind=picture"] * 2 * reports
            box.tab.close()


def test_a_page_whose_pictures_are_gone_is_loaded_once_anew(browser: Browser) -> None:
    """The same address may name others by now; the way back is kept, each page has its own try, and none has two. One
    that is whole is left alone."""
    with remote_site(WEB) as site:
        box = Box(browser, site, before=BROKEN)
        _open_twice(box, "201", "#b=101&f=h17&o=h2")
        assert (box.where, box.focus) == ("201#b=101&f=h17&o=h2", "h2")
        _open_twice(box, "201.x2")
        asked = [path for path in site.asked if path.endswith(("/201.html", "/201.x2.html"))]
        assert asked == ["/web-hd/mh0001/201.html"] * 2 + ["/web-hd/mh0001/i/201.x2.html"] * 2
        box.tab.close()
    with remote_site(WEB) as site:
        box = Box(browser, site)
        box.open("201")
        box.pass_time(0)
        assert [path for path in site.asked if path.endswith(".html")] == ["/web-hd/mh0001/201.html"]
        box.tab.close()


def _open_twice(box: Box, page: str, fragment: str = "") -> None:
    """Go to a page that loads itself anew; wait until it has, and would have once more."""
    box.open(page, fragment, ready=False)
    box.tab.wait("performance.getEntriesByType('navigation')[0].type == 'reload' && window.looks > 1")
    box.pass_time(0)


def test_what_is_asked_for_later_and_does_not_come_is_told_too(browser: Browser) -> None:
    """An ``alert.json`` and a page asked for again that the server has no more, each by its kind."""
    lucky = "Math.random = function () { return 0.005 }"
    with remote_site(WEB, every="60") as site:
        box = Box(browser, site, before=lucky)
        box.open("201")
        site.broken = True
        box.pass_time(70)
        assert set(_told(site)) == {f"/report?profile=web-hd&kind={kind}" for kind in ("alert", "page")}
        box.tab.close()


@pytest.mark.parametrize("address", ["", "//127.0.0.1:9/elsewhere"])
def test_a_profile_tells_elsewhere_or_nobody(browser: Browser, address: str) -> None:
    """A server of the profile's own, or none: ours is not asked."""
    with remote_site(msgspec.structs.replace(WEB, report=address)) as site:
        asked = "Image = function () { window.seen = window.seen || []; window.seen.push(this) }"
        box = Box(browser, site, before=f"Math.random = function () {{ return 0.005 }}; {asked}")
        site.broken_alert = True
        box.open("201.x2")
        box.pass_time(70)
        sources = box.tab.evaluate("(window.seen || []).map(function (x) { return x.src }).join(' ')")
        assert set(sources.split()) == ({f"{address}?profile=web-hd&kind=alert"} if address else set())
        assert _told(site) == []
        box.tab.close()


def _told(site: Site) -> list[str]:
    return [path for path in site.asked if "report" in path]
