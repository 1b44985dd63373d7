"""BACK leads to where the visitor came from, with the focus where it was; never by the browser's history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from channel.profiles import load_profiles
from tests.browser import CHROMIUM, Browser, chromium
from tests.remote_site import Box, Site, remote_site

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no Chromium")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def site() -> Iterator[Site]:
    with remote_site(load_profiles()["web-hd"]) as served:
        yield served


@pytest.fixture
def box(browser: Browser, site: Site) -> Iterator[Box]:
    walker = Box(browser, site)
    yield walker
    assert not walker.tab.errors
    walker.tab.close()


def test_a_page_opened_by_itself_goes_back_to_its_parent(box: Box) -> None:
    """Without a carried page BACK and the link 返回 do what the page says."""
    box.open("201")
    box.press("back")
    box.until("200")
    assert box.where == "200#f=p201"
    box.open("201")
    box.press("down", "down", "down")
    assert box.focus == "back"
    box.press("ok")
    box.until("200")


def test_the_page_that_the_visitor_came_by_wins_over_the_parent(box: Box) -> None:
    """From 101 by its link to 201: BACK leads to 101 with the focus on that link, not to 200."""
    box.open("101")
    box.press("down", "ok")
    box.until("201")
    assert box.where == "201#b=101&f=h17"
    assert box.focus == "h1"
    box.press("back")
    box.until("101")
    assert (box.where, box.focus) == ("101#f=h17", "h17")


def test_the_way_back_survives_an_item_and_its_second_screen(box: Box) -> None:
    """101 -> 201 -> 201-2 -> item, and back the same way, each focus where it was left."""
    box.open("101")
    box.press("down", "ok")
    box.until("201")
    box.press("pagedown")
    box.until("201-2")
    assert box.where == "201-2#b=101&f=h17"
    box.press("down", "ok")
    box.until("201.x9")
    assert box.where == "201.x9#b=201-2&f=h9&b=101&f=h17"
    box.press("back")
    box.until("201-2")
    assert box.focus == "h9"
    box.press("pageup")
    box.until("201")
    box.press("back")
    box.until("101")
    assert box.focus == "h17"
    box.press("back")
    box.until("100")
    assert box.focus == "h1"


def test_a_number_typed_on_an_item_leads_back_to_the_item(box: Box) -> None:
    """Items stand in a folder of their own; the way back finds them there, and pages beside it."""
    box.open("201.x1")
    box.press("1", "0", "1")
    box.until("101")
    box.press("back")
    box.until("201.x1")
    assert box.where == "201.x1#f=back"


@pytest.mark.parametrize("key", ["pagedown", "green"])
def test_an_item_leads_on_and_back_leads_to_the_list(box: Box, key: str) -> None:
    """Through a list by one key; BACK is one press, at the item that was read last, whatever way one came."""
    box.open("101")
    box.press("2", "0", "2")
    box.until("202")
    box.press("ok")
    box.until("202.x1")
    box.press(key)
    box.until("202.x2")
    box.press(key)
    box.until("202.x3")
    box.press("back")
    box.until("202")
    assert box.focus == "ix3"
    box.press("back")
    box.until("101")
    box.open("202.x1")
    box.press(key)
    box.until("202.x2")
    box.press("back")
    box.until("202")
    assert box.focus == "ix2"


def test_arrows_move_the_focus_first_and_lead_on_where_there_is_nothing(box: Box) -> None:
    """RIGHT goes along the buttons, then to the next; LEFT at the first button to the one before."""
    box.open("202.x2")
    box.press("right")
    assert (box.where, box.focus) == ("202.x2", "tv")
    box.press("right")
    box.until("202.x3")
    box.press("right", "right")
    assert box.where == "202.x3"
    box.press("left", "left")
    box.until("202.x2")
    box.press("left")
    box.until("202.x1")
    box.press("left")
    assert box.where == "202.x1"


def test_back_remembers_twenty_places(box: Box) -> None:
    """As many as somebody walks before going home: each press is one step of the same way."""
    there = ["200", "201", "101", "202"] * 5
    box.open("900")
    for number in there:
        box.press(*number)
        box.until(number)
    for number in ["900", *there[:-1]][::-1]:
        box.press("back")
        box.until(number)
    box.press("back")
    box.until("100")


def test_home_forgets_the_way(box: Box) -> None:
    """Page 100 is the root: nothing is carried there, and BACK on it leaves to television."""
    box.open("101")
    box.press("down", "ok")
    box.until("201")
    box.press("blue")
    box.until("100")
    assert box.where == "100"
    box.press("back")
    box.until_live()


def test_a_link_that_names_a_focus_gets_it(box: Box) -> None:
    """The fragment of a link (201.html#f=h2) is the focus there, beside the way back."""
    box.open("100")
    box.press("down", "ok")
    box.until("201")
    assert (box.where, box.focus) == ("201#b=100&f=h3&o=h2", "h2")


def test_a_link_that_is_gone_gives_its_focus_to_the_nearest(box: Box, site: Site) -> None:
    """Lists change between visits: the link with the nearest number of the same kind takes the focus."""
    site.without = {"h3"}
    box.open("201", "#f=h3")
    assert box.focus == "h2"
    box.open("201", "?2#f=h99")
    assert box.focus == "h2"
    box.open("201", "?3#f=p4")
    assert box.focus == "h1"


def test_a_hostile_fragment_is_nothing(box: Box) -> None:
    """Addresses come from outside: what is no page of ours is not followed, and markup is not a name."""
    hostile = ("b=javascript:alert(1)&f=h1", "b=//evil&f=h1", "b=..%2f..%2fx", "f=<img src=x>", "b=&f=&o=", "&&=&b")
    for number, fragment in enumerate(hostile):
        box.open("201", f"?{number}#{fragment}")
        assert box.focus == "h1"
        box.press("back")
        box.until("200")
        assert box.where == "200#f=p201"
    box.open("201", "?deep" + "#" + "&".join(["b=101&f=h17"] * 50))
    box.press("ok")
    box.until("201.x1")
    assert len(box.where) < 300


@pytest.mark.parametrize("fragment", ["#b=201", "#b=201&f=h1", "#b=201&f=h2&o=h1", "#b=201&b=201&b=101"])
def test_a_way_back_to_where_one_is_leads_on(box: Box, fragment: str) -> None:
    """It comes from outside: BACK goes to what is below it, else to the parent."""
    box.open("201", fragment)
    box.press("back")
    box.tab.wait("!/201.html/.test(location.pathname)")


def test_moving_the_focus_touches_two_elements(box: Box) -> None:
    """The old link and the new one, and nothing else in the page."""
    box.open("201")
    box.tab.evaluate("window.ahead = 5000 - Date.now() % 60000")  # no new minute on the clock meanwhile
    box.pass_time(0)
    box.tab.evaluate(
        "touched = []; new MutationObserver(function (all) { all.forEach(function (m) { touched.push(m.target.id) }) })"
        ".observe(document.body, {attributes: true, childList: true, subtree: true, characterData: true})"
    )
    box.press("down")
    assert sorted(box.tab.evaluate("touched")) == ["h1", "h2"]
    assert box.tab.evaluate("document.getElementById('h1').className") == "box"


FOCUSED = "window.remote && document.querySelector('.f')"
"""The script has begun: the address alone changes before that."""


def test_large_text_keeps_page_focus_and_way_and_is_remembered(box: Box) -> None:
    """The yellow key changes the profile in place; the choice is written where the box keeps it."""
    box.open("100")
    box.press("right", "yellow")
    box.tab.wait("location.pathname == '/web-hd-large/mh0001/100.html' && " + FOCUSED)
    assert (box.where, box.focus) == ("100#f=h2", "h2")
    assert "profile=web-hd-large" in box.tab.evaluate("document.cookie")
    box.open("201.x1", "#b=101&f=h17")
    box.tab.evaluate("document.getElementById('h1').id = 'ky'; remote.press('up'); remote.press('yellow')")
    box.tab.wait("location.pathname == '/web-hd-large/mh0001/i/201.x1.html' && " + FOCUSED)
    assert (box.where, box.focus) == ("201.x1#b=101&f=h17&o=back", "back")


def test_an_estate_is_remembered_and_the_district_is_not(box: Box) -> None:
    """Page 100 of an estate writes its id; page 100 of the district leaves it alone."""
    box.open("100", estate="mh0042")
    assert box.tab.evaluate("document.cookie") == "estate=mh0042"
    box.open("100", estate="district")
    assert box.tab.evaluate("document.cookie") == "estate=mh0042"


def test_down_goes_on_with_a_page_and_up_goes_back_in_it(box: Box) -> None:
    """Below the lowest row is the next screen, not the buttons at the foot; above the highest the one before, at its
    lowest row. On the last screen DOWN reaches the foot."""
    box.open("101")
    box.press("2", "0", "3")
    box.until("203")
    box.press("down", "down")
    box.until("203-2")
    assert (box.where, box.focus) == ("203-2#b=101&f=h1", "h3")
    box.press("up")
    box.until("203")
    assert box.focus == "h2"
    box.press("down")
    box.until("203-2")
    box.press("down")
    assert (box.where[:5], box.focus) == ("203-2", "back")
    box.press("ok")
    box.until("101")
