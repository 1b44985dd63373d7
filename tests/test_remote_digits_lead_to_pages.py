"""Digits: shown as typed, taken at the third or after 1.5 s, with a clear word for a page that is not there."""

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
    with remote_site(load_profiles()["ipanel-hd"]) as served:
        yield served


@pytest.fixture
def box(browser: Browser, site: Site) -> Iterator[Box]:
    walker = Box(browser, site)
    walker.open("100")
    yield walker
    assert not walker.tab.errors
    walker.tab.close()


def test_three_digits_open_the_page(box: Box) -> None:
    """What is typed is on screen at once; the third digit opens."""
    box.press("2")
    assert box.shown("echo") == "2 _ _"
    box.press("0")
    assert box.shown("echo") == "2 0 _"
    box.press("1")
    box.until("201")


def test_a_page_that_is_not_there_is_said_so_for_four_seconds(box: Box) -> None:
    """没有 777 页, with the number that is nearest, and the page stays with its focus."""
    box.press("right", "7", "7", "7")
    assert box.shown("echo") == "没有 777 页，近的有 900"
    assert (box.where, box.focus) == ("100", "h2")
    box.pass_time(3.9)
    assert box.shown("echo") == "没有 777 页，近的有 900"
    box.pass_time(0.1)
    assert box.shown("echo") == ""


def test_back_takes_a_digit_away(box: Box) -> None:
    """BACK deletes while digits are shown, and is BACK again when none is left."""
    box.press("2", "9", "back")
    assert box.shown("echo") == "2 _ _"
    box.press("back")
    assert box.shown("echo") == ""
    assert box.where == "100"
    box.press("2", "9", "back", "0", "0")
    box.until("200")


def test_ok_takes_what_is_typed_at_once(box: Box) -> None:
    """OK with digits on screen asks for that number and does not open the link in focus."""
    box.press("2", "0", "ok")
    assert box.shown("echo") == "页号有三位数字"
    assert box.where == "100"


def test_old_hands_have_three_and_a_half_seconds_between_digits(box: Box) -> None:
    """What was typed is taken no sooner after the last digit, and then by itself."""
    box.press("4")
    box.pass_time(3)
    box.press("2")
    box.pass_time(3.4)
    assert box.shown("echo") == "4 2 _"
    box.pass_time(0.1)
    assert box.shown("echo") == "页号有三位数字"


def test_the_number_of_the_page_itself_only_clears_the_echo(box: Box) -> None:
    """Typing the number of the page one is on loads nothing and carries nothing."""
    box.press("right", "1", "0", "0")
    assert (box.shown("echo"), box.where, box.focus) == ("", "100", "h2")
