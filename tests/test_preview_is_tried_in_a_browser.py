"""What an editor tries in a real browser: themes, sizes of text, a rehearsed warning, findings, and what goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import browser as tool
import msgspec
import pytest
from conftest import EXAMPLE
from preview_site import INSIDE, READY, TOKEN, WHERE, application, example, served

from broadcaster.preview.looks import Look
from broadcaster.preview.studio import Studio
from channel.paint.output import Finding, Rendered
from channel.words import Say
from feeds.base.errors import RenderError

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not tool.CHROMIUM, reason="no Chromium")]

TROUBLE = "(t => t.hidden ? '' : t.textContent)(document.querySelector('#trouble'))"
OUTLINED = (
    "[...document.querySelectorAll('#marks i')].map(m => m.getBoundingClientRect())"
    ".map(r => [r.x, r.y, r.width, r.height])"
)
LOST = Say("zh_Hans")("No connection; please try again")
SHOWN = f"{INSIDE}.document.body.textContent"


class _Studio(Studio):
    """Finds something on two screens of page 201, and cannot lay out page 205."""

    def page(self, number: str, estate: str, profile: str, look: Look, item: str = "") -> Rendered:
        if number == "205":
            raise RenderError("205: found <bax>, expected a piece of screen markup")
        rendered = super().page(number, estate, profile, look, item)
        if number != "201" or item:
            return rendered
        found = [
            Finding(level="warning", page="201", screen=n, element=_last_item(rendered, name), sentence="is too long")
            for n, name in ((1, "201"), (2, "201-2"))
        ]
        whole = Finding(level="warning", page="201", screen=1, element="<flow>", sentence="12 rows on one screen")
        return msgspec.structs.replace(rendered, findings=(*found, whole))


def _last_item(rendered: Rendered, name: str) -> str:
    """The last link of a document that leads to an item."""
    bodies = {document.name: document.body for document in rendered.documents}
    if f"{name}.json" in bodies:
        return str([link for link in json.loads(bodies[f"{name}.json"])["links"] if link.startswith("i")][-1])
    return str(re.findall(rb'<a id="(i\w+)"', bodies[f"{name}.html"])[-1].decode())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The example's preview, with findings and a page that fails."""
    channel = example(EXAMPLE, tmp_path_factory.mktemp("tried"))
    with served(application(channel, _Studio(channel))) as url:
        yield f"{url}/preview/"


@contextmanager
def _tab(site: str, **chosen: str) -> Iterator[tool.Page]:
    """A tab with page 201 of one estate, or what else is chosen."""
    asked = {"page": "201", "estate": "mh0001", "profile": "web-hd", "moment": "2026-11-24T08:12", **chosen}
    with tool.tab() as page:
        page.call("Emulation.setFocusEmulationEnabled", enabled=True)
        page.goto(f"{site}?token={TOKEN}&{'&'.join(f'{name}={value}' for name, value in asked.items())}")
        page.wait("document.querySelector('#verdict').textContent != '正在检查…'")
        yield page


@pytest.fixture
def page(site: str) -> Iterator[tool.Page]:
    """A tab that shows page 201, and must not have logged an error in the end."""
    with _tab(site) as made:
        made.wait(READY)
        yield made
        assert made.errors == []


def _stepped(page: tool.Page, select: str, *keys: str) -> None:
    """Walk a list by the keyboard's arrows."""
    page.evaluate(f"document.querySelector('#{select}').focus()")
    page.press(*keys)


def _value(page: tool.Page, select: str) -> Any:
    return page.evaluate(f"document.querySelector('#{select}').value")


def test_a_theme_is_chosen_by_the_keyboard_and_stays(page: tool.Page) -> None:
    """The page is painted in it, what is opened from it too, it stands in the address, and the list keeps the keys."""
    ground = f"getComputedStyle({INSIDE}.document.body).backgroundColor"
    night = page.evaluate(ground)
    _stepped(page, "theme", "down")
    page.wait(f"{INSIDE}.location.pathname.includes('/at/20261124T081200~day/web-hd/mh0001/201.html') && {READY}")
    assert page.evaluate(ground) != night and "theme=day" in page.url
    assert page.evaluate("document.activeElement.id") == "theme"
    page.press("escape")
    page.wait("document.activeElement.id == 'tv'")
    page.press("ok")
    page.wait(f"{INSIDE}.location.pathname.includes('~day/web-hd/mh0001/i/201.') && {READY}")
    _stepped(page, "theme", "up")
    page.wait(f"{INSIDE}.location.pathname.includes('/at/20261124T081200/web-hd/mh0001/i/201.') && {READY}")
    assert "theme" not in page.url


def test_large_text_is_the_twin_of_the_same_box(page: tool.Page) -> None:
    """Chosen in the bar or by the yellow key, the box stays chosen and the size says which it is."""
    _stepped(page, "size", "down")
    page.wait(f"{WHERE}.includes('/web-hd-large/mh0001/201.html') && {READY}")
    assert (_value(page, "profile"), _value(page, "size")) == ("web-hd", "large")
    page.press("escape", "yellow")
    page.wait(f"{WHERE}.includes('/web-hd/mh0001/201.html') && {READY}")
    assert (_value(page, "profile"), _value(page, "size")) == ("web-hd", "usual")
    _stepped(page, "size", "down")
    page.wait(f"{WHERE}.includes('/web-hd-large/') && {READY}")
    step = "s.value = 'bitmap-hd'; s.dispatchEvent(new Event('change'))"
    chosen = f"(s => {{ {step} }})(document.querySelector('#profile'))"
    page.evaluate(chosen)
    page.wait(f"{WHERE}.includes('/bitmap-hd-large/mh0001/201.json')")
    page.evaluate(chosen.replace("bitmap-hd", "bitmap-sd"))
    page.wait(f"{WHERE}.includes('/bitmap-sd/mh0001/201.json')")
    assert page.evaluate("document.querySelector('#size').disabled")


def test_a_rehearsal_takes_the_screen_by_the_pages_own_script(page: tool.Page) -> None:
    """A severe one is its page at once, BACK leads to where one was, with the mark; it ends when the editor ends it."""
    mark = f"{INSIDE}.document.querySelector('#markt')?.textContent"
    page.wait(f"{mark} == '▲ 低温 900'")
    _stepped(page, "drill", "down", "down", "down")
    page.wait(f"{WHERE}.includes('/web-hd/mh0001/900.html') && {READY}")
    assert "【演练】预警：严重" in page.evaluate(SHOWN)
    assert "drill=severe" in page.url
    assert page.evaluate("getComputedStyle(document.querySelector('.drilling')).display") != "none"
    page.press("escape", "back")
    page.wait(f"{WHERE}.includes('/201.html') && {READY} && {mark} == '▲ 演练 900'")
    for key in ("up", "up", "up"):
        _stepped(page, "drill", key)
    page.wait(f"{INSIDE}.location.pathname.includes('/at/20261124T081200/') && {READY} && {mark} == '▲ 低温 900'")
    assert "drill" not in page.url


def test_a_rehearsal_reaches_a_box_without_a_browser(site: str) -> None:
    """Its client draws the mark at the place that the map names, and opens page 900 for a takeover."""
    sign = "(s => s.hidden ? '' : s.textContent)(document.querySelector('#picture-mark'))"
    with _tab(site, profile="bitmap-hd", drill="extreme") as page:
        page.wait(f"{WHERE}.includes('/bitmap-hd/mh0001/900.json')")
        page.press("back")
        page.wait(f"{WHERE}.includes('/bitmap-hd/mh0001/201.json') && {sign} == '▲ 演练 900'")
        place = page.evaluate("(s => [s.offsetLeft, s.offsetTop])(document.querySelector('#picture-mark'))")
        assert place == [478, 44]
        _stepped(page, "drill", "up", "up", "up")
        page.wait(f"{WHERE}.includes('/201.json') && !document.querySelector('#picture-mark').className")
        assert _value(page, "drill") == "minor"
        assert page.errors == []


def _close(found: list[float], meant: list[float]) -> bool:
    return all(abs(a - b) <= 2 for a, b in zip(found, meant, strict=True))


def _link(page: tool.Page, ident: str) -> Any:
    """Where a link of the page stands on the editor's screen."""
    return page.evaluate(
        f"(() => {{ const f = document.querySelector('#page-frame'), o = f.getBoundingClientRect(),"
        f" k = o.width / f.offsetWidth, r = f.contentDocument.getElementById('{ident}').getBoundingClientRect();"
        " return [o.x + k * r.x, o.y + k * r.y, k * r.width, k * r.height]; })()"
    )


def test_a_finding_is_outlined_on_its_screen(page: tool.Page) -> None:
    """Looked at by the keyboard where it stands; chosen, the television goes to its screen first. What names no element
    is the screen, and the outline goes with the screen."""
    buttons = "[...document.querySelectorAll('#findings button')]"
    texts = page.evaluate(f"{buttons}.map(b => b.textContent)")
    assert ["第 1 屏" in text for text in texts] == [True, True, False] and "第 2 屏" in texts[2]
    here, there = (re.findall(r"i\w+$", texts[n].strip())[0] for n in (0, 2))
    page.evaluate(f"{buttons}[0].focus()")
    page.wait(f"{OUTLINED}.length == 1")
    assert _close(page.evaluate(OUTLINED)[0], _link(page, here))
    page.press("tab")
    page.wait(f"document.activeElement == {buttons}[1] && document.querySelector('#marks .whole')")
    page.press("tab")
    page.wait(f"document.activeElement == {buttons}[2]")
    assert page.evaluate(OUTLINED) == []
    page.press("ok")
    page.wait(f"{WHERE}.includes('201-2.html') && {READY} && {OUTLINED}.length == 1")
    assert _close(page.evaluate(OUTLINED)[0], _link(page, there))
    assert page.evaluate(f"document.activeElement == {buttons}[2]")
    assert page.evaluate(f"{buttons}[2].getAttribute('aria-pressed')") == "true"
    page.press("escape", "prev")
    page.wait(f"{WHERE}.includes('/201.html') && {READY}")
    assert page.evaluate(OUTLINED) == []


def test_a_finding_is_outlined_on_a_picture(site: str) -> None:
    """By the layout that the navigation map has too."""
    with _tab(site, profile="bitmap-sd") as page:
        page.wait("document.querySelector('#picture-image').naturalWidth > 0")
        page.click("#findings li:last-child button")
        page.wait(f"{WHERE}.includes('201-2.json') && {OUTLINED}.length == 1")
        element = page.evaluate("document.querySelector('#findings li:last-child i').textContent").rpartition(" ")[2]
        walk = "fetch('at/20261124T081200/bitmap-sd/mh0001/201-2.json').then(a => a.json())"
        x, y, w, h = page.evaluate(f"{walk}.then(m => m.links['{element}'].rect)")
        shape = "document.querySelector('#picture').getBoundingClientRect()"
        left, top, wide, high = page.evaluate(f"(r => [r.x, r.y, r.width / 720, r.height / 576])({shape})")
        meant = [left + wide * x, top + high * y, wide * w, high * h]
        assert _close(page.evaluate(OUTLINED)[0], meant)
        assert page.errors == []


def test_a_page_that_cannot_be_rendered_is_told_beside_the_television(page: tool.Page) -> None:
    """In the editor's words; the television stays with the page before it and is walked on."""
    page.press("2", "0", "5")
    page.wait(f"{TROUBLE}.startsWith('这一页排不出来')")
    assert "<bax>" in page.evaluate(TROUBLE)
    page.wait(f"{INSIDE}.location.pathname.endsWith('/201.html') && {READY}")
    assert "<bax>" not in page.evaluate(SHOWN)
    page.press("down")
    page.wait(f"!{TROUBLE}")
    page.errors.clear()  # the browser notes the 500 that was asked for


@pytest.mark.parametrize(
    ("chosen", "words", "detail"),
    [
        ({"page": "205"}, "这一页排不出来", "<bax>"),
        ({"moment": "someday"}, "没有这个时刻", "“someday”"),
        ({"page": "xyz"}, "没有这一页", "“xyz”"),
        ({"estate": "mh9999"}, "没有这个小区", "“mh9999”"),
        ({"profile": "nothing"}, "没有这种机顶盒", "“nothing”"),
        ({"theme": "noon"}, "没有这个主题", "“noon”"),
    ],
)
def test_what_is_not_there_is_told_and_the_television_is_dark(
    site: str, chosen: dict[str, str], words: str, detail: str
) -> None:
    """Nothing of the error is on the television, nothing is called fit for air, and what was chosen stays chosen."""
    with _tab(site, **chosen) as page:
        page.wait(f"{TROUBLE}.startsWith({words!r})")
        assert detail in page.evaluate(TROUBLE)
        shown = chosen.get("page", "201"), chosen.get("estate", "")
        page.wait(f"document.querySelector('#page-input').value.startsWith({shown[0]!r})")
        page.wait(f"document.querySelector('#estate-input').value.startsWith({shown[1]!r})")
        page.wait("!['', 'mh0001'].includes(document.querySelector('#estate-input').value)")
        for select in chosen.keys() & {"profile", "theme"}:
            assert _value(page, select) == chosen[select]
        assert page.evaluate(f"{INSIDE}.location.href") == "about:blank"
        assert page.evaluate("document.querySelector('#verdict').textContent") == "没有检查"
        assert page.evaluate("document.querySelector('#trouble').getBoundingClientRect().left") > page.evaluate(
            "document.querySelector('#tv').getBoundingClientRect().right"
        )


def test_a_connection_that_is_cut_is_told_and_any_key_tries_again(page: tool.Page) -> None:
    """As on a box: the page stays and says so, the browser's own page of an error is never on the television; and what
    the preview itself asks for says it too."""
    cut = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    page.call("Network.emulateNetworkConditions", offline=True, **cut)
    page.press("ok")
    page.wait(f"{INSIDE}.document.getElementById('echo').textContent == {LOST!r}")
    assert "/201.html" in page.evaluate(WHERE)
    page.click("#estate-input")
    page.type("mh")
    page.wait("document.querySelector('#estate-list').textContent.startsWith('连接中断')")
    page.press("escape", "escape")
    page.call("Network.emulateNetworkConditions", offline=False, **cut)
    page.evaluate("document.querySelector('#tv').focus()")
    page.press("ok")
    page.wait(f"{WHERE}.includes('/i/201.') && {READY} && !{TROUBLE}")
    page.errors.clear()
