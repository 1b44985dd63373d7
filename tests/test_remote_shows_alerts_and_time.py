"""What the script does by itself: the clock, alerts, a page that is out of date, television after a quiet time."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from channel.paint.script import remote_scripts
from channel.profiles import load_profiles
from channel.words import Manner, Say
from tests.browser import CHROMIUM, Browser, chromium
from tests.remote_site import NUMBERS, Box, Site, remote_site

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no Chromium")]

WEB = load_profiles()["web-hd"]
TAKEOVER = {
    "id": "a1", "level": "takeover", "mark": "暴雨", "text": '暴雨红色预警 "请留在室内" <b>', "do": "不出门",
    "page": "900",
}  # fmt: skip


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


SAY = Say()
MORNING = 1795485840
"""10:04 in Shanghai on 2026-11-24, in unix seconds."""


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai"])
@pytest.mark.parametrize("wrong", [0, 86_400, -40_000_000])
def test_the_clock_shows_the_channels_time_and_moves_with_it(box: Box, site: Site, zone: str, wrong: float) -> None:
    """HH:MM and 11月24日 周二 in the channel's zone, whatever zone the box has and however wrong its clock is: by what
    the origin says, and how old that was in a cache."""
    site.date, site.age = MORNING - 20, 20
    box.tab.call("Emulation.setTimezoneOverride", timezoneId=zone)
    box.tab.before_load(f"window.ahead = {(MORNING + wrong) * 1000} - Date.now()")
    box.open("100")
    shown = "clk.textContent + ' ' + day.textContent"
    box.tab.wait(f"({shown}) == '10:04 11月24日 周二'")
    site.date += 60
    box.pass_time(60)
    assert box.tab.evaluate(shown) == "10:05 11月24日 周二"


def test_the_next_page_begins_with_the_channels_time(box: Box, site: Site) -> None:
    """However wrong the box's clock is: what one page was told the next one knows before it asks."""
    site.date = MORNING
    box.tab.before_load(f"window.ahead = {(MORNING - 11_400) * 1000} - Date.now()")
    box.open("100")
    box.tab.wait("clk.textContent == '10:04'")
    site.flowing.clear()
    box.open("201")
    assert box.tab.evaluate("clk.textContent + ' ' + day.textContent") == "10:04 11月24日 周二"
    site.flowing.set()


def test_the_clock_of_a_channel_of_twelve_hours_counts_to_twelve(box: Box, site: Site) -> None:
    site.scripts = remote_scripts(WEB, NUMBERS, Say("en", "America/New_York", Manner(twelve=True)))
    site.date = MORNING
    box.open("100")
    box.tab.wait("clk.textContent + ' ' + day.textContent == '9:04 Mon 23 Nov'")


def test_without_an_origin_the_clock_is_the_boxs_in_the_channels_zone(box: Box, site: Site) -> None:
    site.broken_alert = True
    box.tab.call("Emulation.setTimezoneOverride", timezoneId="UTC")
    box.tab.before_load(f"window.ahead = {MORNING * 1000} - Date.now()")
    box.open("100")
    assert box.tab.evaluate("clk.textContent + ' ' + day.textContent") == "10:04 11月24日 周二"
    box.tab.errors.clear()


def test_a_takeover_is_its_page_at_once_and_back_leads_to_where_one_was(box: Box, site: Site) -> None:
    """It comes without a key, once; a mark stays in the header for as long as it is in force."""
    box.open("201", "#b=101&f=h17")
    box.press("down")
    site.alert = TAKEOVER
    box.tab.evaluate("window.ahead += 40000")
    box.until("900")
    assert box.where == "900#b=201&f=h2&b=101&f=h17"
    box.pass_time(40)
    assert box.where[:3] == "900" and box.tab.evaluate("document.getElementById('mark') == null")
    box.press("back")
    box.until("201")
    box.tab.wait("/ on/.test(' ' + document.getElementById('mark').className)")
    assert (box.focus, box.shown("mark")) == ("h2", "▲ 暴雨 900")
    box.pass_time(80)
    assert box.where.startswith("201")
    box.press("back")
    box.until("101")
    site.alert = {**TAKEOVER, "id": "a2"}
    box.tab.evaluate("window.ahead += 40000")
    box.until("900")
    box.press("back")
    box.until("101")
    site.alert = {**TAKEOVER, "level": "none"}
    box.pass_time(40)
    assert (box.where[:3], box.shown("mark")) == ("101", "")


def test_a_warning_that_joins_another_takes_over_and_one_that_ends_does_not(box: Box, site: Site) -> None:
    site.alert = TAKEOVER
    box.open("100")
    box.until("900")
    box.press("back")
    box.until("100")
    site.alert = {**TAKEOVER, "id": "a1 b2"}
    box.tab.evaluate("window.ahead += 40000")
    box.until("900")
    box.press("back")
    box.until("100")
    site.alert = {**TAKEOVER, "id": "b2"}
    box.pass_time(40)
    assert (box.where[:3], box.shown("mark"), box.shown("over")) == ("100", "▲ 暴雨 900", "")


def test_where_its_page_cannot_be_had_what_to_do_stands_over_everything(box: Box, site: Site) -> None:
    """Headline and first thing to do; it takes the keys, BACK puts it away for good, OK goes to the page all the
    same."""
    site.missing = {"900"}
    box.open("100")
    box.press("right")
    site.alert = TAKEOVER
    box.pass_time(40)
    assert box.shown("over") == f"{TAKEOVER['text']}{TAKEOVER['do']}"
    box.press("left", "2")
    assert (box.focus, box.shown("echo"), box.where) == ("h2", "", "100")
    box.press("back")
    assert (box.shown("over"), box.where, box.shown("mark")) == ("", "100", "▲ 暴雨 900")
    box.pass_time(40)
    assert box.shown("over") == ""
    box.tab.errors.clear()
    site.missing = set()
    site.alert = {**TAKEOVER, "id": "a2"}
    box.tab.evaluate("window.ahead += 40000")
    box.until("900")
    box.press("back")
    box.until("100")
    assert box.focus == "h2"


def test_a_mark_is_a_link_beside_the_header_that_takes_no_keys(box: Box, site: Site) -> None:
    """Above the top row; DOWN leads back to where one was, OK opens its page, and when the warning is over nothing of
    it has the focus."""
    site.alert = {"id": "s1", "level": "strip", "text": "今晚 22 时停水", "page": "201", "mark": ""}
    box.open("100")
    box.tab.wait("/ on/.test(' ' + document.getElementById('mark').className)")
    assert box.shown("mark") == "▲ 预警 201"
    box.press("right")
    assert (box.focus, box.shown("over")) == ("h2", "")
    box.press("up")
    assert box.focus == "mark"
    box.press("left", "up")
    assert box.focus == "mark"
    box.press("down")
    assert box.focus == "h2"
    box.press("up", "ok")
    box.until("201")
    assert box.shown("mark") == ""
    box.press("back")
    box.until("100")
    box.tab.wait("/ on/.test(' ' + document.getElementById('mark').className)")
    assert box.focus == "mark"
    site.alert = {"id": "", "level": "none", "text": "", "page": ""}
    box.pass_time(40)
    assert (box.shown("mark"), box.focus) == ("", "h1")


def test_the_mark_leads_into_the_page_after_coming_back_to_it(box: Box, site: Site) -> None:
    """The page is new then: DOWN and RIGHT find their way as they did before. Its scripts come at different moments."""
    site.scripts["later.js"] = b"ahead+=20;" + site.scripts["later.js"]
    site.alert = {"id": "s1", "level": "strip", "text": "今晚 22 时停水", "page": "201", "mark": "停水"}
    box.open("100", "#f=mark")
    box.tab.wait("/ on/.test(' ' + document.getElementById('mark').className)")
    assert box.focus == "mark"
    box.press("down")
    assert box.focus == "h1"


def test_a_mark_that_is_not_shown_has_no_focus(box: Box, site: Site) -> None:
    """Its warning is over, or nobody can ask."""
    site.broken_alert = True
    box.open("100", "#f=mark")
    assert box.focus == "h1"
    box.press("right")
    assert box.focus == "h2"
    box.tab.errors.clear()


def test_a_box_that_keeps_no_cookie_is_led_to_a_warning_once(browser: Browser, site: Site) -> None:
    box = Box(browser, site, before="Object.defineProperty(document, 'cookie', {get: function () { return ''; }});")
    site.alert = TAKEOVER
    box.open("101")
    box.until("900")
    box.press("back")
    box.until("101")
    box.pass_time(80)
    assert box.where.startswith("101")
    box.tab.close()


def test_what_stands_over_a_page_is_the_newest_warning(box: Box, site: Site) -> None:
    """Its words change with it, and only what was shown counts as seen."""
    site.missing = {"900"}
    site.alert = TAKEOVER
    box.open("100")
    box.tab.wait("/ on/.test(' ' + document.getElementById('over').className)")
    site.alert = {**TAKEOVER, "id": "b2", "text": "紧急撤离", "do": "去操场"}
    box.pass_time(40)
    assert box.shown("over") == "紧急撤离去操场"
    box.press("back")
    box.pass_time(40)
    assert box.shown("over") == ""
    box.tab.errors.clear()


def test_a_warning_that_is_lifted_and_given_again_stands_again(box: Box, site: Site) -> None:
    """Nobody has put it away: it is not seen."""
    site.missing = {"900"}
    site.alert = TAKEOVER
    box.open("100")
    standing = "/ on/.test(' ' + document.getElementById('over').className)"
    box.tab.wait(standing)
    site.alert = {**TAKEOVER, "level": "none"}
    box.pass_time(40)
    box.tab.wait(f"!{standing}")
    site.alert = TAKEOVER
    box.pass_time(40)
    box.tab.wait(standing)
    box.tab.errors.clear()


def test_a_page_that_is_long_in_coming_is_waited_for_beneath_what_to_do(box: Box, site: Site) -> None:
    site.slow = {"900": 6}
    site.alert = TAKEOVER
    box.open("100")
    site.until_asked("900")
    box.tab.evaluate("window.ahead += 3000")
    box.tab.wait("/ on/.test(' ' + document.getElementById('over').className)", 5)
    assert box.where.startswith("100")
    box.until("900")


@pytest.mark.parametrize("by", [-86_400_000, 300_000, 7_200_000])
def test_a_box_whose_clock_is_set_goes_on(browser: Browser, by: int) -> None:
    """A day back, minutes or hours ahead: warnings come, and the quiet time is as long as it was lived."""
    with remote_site(WEB, idle="180") as site:
        box = Box(browser, site)
        box.open("100")
        box.press("right")
        box.pass_time(100)
        box.tab.evaluate(f"window.ahead += {by}")
        box.pass_time(60)
        assert (box.where, box.focus, box.shown("echo")) == ("100", "h2", "")
        box.pass_time(12)
        assert box.shown("echo") == "10 秒后看电视"
        site.alert = TAKEOVER
        box.press("left")
        box.live(40)
        box.until("900")
        assert not box.tab.errors
        box.tab.close()


def test_a_cookie_that_cannot_be_read_stops_nothing(box: Box, site: Site) -> None:
    box.open("100")
    box.tab.wait("!asking")
    box.tab.evaluate("document.cookie = 'seen=%; path=/'")
    site.alert = TAKEOVER
    box.open("101")
    box.until("900")


def test_an_alert_that_cannot_be_read_changes_nothing(box: Box, site: Site) -> None:
    """A server that answers nonsense or not at all stops no key."""
    site.alert = {"level": ["takeover"], "id": {"a": 1}}
    box.open("100")
    box.pass_time(40)
    box.press("right")
    assert (box.focus, box.shown("over"), box.shown("mark")) == ("h2", "", "")


def test_an_answer_that_hangs_is_let_go_when_it_is_asked_for_again(box: Box, site: Site) -> None:
    """A box has few connections, and one that is waited for is not there for a key."""
    box.open("100")
    box.tab.wait("!asking")
    site.flowing.clear()
    for _ in range(6):
        box.live(40)
    assert box.tab.evaluate("asking") == 1
    site.alert = TAKEOVER
    site.flowing.set()
    box.live(40)
    box.until("900")


@pytest.mark.parametrize("polled", [True, False], ids=["after a poll failed", "before any did"])
@pytest.mark.parametrize("keys", [("ok",), ("back",), ("2", "0", "2")])
def test_while_nothing_answers_the_page_stays_and_says_so(
    box: Box, site: Site, keys: tuple[str, ...], polled: bool
) -> None:
    """The browser's own page of errors would know no key. What answers again is opened."""
    box.open("201", "#b=101&f=h17")
    box.tab.wait("!asking")
    site.gone = True
    if polled:
        box.pass_time(40)
    box.press("down", *keys)
    box.tab.wait(f"document.getElementById('echo').textContent == {SAY('No connection; please try again')!r}")
    assert (box.where, box.focus) == ("201#b=101&f=h17", "h2")
    box.press("up")
    assert box.focus == "h1"
    site.gone = False
    box.press(*keys)
    box.tab.wait("!/201.html/.test(location.pathname) && document.readyState == 'complete' && window.remote")
    box.tab.errors.clear()


def test_what_hangs_is_given_up_and_said(box: Box, site: Site) -> None:
    """A network that swallows what is asked of it: after five seconds the notice, and the next key asks anew."""
    box.open("201")
    box.tab.wait("!asking")
    site.waiting.clear()
    box.press("down", "ok")
    site.until_asked("201.x2")
    box.tab.evaluate("ahead += 4900")
    assert box.shown("echo") == ""
    box.tab.evaluate("ahead += 200")
    box.tab.wait(f"document.getElementById('echo').textContent == {SAY('No connection; please try again')!r}")
    assert (box.where, box.focus) == ("201", "h2")
    box.press("down")
    assert box.focus == "h3"
    site.waiting.set()
    box.press("ok")
    box.until("201.x3")


def test_a_page_that_is_looked_for_is_loaded_once(box: Box, site: Site) -> None:
    """What was looked for lies in the browser's memory: looking costs a box no second download."""
    site.fresh_s = 60
    box.open("201")
    box.press("down", "ok")
    box.until("201.x2")
    assert sum(path.endswith("/201.x2.html") for path in site.asked) == 1


def test_what_is_over_leaves_the_page_of_warnings_with_the_next_look_at_them(browser: Browser) -> None:
    """However long the page's own turn is; nothing is asked for while the same warnings hold."""
    with remote_site(WEB, every="3600") as site:
        site.alert = {**TAKEOVER, "id": "a1 b2"}
        box = Box(browser, site)
        box.open("100")
        box.until("900")
        box.pass_time(80)
        count = site.asked.count("/web-hd/mh0001/900.html")
        site.alert = {**TAKEOVER, "id": "b2"}
        box.pass_time(40)
        box.tab.wait("!asking")
        assert site.asked.count("/web-hd/mh0001/900.html") == count + 1
        site.alert = {"id": "", "level": "none", "text": "", "page": ""}
        site.body["key"] = "b2"
        box.tab.evaluate("window.same = 1")
        box.live(40)
        box.tab.wait("!window.same && document.readyState == 'complete'")
        box.tab.close()


def test_a_newer_page_is_loaded_with_the_focus_and_the_way_back(browser: Browser) -> None:
    """Only when the server has another one, nothing was pressed for 5 s, and at most once a minute."""
    address = "/web-hd/mh0001/201.html"
    with remote_site(WEB, every="20") as site:
        box = Box(browser, site, before="Math.random = function () { return 0 }")
        box.open("201", "#b=101&f=h17")
        box.press("down")
        box.tab.evaluate("window.same = 1")
        box.pass_time(59)
        assert site.asked.count(address) == 1
        box.pass_time(2)
        assert site.asked.count(address) == 2
        assert box.tab.evaluate("window.same") == 1
        site.body["key"] = "b2"
        box.tab.evaluate("window.ahead += 58000")
        box.press("up", "down")
        box.pass_time(3)
        assert site.asked.count(address) == 2
        box.tab.evaluate("window.ahead += 3000")
        box.tab.wait("!window.same && document.readyState == 'complete'")
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
        site.missing = {"900"}
        box.open("201", "?2")
        box.tab.wait("/on/.test(document.getElementById('over').className)")
        box.pass_time(999)
        assert box.where == "201"
        site.alert["level"] = "none"
        box.open("201", "?3")
        box.live(181)
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
        box.tab.wait(
            "['alert', 'page'].every(function (kind) {"
            " return performance.getEntriesByName(location.origin + '/report?profile=web-hd&kind=' + kind).length })"
        )
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
