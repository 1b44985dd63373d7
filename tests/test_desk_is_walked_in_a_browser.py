"""The desk in a real browser: what is typed is seen on the television, and no typed word is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_help import fill, log_in, opened, served

from tests.browser import CHROMIUM, Page, chromium

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no Chromium")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with opened(tmp_path_factory) as desk, served(desk) as where:
        yield where


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    with chromium() as browser:
        tab = browser.open(width=1360, height=900)
        log_in(tab, address, "ann")
        yield tab


def test_the_television_shows_what_is_being_typed(page: Page, address: str, tmp_path: Path) -> None:
    page.goto(f"{address}notice/new")
    fill(page, title="周末停水", text="周五晚上到周日停水。")
    page.wait("document.querySelectorAll('#shown img').length >= 3")
    page.wait("/个小区/.test(document.getElementById('said').textContent)")
    first = page.evaluate("document.querySelector('#shown img').src")
    fill(page, title="周末停电")
    page.wait(f"document.querySelector('#shown img').src != {first!r}")
    assert page.screenshot(tmp_path / "desk.png").startswith(b"\x89PNG")
    assert not page.errors


def test_what_was_typed_and_not_saved_is_there_again(page: Page, address: str) -> None:
    page.goto(f"{address}notice/new")
    fill(page, title="还没写完", text="写到一半。")
    page.goto(address)
    page.goto(f"{address}notice/new")
    page.wait("document.querySelector('[name=title]').value == '还没写完'")
    page.evaluate("document.querySelector('[value=save]').click()")
    page.wait("/notice.[0-9]+$/.test(location.pathname) && document.readyState == 'complete'")
    page.goto(f"{address}notice/new")
    page.wait("document.querySelector('[name=title]').value == ''")
    assert not page.errors


def test_what_moved_in_a_form_is_not_said_to_have_been_lost(page: Page, address: str) -> None:
    page.goto(f"{address}lineup/new?page=200")
    fill(page, title="看病")
    page.click(".order button:not(:disabled)")
    page.wait("document.body.dataset.brought === '' && document.readyState == 'complete'")
    assert page.evaluate("document.querySelector('[name=title]').value") == "看病"
    assert not page.evaluate("document.querySelectorAll('.theirs').length")
    page.goto(f"{address}lineup/new?page=200")
    page.wait("document.querySelector('[name=title]').value == '看病'")
    assert page.evaluate("document.querySelectorAll('.theirs').length") == 1, "what is nowhere saved is offered again"


def test_what_is_to_be_decided_is_in_sight(page: Page, address: str) -> None:
    page.goto(f"{address}notice/new")
    fill(page, title="停水", text="周五停水。")
    page.evaluate("document.querySelector('[value=ask]').click()")
    page.wait("/notice.[0-9]+$/.test(location.pathname) && document.querySelectorAll('#shown img').length >= 3")
    assert page.evaluate("document.documentElement.scrollHeight > 1.5 * innerHeight")
    assert page.evaluate("document.querySelector('[value=back]').getBoundingClientRect().bottom <= innerHeight")


def test_every_control_has_a_name(page: Page, address: str) -> None:
    for where in ("", "notice/new"):
        page.goto(f"{address}{where}")
        nameless = page.evaluate(
            "[].filter.call(document.querySelectorAll('button, a, input:not([type=hidden]), textarea, select'),"
            " function (e) { return !(e.textContent.trim() || e.labels && e.labels.length) })"
            ".map(function (e) { return e.outerHTML }).join()"
        )
        assert nameless == ""


def test_a_warning_is_sent_by_two_questions(page: Page, address: str, tmp_path: Path) -> None:
    """An approver, a template, the whole page 900 beside the form, and the second question with its number of homes."""
    page.goto(address)
    page.evaluate("document.querySelector('header form').requestSubmit()")
    page.wait("/login$/.test(location.pathname) && document.readyState == 'complete'")
    log_in(page, address, "ben")
    page.evaluate("document.querySelector('a.red').click()")
    page.wait("/takeover.new$/.test(location.pathname) && document.readyState == 'complete'")
    page.evaluate("document.querySelector('a[href$=\"of=gas\"]').click()")
    page.wait("document.querySelectorAll('#shown img').length >= 3")
    page.screenshot(tmp_path / "warning.png")
    page.evaluate("document.querySelector('[name=towns]').click()")
    page.wait("/1 个街镇/.test(document.getElementById('said').textContent)")
    page.evaluate("document.querySelector('[value=check]').click()")
    page.wait("document.querySelector('[name=seen]') && document.querySelectorAll('#shown img').length >= 3")
    page.screenshot(tmp_path / "send.png")
    page.evaluate("document.querySelector('[value=send]').click()")
    assert page.evaluate("document.querySelector('[name=reason]').matches(':invalid')"), "it asks why"
    fill(page, reason="消防来电")
    page.evaluate("document.querySelector('[name=seen]').click()")
    page.evaluate("document.querySelector('[value=send]').click()")
    page.wait("/takeover.[0-9]+$/.test(location.pathname) && document.querySelector('.loud')")
    page.screenshot(tmp_path / "sent.png")
    page.goto(address)
    assert page.evaluate("document.querySelector('.loud').textContent").strip().startswith("正在播出")
    assert not page.errors
