"""What a household wants of an evening, done with a remote in a real browser on the example: how many presses it takes,
and that nobody gets lost.

Each task begins on the home page. Its keys are what somebody presses who knows the page's number from the index, or
who follows what the screen says; what must stand there afterwards are words that answer the question.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pytest
from painted_site import Site

from channel.profiles import load_profiles
from tests.browser import CHROMIUM, Browser, chromium
from tests.remote_site import Box

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no Chromium")]
ESTATE = "mh0001"


class Task(NamedTuple):
    """What somebody wants, the keys for it, and what answers it: the page where one is, and a pattern in its words."""

    want: str
    keys: str
    page: str
    words: str = ""


TASKS = (
    Task("today's pork", "5 4 1 pagedown", "541-2", r"猪.*\d+\.\d\d"),
    Task("the next bus", "4 0 1", "401", r"下一班.*\d+\s*分"),
    Task("a pharmacy and its telephone", "2 0 5 ok", r"205\.\w+", r"021-\d{4} ?\d{4}"),
    Task("what to do in a warning", "red", "900", r"1\s*\S+"),
    Task("tomorrow's weather", "5 0 1", "501", r"明天|周三"),
    Task("the health card", "2 0 8", "208", r"带"),
    Task("a centre's hours on a Sunday", "6 0 2 ok", r"602\.\w+", r"周[一六日]"),
    Task("a bike nearby", "4 0 4", "404", r"可借 \d+"),
    Task("where to give blood", "2 0 7", "207", r"公里"),
    Task("the school holidays", "3 0 4", "304", r"寒假"),
    Task("television at eight", "7 0 0 red", r"700\.tonight", r"20:00"),
    Task("a film tonight and its hall's telephone", "3 4 4 red ok", r"344\.\w+", r"问讯 021-5550 \d{4}"),
    Task("when the cut-off ends", "6 0 1 ok", r"601\.\w+", r"16:30"),
    Task("today's air", "5 0 3", "503", r"优|良|轻度"),
    Task("where to complain", "6 6 2", "662", r"12345"),
    Task("large text and back", "yellow yellow", "100", ""),
    Task("an item by digits, and back", "1 1 1 ok back", "111", ""),
    Task("the next article", "1 1 1 ok green", r"111\.\w+", r"2/\d+"),
    Task("a job", "1 2 1", "121", r"人数"),
    Task("an ambulance", "2 0 9", "209", r"120"),
)
MOST, MEDIAN = 6, 4


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    site = Site(Path(tmp_path_factory.mktemp("tasks")), ("web-hd", "web-hd-large"))
    with site.served(site.state) as served:
        yield served.port


def _walk(box: Box, task: Task) -> int:
    box.open("100", estate=ESTATE)
    box.until("100")
    presses = task.keys.split()
    for number, key in enumerate(presses):
        before = str(box.tab.evaluate("location.pathname"))
        box.press(key)
        digits_left = key.isdigit() and (number + 1) % 3
        if not digits_left and key not in ("up", "down", "left", "right"):
            box.tab.wait(f"location.pathname != {before!r} && document.readyState == 'complete' && window.remote")
    where = str(box.tab.evaluate("location.pathname.replace(/.*\\/|\\.html/g, '')"))
    shown = str(box.tab.evaluate("document.body.textContent"))
    assert re.fullmatch(task.page, where), f"{task.want}: at {where}"
    assert re.search(task.words, shown, re.DOTALL), f"{task.want}: not in {shown[:300]!r}"
    return len(presses)


def test_twenty_tasks_take_few_presses_and_nobody_is_lost(browser: Browser, origin: int) -> None:
    """A median of four at most, none above six, digits counted one by one."""
    served = SimpleNamespace(url=f"http://127.0.0.1:{origin}", profile=load_profiles()["web-hd"])
    box = Box(browser, cast("Any", served))
    taken = {task.want: _walk(box, task) for task in TASKS}
    assert len(taken) == 20 and max(taken.values()) <= MOST, taken
    assert statistics.median(taken.values()) <= MEDIAN, taken
    assert not box.tab.errors
    box.tab.close()


def test_a_page_that_is_not_there_says_so_and_names_the_nearest(browser: Browser, origin: int) -> None:
    served = SimpleNamespace(url=f"http://127.0.0.1:{origin}", profile=load_profiles()["web-hd"])
    box = Box(browser, cast("Any", served))
    box.open("100", estate=ESTATE)
    box.until("100")
    box.press("7", "7", "7")
    assert "没有 777 页" in box.shown("echo")
    assert box.where.startswith("100")
    box.tab.close()


def test_down_below_the_last_channel_shows_further_channels(browser: Browser, origin: int) -> None:
    """Twenty channels of these hours and of later ones are on eight screens: DOWN goes through all of them, and on the
    last to the buttons at its foot."""
    served = SimpleNamespace(url=f"http://127.0.0.1:{origin}", profile=load_profiles()["web-hd"])
    box = Box(browser, cast("Any", served))
    box.open("700", estate=ESTATE)
    box.until("700")
    seen = []
    for _ in range(60):
        here = str(box.tab.evaluate("location.pathname"))
        seen.append(box.where.partition("#")[0])
        focus = box.tab.evaluate("remote.cur().id")
        if focus == "back":
            break
        box.press("down")
        # The focus is elsewhere, or the page is another one, which is looked for first.
        box.tab.wait(
            "document.readyState == 'complete' && window.remote && remote.cur() &&"
            f" (location.pathname != {here!r} || remote.cur().id != {focus!r})"
        )
    assert list(dict.fromkeys(seen)) == ["700", *(f"700-{n}" for n in range(2, 9))], seen
    box.press("back")
    box.tab.wait("/100.html/.test(location.pathname)")
    box.tab.close()
