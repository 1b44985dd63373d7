"""Boxes as they are: keys held, keys early, keys late, a focus ring of their own, no XMLHttpRequest, no script."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from channel.profiles import load_profiles
from tests.browser import CHROMIUM, Browser, chromium
from tests.remote_site import Box, remote_site

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no Chromium")]

PROFILES = load_profiles()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def test_a_held_key_of_an_old_box_steps_every_tenth_of_a_second(browser: Browser) -> None:
    """A box without `repeat` that sends one code forty times within 100 ms moves once; another code is never held."""
    with remote_site(PROFILES["ipanel-hd"]) as site:
        box = Box(browser, site, old=True)
        box.open("201")
        box.tab.evaluate("window.Date = function () { return {getTime: function () { return window.at }} }; at = 1e13")
        for step in range(40):
            box.tab.evaluate(f"at = 1e13 + {step * 2.4}")
            box.press("down")
        assert box.focus == "h2"
        box.tab.evaluate("at = 1e13 + 101")
        box.press("down")
        assert box.focus == "h3"
        box.press("up", "down", "up")
        assert box.focus == "h2"
        box.tab.close()


def test_a_key_that_is_held_from_one_page_to_the_next_acts_once(browser: Browser) -> None:
    """A box without `repeat`: what is still held as the page comes does nothing on it, however long; another key, and
    the same one pressed anew, do."""
    with remote_site(PROFILES["web-hd"]) as site:
        box = Box(browser, site, old=True)
        box.open("100")
        box.tab.evaluate("ahead += 500")
        box.press("ok")
        box.until("101")
        for _ in range(20):
            box.press("ok")
            box.tab.evaluate("ahead += 80")
        assert (box.where, box.focus) == ("101#b=100&f=h1", "h1")
        box.tab.evaluate("ahead += 200")
        box.press("ok")
        box.until("201.x2")
        box.press("2")
        assert box.shown("echo") == "2 _ _"
        box.tab.close()


def test_a_clock_that_is_set_back_stops_no_key(browser: Browser) -> None:
    """Nothing that was pressed or followed then is later than now."""
    with remote_site(PROFILES["web-hd"]) as site:
        box = Box(browser, site, old=True)
        box.open("201")
        site.silent = True
        box.tab.evaluate("ahead += 1000")
        box.press("down", "ok")
        site.until_asked("201.x2")
        box.tab.wait("asking == 0")
        box.tab.evaluate("ahead -= 3600000")
        box.press("down")
        assert box.focus == "h3"
        box.tab.close()


def test_an_ok_held_too_long_opens_one_page(browser: Browser) -> None:
    """A browser that says a key repeats: OK, BACK and digits count once, arrows step on."""
    with remote_site(PROFILES["web-hd"]) as site:
        box = Box(browser, site)
        box.open("201")
        again = {"type": "rawKeyDown", "autoRepeat": True, "key": ""}
        for _ in range(5):
            box.tab.call("Input.dispatchKeyEvent", windowsVirtualKeyCode=13, **again)
        assert box.where == "201"
        box.tab.call("Input.dispatchKeyEvent", windowsVirtualKeyCode=40, **again)
        assert box.focus == "h2"
        box.tab.close()


def test_quick_presses_are_all_taken(browser: Browser) -> None:
    """Two presses of one key, released between, are two steps however fast they come."""
    with remote_site(PROFILES["web-hd"]) as site:
        box = Box(browser, site)
        box.open("201")
        box.press("down", "down")
        assert box.focus == "h3"
        box.tab.close()


def test_keys_before_the_page_is_ready_are_swallowed(browser: Browser) -> None:
    """An iPanel box loses its focus before event 5974: nothing moves, and the box does not act on the key either."""
    with remote_site(PROFILES["ipanel-hd"]) as site:
        box = Box(browser, site)
        box.open("201", ready=False)
        box.press("down", "ok", "2")
        assert (box.focus, box.shown("echo"), box.where) == ("h1", "", "201")
        assert box.tab.evaluate("document.onkeypress({which: 40})") == 0
        box.tab.evaluate("document.onsystemevent({which: 5501})")
        box.press("down")
        assert box.focus == "h1"
        box.ready()
        box.press("down")
        assert box.focus == "h2"
        box.tab.close()


def test_keys_are_never_swallowed_after_three_seconds(browser: Browser) -> None:
    """A box that never says it is ready, or a page that never comes, is not dead."""
    with remote_site(PROFILES["ipanel-hd"]) as site:
        box = Box(browser, site)
        box.open("201", ready=False)
        box.tab.evaluate("window.ahead += 2900")
        box.press("down")
        assert box.focus == "h1"
        box.tab.evaluate("window.ahead += 200")
        box.press("down")
        assert box.focus == "h2"
        box.tab.close()


def test_a_key_that_comes_late_does_not_act_on_the_page_that_is_left(browser: Browser) -> None:
    """Once a link is followed further keys are swallowed until the next page is there, for 3 s at most."""
    with remote_site(PROFILES["web-hd"]) as site:
        box = Box(browser, site)
        box.open("201")
        site.waiting.clear()
        box.press("ok", "down", "2")
        assert (box.focus, box.shown("echo")) == ("h1", "")
        box.tab.evaluate("window.ahead += 3100")
        box.press("down")
        assert box.focus == "h2"
        site.waiting.set()
        box.tab.close()


def test_the_boxs_own_focus_ring_is_off_on_our_pages_and_on_again_when_leaving(browser: Browser) -> None:
    """iPanel's ring is switched off on load and restored by 看电视 and EXIT, not by a step to another page of ours."""
    with remote_site(PROFILES["ipanel-hd"]) as site:
        box = Box(browser, site)
        box.open("201")
        ring = "iPanel.focusWidth + ',' + iPanel.focus.display + ',' + iPanel.focus.border"
        assert box.tab.evaluate(ring) == "0,0,0"
        assert box.tab.evaluate("document.activeElement.id") == "h1"
        box.tab.evaluate("addEventListener('pagehide', function () { localStorage.ring = " + ring + " })")
        box.press("exit")
        box.until_live()
        box.tab.goto(f"{site.url}/live.html")
        assert box.tab.evaluate("localStorage.ring") == "4,1,1"
        box.tab.close()


def test_leaving_by_a_statement_runs_it(browser: Browser) -> None:
    """HbbTV: the key set with the digits (351) is asked for on load; the application ends itself on leaving."""
    manager = (
        "HTMLObjectElement.prototype.getOwnerApplication = function () { return { show: function () {},"
        " privateData: {keyset: {setValue: function (mask) { window.mask = mask }}},"
        " destroyApplication: function () { window.ended = 1 } } }"
    )
    with remote_site(PROFILES["hbbtv"]) as site:
        box = Box(browser, site, before=manager)
        box.open("201")
        assert box.tab.evaluate("window.mask") == 1 + 2 + 4 + 8 + 0x10 + 0x40 + 0x100
        box.press("down", "down", "down", "right")
        assert box.focus == "tv"
        box.press("ok")
        assert box.tab.evaluate("window.ended") == 1
        box.tab.close()


def test_a_box_whose_middleware_object_is_missing_still_walks(browser: Browser) -> None:
    """A statement that throws stops nothing; neither does a browser without XMLHttpRequest."""
    with remote_site(PROFILES["hbbtv"]) as site:
        box = Box(browser, site, before="XMLHttpRequest = undefined")
        box.open("201")
        box.press("down")
        assert box.focus == "h2"
        assert not box.tab.errors
        box.tab.close()


def test_without_script_every_link_works(browser: Browser) -> None:
    """The page's own links lead where the remote would, in the box's own order."""
    with remote_site(msgspec.structs.replace(PROFILES["web-hd"])) as site:
        # Which no box sees that runs no script.
        site.without = {"mark"}
        box = Box(browser, site)
        box.tab.call("Emulation.setScriptExecutionDisabled", value=True)
        box.tab.goto(f"{site.url}/web-hd/mh0001/201.html")
        box.tab.press("tab", "tab", "ok")
        box.tab.wait("location.pathname.endsWith('/i/201.x2.html')")
        box.tab.close()


def test_a_press_from_outside_is_a_press(browser: Browser) -> None:
    """`remote.press` walks the page as the keys do: the remote drawn beside a preview uses it."""
    with remote_site(PROFILES["ipanel-hd"]) as site:
        box = Box(browser, site)
        box.open("100", ready=False)
        box.tab.evaluate("['right', 'ok'].forEach(remote.press)")
        box.until("200")
        box.tab.close()
