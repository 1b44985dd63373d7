"""Sources at the desk in a real browser, by the keyboard alone: one is held and let go, and a file becomes a page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from desk_help import NOW, TABLE, Desk, opened, propose, served

from feeds import asks
from feeds.asks import Ask
from feeds.database import Writing
from tests.browser import CHROMIUM, Page, chromium

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no Chromium")]
SOURCE = "pharmacies"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory) as made:
        went(made)
        yield made


@pytest.fixture(scope="module")
def address(desk: Desk) -> Iterator[str]:
    with served(desk) as where:
        yield where


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    with chromium() as browser:
        tab = browser.open(width=1360, height=900)
        tab.goto(f"{address}login")
        for word in ("ola", "three blue herons 3 111"):
            reach(tab, "input:placeholder-shown, input")
            tab.type(word)
            tab.press("tab")
        tab.press("ok")
        tab.wait("location.pathname == '/desk/' && document.readyState == 'complete'")
        yield tab


def went(desk: Desk) -> None:
    """A week of a source that failed for a day, and lost some records since."""
    with Writing(desk.texts.engine) as connection:
        for hour in range(7 * 24, 0, -6):
            fails = 60 < hour < 90
            asks.note(connection, Ask(
                source=SOURCE, at=NOW - timedelta(hours=hour), outcome="failed" if fails else "unchanged",
                count=None if fails else 40 - (hour < 60) * 9, quarantined=None if fails else 2,
                seconds=0.3 + hour % 5 / 10, error="no answer in time" if fails else "",
            ))  # fmt: skip


def reach(page: Page, selector: str, most: int = 120) -> None:
    """Press Tab until what is selected has the focus."""
    for _ in range(most):
        if page.evaluate(f"document.activeElement.matches({selector!r})"):
            return
        page.press("tab")
    raise AssertionError(f"the keyboard never comes to {selector}")


def test_a_source_is_held_and_let_go(page: Page, address: str, tmp_path: Path) -> None:
    page.goto(f"{address}sources")
    reach(page, f"a[href$='/source/{SOURCE}']")
    page.press("ok")
    page.wait("document.querySelector('svg.graph rect') && document.readyState == 'complete'")
    reach(page, "summary")
    page.press("ok")
    reach(page, "[name=reason]")
    page.type("电话全错了")
    reach(page, "[value=hold]")
    page.press("ok")
    page.wait("/电话全错了/.test((document.querySelector('.frozen') || {}).textContent)")
    assert page.screenshot(tmp_path / "source.png").startswith(b"\x89PNG")
    reach(page, "[value=go]")
    page.press("ok")
    page.wait("!document.querySelector('.frozen') && document.readyState == 'complete'")
    assert not page.errors


def test_a_file_becomes_a_page(page: Page, address: str, tmp_path: Path) -> None:
    """Read, a column dropped, seen on the television, and proposed."""
    file = tmp_path / "libraries.csv"
    file.write_bytes(TABLE)
    page.goto(f"{address}sources/new")
    root = page.call("DOM.getDocument")["root"]["nodeId"]
    node = page.call("DOM.querySelector", nodeId=root, selector="[type=file]")["nodeId"]
    # What the browser's own window for choosing a file does.
    page.call("DOM.setFileInputFiles", nodeId=node, files=[str(file)])
    reach(page, "[value=read]")
    page.press("ok")
    page.wait("document.querySelector('[name=field-phone]') && document.readyState == 'complete'")
    reach(page, "[name=field-note]")
    page.press("up", "up", "up", "up", "up", "up", "up")
    assert page.evaluate("document.querySelector('[name=field-note]').value") == ""
    for name, words in (("publisher", "区图书馆"), ("title", "找图书馆")):
        reach(page, f"[name={name}]")
        page.type(words)
    page.wait("document.querySelectorAll('#shown img').length >= 3")
    page.screenshot(tmp_path / "mapped.png")
    reach(page, "[value=ask]")
    page.press("ok")
    page.wait("/proposal.[0-9]+$/.test(location.pathname) && document.querySelectorAll('#shown img').length >= 3")
    page.screenshot(tmp_path / "proposed.png")
    blocks = page.evaluate("[].map.call(document.querySelectorAll('pre'), e => e.textContent).join('')")
    assert "[source.libraries-2]" in blocks and "[page." in blocks and "备注" not in blocks
    assert not page.errors


def test_everything_is_named_and_readable_at_twice_the_size(page: Page, desk: Desk, address: str) -> None:
    """In a window of half the width nothing has to be scrolled sideways but tables in their own frames."""
    status, proposal = propose(desk.person("ola"), ident="readable", number="779")
    assert status == 303, proposal
    page.size(680, 450)
    for where in ("sources", f"source/{SOURCE}", "sources/new", proposal.removeprefix("/desk/")):
        page.goto(f"{address}{where}")
        nameless = page.evaluate(
            "[].filter.call(document.querySelectorAll('button, a, input:not([type=hidden]), textarea, select'),"
            " e => !(e.textContent.trim() || e.labels && e.labels.length || e.getAttribute('aria-label')))"
            ".map(e => e.outerHTML).join()"
        )
        assert nameless == ""
        assert page.evaluate("document.documentElement.scrollWidth") <= 680, where
    page.size(1360, 900)
    assert not page.errors
