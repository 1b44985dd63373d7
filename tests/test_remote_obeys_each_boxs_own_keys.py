"""Every family of boxes walks the channel with its own codes, sent by its own kind of event."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from channel.profiles import load_profiles
from tests.browser import CHROMIUM, Browser, chromium
from tests.remote_site import Box, remote_site

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no Chromium")]

PROFILES = load_profiles()
SCRIPTED = [name for name, profile in PROFILES.items() if profile.script != "none" and not profile.normal]
"""Families with a script; those with large text have the keys of their normal ones."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.mark.parametrize("name", SCRIPTED)
def test_a_walk_from_the_home_page_to_an_item_and_back_by_keys_alone(name: str, browser: Browser) -> None:
    """Arrows move by the page's map, OK opens, digits jump, BACK returns with the focus where it was."""
    with remote_site(PROFILES[name]) as site:
        box = Box(browser, site)
        box.open("100")
        assert box.focus == "h1"
        box.press("right", "down", "left", "up", "right")
        assert box.focus == "h2"
        box.press("ok")
        box.until("200")
        box.press("ok")
        box.until("201")
        box.press("down", "down")
        assert box.focus == "h3"
        box.press("ok")
        box.until("201.x3")
        assert box.focus == "back"
        box.press("back")
        box.until("201")
        assert box.focus == "h3"
        box.press("1", "0", "1")
        box.until("101")
        box.press("back")
        box.until("201")
        assert box.focus == "h3"
        assert not box.tab.errors
        box.tab.close()


@pytest.mark.parametrize("name", SCRIPTED)
def test_every_code_of_an_arrow_moves_and_every_code_of_back_goes_back(name: str, browser: Browser) -> None:
    """No code in a profile is there for nothing."""
    with remote_site(PROFILES[name]) as site:
        box = Box(browser, site)
        box.open("100")
        for there, back, far in (("right", "left", "h2"), ("down", "up", "h3")):
            for code in box.codes(there):
                box.code(code)
                assert box.focus == far, code
                box.press(back)
            for code in box.codes(back):
                box.press(there)
                box.code(code)
                assert box.focus == "h1", code
        for code in box.codes("back"):
            box.open("201")
            box.code(code)
            box.until("200")
            assert box.where == "200#f=p201", code
        for code in box.codes("pagedown"):
            box.open("201")
            box.code(code)
            box.until("201-2")
        for code in box.codes("blue"):
            box.open("201")
            box.code(code)
            box.until("100")
        box.tab.close()


@pytest.mark.parametrize("name", ["ipanel-hd", "web-hd"])
def test_a_box_that_sends_two_kinds_of_event_for_one_key_moves_once(name: str, browser: Browser) -> None:
    """Exactly one family of events is bound, so that keydown and keypress of one key are one step."""
    with remote_site(PROFILES[name]) as site:
        box = Box(browser, site)
        box.open("201")
        box.tab.key(40, char="(")
        assert box.focus == "h2"
        box.tab.close()


def test_an_unknown_box_gets_right_from_code_4_only_in_the_company_of_its_fellows(browser: Browser) -> None:
    """4 is RIGHT of an iPanel box and BACK of others: it counts after a 1, 2 or 3, on later pages too."""
    with remote_site(PROFILES["web-hd"]) as site:
        box = Box(browser, site)
        box.open("100")
        box.code(4)
        assert (box.focus, box.where) == ("h1", "100")
        box.code(2)
        assert box.focus == "h3"
        box.code(4)
        assert box.focus == "h4"
        box.open("100", "?again")
        box.code(4)
        assert box.focus == "h2"
        box.tab.close()
        box = Box(browser, site)
        box.tab.agent("Mozilla/5.0 (EIS iPanel 9)")
        box.open("100")
        box.code(4)
        assert box.focus == "h2"
        box.tab.close()


def test_a_keyboards_function_keys_are_colour_keys_by_name_only(browser: Browser) -> None:
    """F4 by its name is blue; the bare code 115, which is EXIT or F4 on different boxes, is nobody's."""
    with remote_site(PROFILES["web-hd"]) as site:
        box = Box(browser, site)
        box.open("201")
        box.tab.key(115)
        assert box.where == "201"
        box.tab.press("blue")
        box.until("100")
        box.open("201")
        box.tab.key(40, "ArrowDown", modifiers=2)
        assert box.focus == "h1"
        box.tab.close()


def test_what_a_key_handler_returns_is_what_the_box_expects(browser: Browser) -> None:
    """iPanel 3.0 wants 0 and 1, other engines false and true, for keys that were dealt with and for the rest."""
    expected = {"ipanel-hd": [0, 1], "ipanel-adv-hd": [False, True], "coship-hd": [False, True]}
    for name, returned in expected.items():
        with remote_site(PROFILES[name]) as site:
            box = Box(browser, site)
            box.open("100")
            bind = site.profile.events.bind
            found = box.tab.evaluate(f"[document.on{bind}({{which: 38}}), document.on{bind}({{which: 513}})]")
            assert found == returned
            assert [type(value) for value in found] == [type(value) for value in returned]
            box.tab.close()
