"""The desk for whoever cannot use a mouse, sees little, or loses the connection: in a real browser, with axe-core."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from desk_help import NOW, PAGE, WARNING, Desk, fill, log_in, opened, password_of, served
from view_inputs import at

from broadcaster.desk.notice import Notice
from broadcaster.desk.people import Person
from broadcaster.desk.room import IDENT
from tests.browser import CHROMIUM, Browser, Page, chromium

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no Chromium")]

ANN, BEN = Person(name="ann", role="editor"), Person(name="ben", role="approver")
WORDS = Notice(title="停水", text="停水。", page=PAGE, begins=at("2026-11-27T18:00"), ends=at("2026-11-30T00:00"))
SERIOUS = ("serious", "critical")
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SHARP = ("desk.login", "desk.static_file")
PART = "desk.preview."
"""What the set with the remote is made of; its page comes by itself."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """With a text in each state, of each kind."""
    with opened(tmp_path_factory) as made:
        ann, ben = made.person("ann"), made.person("ben")
        first = made.texts.create(ANN, WORDS, NOW)
        made.texts.save(ANN, first.id, 1, Notice(**{**_fields(WORDS), "title": "停电"}), NOW)
        made.texts.submit(ANN, first.id, 2, NOW)
        made.texts.approve(BEN, first.id, 2, NOW)
        ann.post("/takeover/new", **WARNING, base="0", do="ask")
        mend = {"source": "pharmacies", "item": "y01", "reason": "换了号码", "field-phone": "1", "base": "0"}
        ann.post("/correction/new", **mend, begins="2026-11-27T10:00", ends="2026-12-27T10:00")
        ben.post("/takeover/new", **{**WARNING, "severity": "Minor"}, base="0", do="send", seen="1", reason="测试")
        yield made


def _fields(words: Notice) -> dict[str, Any]:
    return {name: getattr(words, name) for name in words.__struct_fields__}


@pytest.fixture(scope="module")
def address(desk: Desk) -> Iterator[str]:
    with served(desk) as where:
        yield where


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


def pages(desk: Desk) -> list[str]:
    """Every page of the desk, made from its routes, so that none is forgotten."""
    idents = {"desk.takeover": "2", "desk.correction": "3"}
    further = {"desk.person": "?name=ann", "desk.correct": "?source=pharmacies&item=y01", "desk.texts": "?q=停"}
    found = [
        rule.rule.removeprefix("/desk/").replace(IDENT, idents.get(rule.endpoint, "1")) + further.get(rule.endpoint, "")
        for rule in desk.app.url_map.iter_rules()
        if rule.endpoint.startswith("desk.") and rule.endpoint not in SHARP and "GET" in (rule.methods or ())
        if not rule.rule.endswith((".png", ".svg")) and not rule.endpoint.startswith(PART)
    ]
    more = ["television/set/", "records?source=pharmacies&q=药房", "notice/1?version=1", "notice/new?copy=1"]
    return [*found, *more, "nothing-here"]


def faults(tab: Page) -> list[str]:
    """What axe-core finds that is serious or worse."""
    tab.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8") + "; 0")
    rules = json.dumps({"runOnly": {"type": "tag", "values": STANDARD}})
    found = tab.evaluate(f"axe.run(document, {rules}).then((r) => r.violations)")
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found if one["impact"] in SERIOUS]


def test_nothing_serious_is_found_on_any_page(desk: Desk, address: str, browser: Browser) -> None:
    """Also where something is in trouble: a form that comes back, two versions side by side, the second question."""
    tab = browser.open(width=1360, height=900)
    tab.goto(f"{address}login")
    assert faults(tab) == []
    log_in(tab, address, "root")
    for where in pages(desk):
        tab.goto(address + where)
        if "notice" in where or "takeover/" in where:
            tab.wait("document.querySelectorAll('#shown img').length || document.querySelector('#said').textContent")
        assert faults(tab) == [], where
    made = desk.texts.create(ANN, WORDS, NOW)
    tab.goto(f"{address}notice/{made.id}")
    desk.texts.save(ANN, made.id, 1, Notice(**{**_fields(WORDS), "title": "来电"}), NOW)
    fill(tab, title="停气")
    tab.evaluate("document.querySelector('[value=save]').click()")
    tab.wait("document.querySelector('section.theirs') && document.readyState == 'complete'")
    assert faults(tab) == []
    tab.goto(f"{address}takeover/new?of=gas")
    tab.evaluate("document.querySelector('[value=check]').click()")
    tab.wait("document.querySelector('[name=seen]') && document.readyState == 'complete'")
    assert faults(tab) == []
    tab.goto(f"{address}people")
    fill(tab, name="cleo")
    tab.evaluate("document.querySelector('main form').requestSubmit()")
    tab.wait("document.querySelector('.secret') && document.readyState == 'complete'")
    assert faults(tab) == []
    assert not [error for error in tab.errors if "404" not in error and "409" not in error]


def test_every_page_is_readable_at_twice_its_size(desk: Desk, address: str, browser: Browser) -> None:
    """1280 pixels at 200 % are 640: nothing is to be scrolled sideways (WCAG 2.2, 1.4.10)."""
    tab = browser.open(width=640, height=450)
    log_in(tab, address, "root")
    for where in pages(desk):
        tab.goto(address + where)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 640, where


def tab_to(tab: Page, selector: str) -> None:
    """Press Tab until it has the focus."""
    for _ in range(120):
        if tab.evaluate(f"document.activeElement.matches({selector!r})"):
            return
        tab.press("tab")
    raise AssertionError(f"{selector} is not reached by the keyboard")


def press(tab: Page, selector: str, until: str) -> None:
    """Go there by Tab, press Enter, and wait."""
    tab_to(tab, selector)
    tab.press("ok")
    tab.wait(f"({until}) && document.readyState == 'complete'")


def signed_in(tab: Page, address: str, name: str) -> None:
    """By keys alone; the name's field has the focus."""
    tab.goto(f"{address}login")
    tab_to(tab, "[name=name]")
    tab.type(name)
    tab_to(tab, "[name=password]")
    tab.type(password_of(name))
    tab.press("ok")
    tab.wait("location.pathname == '/desk/' && document.readyState == 'complete'")


def test_the_main_job_is_done_by_the_keyboard_alone(desk: Desk, address: str, browser: Browser) -> None:
    """Written for one town, asked for, approved by another: no mouse, and the focus is seen wherever it is."""
    tab = browser.open(width=1360, height=900)
    signed_in(tab, address, "ann")
    press(tab, "a[href$='notice/new']", "/new$/.test(location.pathname)")
    tab_to(tab, "[name=title]")
    tab.type("键盘通知")
    tab_to(tab, "[name=text]")
    tab.type("没有鼠标也能写。")
    tab_to(tab, "[name=towns]")
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    tab.key(32, " ", " ")
    assert tab.evaluate("document.activeElement.checked")
    press(tab, "[value=ask]", "/notice.[0-9]+$/.test(location.pathname)")
    press(tab, "header form button", "/login$/.test(location.pathname)")
    signed_in(tab, address, "ben")
    ident = next(text.id for text in desk.texts.all(("submitted",)) if text.words.title == "键盘通知")
    press(tab, f"a[href$='notice/{ident}']", "/notice.[0-9]+$/.test(location.pathname)")
    press(tab, "[value=approve]", "!document.querySelector('[value=approve]')")
    text, town = desk.texts.get(ident), next(iter(desk.channel.estates.towns))
    assert (text.state, text.approver, text.words.towns) == ("approved", "ben", (town,))
    assert not tab.errors


def test_what_was_sent_into_nothing_is_offered_again_on_what_it_was_based(
    desk: Desk, address: str, browser: Browser
) -> None:
    """The connection is lost, a colleague saves meanwhile: no word is lost, and none of theirs is overwritten."""
    made = desk.texts.create(ANN, WORDS, NOW)
    tab = browser.open(width=1360, height=900)
    log_in(tab, address, "ben")
    tab.goto(f"{address}notice/{made.id}")
    fill(tab, title="断线时写的")
    tab.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
    tab.evaluate("document.querySelector('[value=save]').click()")
    tab.wait("location.protocol == 'chrome-error:'")
    desk.texts.save(ANN, made.id, 1, Notice(**{**_fields(WORDS), "title": "同事写的"}), NOW)
    tab.call("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    tab.goto(f"{address}notice/{made.id}")
    tab.wait("document.querySelector('[name=title]').value == '断线时写的'")
    assert tab.evaluate("document.querySelector('[role=status] button').textContent")
    tab.evaluate("document.querySelector('[value=save]').click()")
    tab.wait("document.querySelector('section.theirs') && document.readyState == 'complete'")
    assert "同事" in tab.evaluate("document.querySelector('section.theirs').textContent")
    assert desk.texts.get(made.id).words.title == "同事写的"
    tab.evaluate("document.querySelector('[value=save]').click()")
    tab.wait("document.querySelector('h1').textContent.includes('断线') && !document.querySelector('section.theirs')")
    tab.goto(f"{address}notice/{made.id}")
    assert not tab.evaluate("!!document.querySelector('[role=status] button')"), "the desk has it"


def test_the_second_sees_who_has_it_open(desk: Desk, address: str, browser: Browser) -> None:
    made = desk.texts.create(ANN, WORDS, NOW)
    first = browser.open(width=1000, height=700)
    log_in(first, address, "ann")
    first.goto(f"{address}notice/{made.id}")
    first.wait("document.getElementById('others')")
    with chromium() as elsewhere:
        second = elsewhere.open(width=1000, height=700)
        log_in(second, address, "ben")
        second.goto(f"{address}notice/{made.id}")
        second.wait("/ann/.test((document.getElementById('others') || {}).textContent)")
        first.goto(address)
        second.goto(f"{address}notice/{made.id}")
        second.wait("document.getElementById('others') && !document.getElementById('others').textContent")
