"""An editor's morning in a real browser: the page on the television walked by keyboard and by remote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import browser as tool
import pytest
from conftest import EXAMPLE
from preview_site import INSIDE, READY, TOKEN, WHERE, application, example, served

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not tool.CHROMIUM, reason="no Chromium")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The example's preview."""
    with served(application(example(EXAMPLE, tmp_path_factory.mktemp("walk")))) as url:
        yield f"{url}/preview/"


@pytest.fixture
def page(site: str) -> Iterator[tool.Page]:
    """A tab at 1280 wide that shows page 201 of one estate, and must not have logged an error in the end."""
    with tool.tab() as made:
        made.goto(f"{site}?token={TOKEN}&page=201&estate=mh0001&profile=web-hd&moment=2026-11-24T08:12")
        made.wait(READY)
        yield made
        assert made.errors == []


def _press(page: tool.Page, key: str, there: str) -> None:
    page.press(key)
    page.wait(f"{WHERE}.includes({there!r})")


def _choose(page: tool.Page, profile: str) -> None:
    """Choose a box, once the choice and what the page tells of itself are there."""
    page.wait("document.querySelector('#sources').textContent.includes('hospitals')")
    page.wait(f"document.querySelector('#profile option[value=\"{profile}\"]')")
    # In one step, as a hand does it: a page that has loaded meanwhile writes its own profile there.
    chosen = f"select.value = '{profile}'; select.dispatchEvent(new Event('change'))"
    page.evaluate(f"(select => {{ {chosen} }})(document.querySelector('#profile'))")


def test_the_keyboard_walks_the_real_page(page: tool.Page) -> None:
    """Down, Enter, Backspace, digits: the frame goes where a box would go, and what is told goes along."""
    first = page.evaluate(f"{INSIDE}.document.querySelector('a.f').id")
    page.press("down")
    page.wait(f"{INSIDE}.document.querySelector('a.f').id != {first!r}")
    focus = page.evaluate(f"{INSIDE}.document.querySelector('a.f').id")
    page.wait(f"{WHERE}.includes('焦点 {focus}（')")
    words = page.evaluate(f"{INSIDE}.document.querySelector('a.f').textContent.trim().slice(0, 2)")
    assert words in page.evaluate(WHERE)
    _press(page, "ok", "/web-hd/mh0001/i/201.")
    page.wait(READY)
    _press(page, "back", f"/web-hd/mh0001/201.html  ·  焦点 {focus}")
    for digit in "205":
        page.press(digit)
    page.wait(f"{WHERE}.includes('/web-hd/mh0001/205.html')")
    page.wait("document.querySelector('#page-input').value.startsWith('205')")
    page.wait("document.querySelector('#sources').textContent.includes('pharmacies')")
    assert "page=205" in page.url
    _press(page, "blue", "/web-hd/mh0001/100.html")


def test_the_remote_on_the_screen_does_the_same(page: tool.Page) -> None:
    """Buttons are pressed with the mouse, and the keyboard goes on working after it."""
    page.click('#remote [data-key="pagedown"]')
    page.wait(f"{WHERE}.includes('201-2.html') && {WHERE}.includes('第 2 屏')")
    page.wait(READY)
    page.click('#remote [data-key="pageup"]')
    page.wait(f"{WHERE}.includes('/201.html')")
    page.wait(READY)
    page.click("#glass")
    page.press("down")
    page.wait(f"{WHERE}.includes('焦点')")
    for digit in "111":
        page.click(f'#remote [data-key="{digit}"]')
    page.wait(f"{WHERE}.includes('/web-hd/mh0001/111.html')")


def test_the_key_for_television_says_what_a_box_does(page: tool.Page) -> None:
    page.click('#remote [data-key="exit"]')
    page.wait("document.querySelector('#hint').textContent.includes('回到电视')")
    hint = "document.querySelector('#hint')"
    assert page.evaluate(
        f"getComputedStyle({hint}).color == getComputedStyle(document.querySelector('#verdict')).color"
    )
    left, end = page.evaluate(f"[{hint}, document.querySelector('#tv')].map(e => e.getBoundingClientRect().left)")
    assert left - end < 20
    page.press("down")
    page.wait(f"!{hint}.textContent")


def test_a_source_that_is_stale_is_part_of_the_verdict(page: tool.Page) -> None:
    """Days later the page may still go on air, and an editor is told whose data are old."""
    chosen = "m.value = '2026-12-20T08:12'; m.dispatchEvent(new Event('change'))"
    page.evaluate(f"(m => {{ {chosen} }})(document.querySelector('#moment'))")
    page.wait("document.querySelector('#verdict').textContent.includes('的资料')")
    assert "warning" in page.evaluate("document.querySelector('#verdict').className")


def test_an_older_box_is_walked_by_the_same_keys(page: tool.Page) -> None:
    """A profile whose box has other key codes: the editor's keyboard is the remote all the same."""
    _choose(page, "ipanel-hd")
    page.wait(f"{WHERE}.includes('/ipanel-hd/mh0001/201.html')")
    page.wait(READY)
    assert page.evaluate(f"{INSIDE}.document.characterSet") == "GBK"
    first = page.evaluate(f"{INSIDE}.document.querySelector('a.f').id")
    page.press("down")
    page.wait(f"{INSIDE}.document.querySelector('a.f').id != {first!r}")
    _press(page, "ok", "/ipanel-hd/mh0001/i/201.")


def test_a_box_without_a_browser_shows_its_picture_and_the_focus_walks_its_map(page: tool.Page, tmp_path: Path) -> None:
    """The picture, its ring at the focused link, links followed and the way back, all from the navigation map."""
    _choose(page, "bitmap-hd")
    page.wait(f"{WHERE}.includes('/bitmap-hd/mh0001/201.json')")
    page.wait("document.querySelector('#picture-image').naturalWidth == 1280")
    first = page.evaluate(WHERE)
    top = page.evaluate("parseInt(document.querySelector('#picture-ring').style.top)")
    page.press("down")
    page.wait(f"{WHERE} != {first!r}")
    page.wait("document.querySelector('#picture-ring').naturalWidth > 0")
    assert re.search(r"焦点 \w+（[^）]*[\u4e00-\u9fff]", page.evaluate(WHERE))
    assert page.evaluate("parseInt(document.querySelector('#picture-ring').style.top)") > top
    focused = page.evaluate(WHERE)
    _press(page, "ok", "/bitmap-hd/mh0001/i/201.")
    page.press("back")
    page.wait(f"{WHERE} == {focused!r}")
    _press(page, "next", "201-2.json")
    for digit in "205":
        page.press(digit)
    page.wait(f"{WHERE}.includes('/bitmap-hd/mh0001/205.json')")
    _press(page, "back", "201-2.json")
    for digit in "998":
        page.press(digit)
    page.wait("document.querySelector('#trouble').textContent.includes('998')")
    assert page.evaluate("document.querySelector('#trouble').textContent").startswith("没有这一页。")
    assert "205.json" not in page.evaluate(WHERE)
    page.errors.clear()  # the browser notes the 404 that was asked for


def test_what_a_link_says_is_cut_between_words(page: tool.Page) -> None:
    """A time of day is told as a whole or not at all, and what is left out is seen to be."""
    told = "import('/preview/static/wording.js').then(m => m.shortened({}))"
    assert page.evaluate(told.format("'门诊 07:45–16:30'")) == "门诊 07:45–16:30"
    assert page.evaluate(told.format("'门诊 07:45–16', true")) == "门诊…"
    for room in range(20):
        said = page.evaluate(told.format(f"'{'医' * 26}{'x' * room} 07:45–16:30 周一至周五'"))
        assert said.endswith("…") and ("07:45–16:30" in said or "07" not in said)


def test_what_pages_remember_in_the_preview_is_not_the_boxs(page: tool.Page) -> None:
    """The editor may have a box of their own on this origin: it stays as it is, whatever the preview shows."""
    box = {"estate": "mh0009", "profile": "ipanel-hd", "seen": "old"}
    for name, value in box.items():
        page.evaluate(f"document.cookie = '{name}={value}; path=/'")
    for digit in "100":
        page.press(digit)
    page.wait(f"{WHERE}.includes('/web-hd/mh0001/100.html')")
    page.wait(READY)
    _press(page, "yellow", "/web-hd-large/mh0001/100.html")
    page.wait(READY)
    page.evaluate(
        "(d => { d.value = 'severe'; d.dispatchEvent(new Event('change')); })(document.querySelector('#drill'))"
    )
    page.wait(f"{WHERE}.includes('/900.html')")
    page.wait(READY)
    kept: dict[str, dict[str, str]] = {"/": {}, "/preview/": {}}
    for cookie in page.call("Network.getAllCookies")["cookies"]:
        kept[cookie["path"]][cookie["name"]] = cookie["value"]
    assert kept["/"] == box
    named = {name: kept["/preview/"].get(name) for name in box}
    assert named == {"estate": "mh0001", "profile": "web-hd-large", "seen": "rehearsal"}


def test_an_item_is_checked_when_it_is_on_the_television(page: tool.Page) -> None:
    """And the page says that what nobody looked at was not."""
    rest = "document.querySelector('#rest').textContent"
    page.wait(f"{rest}.includes('channel check')")
    page.press("down")
    _press(page, "ok", "/web-hd/mh0001/i/201.")
    page.wait("document.querySelector('#verdict').textContent.startsWith('这一条可以播出')")
    page.wait(READY)
    _press(page, "back", "/web-hd/mh0001/201.html")
    page.wait("document.querySelector('#verdict').textContent.startsWith('可以播出')")


def test_an_item_that_is_no_longer_there_leads_back_to_its_page(page: tool.Page) -> None:
    """A notice of today is not there at another moment: it is told, and any key shows its page."""
    for digit in "900":
        page.press(digit)
    page.wait(f"{WHERE}.includes('/web-hd/mh0001/900.html')")
    page.wait(READY)
    _press(page, "ok", "/web-hd/mh0001/i/900.")
    page.wait(READY)
    chosen = "m.value = '2027-12-20T08:12'; m.dispatchEvent(new Event('change'))"
    page.evaluate(f"(m => {{ {chosen} }})(document.querySelector('#moment'))")
    page.wait("document.querySelector('#trouble').textContent.startsWith('这一页没有这一条')")
    page.evaluate("document.querySelector('#tv').focus()")
    page.press("down")
    page.wait(f"{WHERE}.includes('/web-hd/mh0001/900.html')")
    page.wait("document.querySelector('#trouble').hidden")
    page.errors.clear()  # the browser notes the 404 that was asked for


def test_page_estate_and_moment_are_chosen_by_typing(page: tool.Page) -> None:
    """Estate by the beginning of its name, page by its title, an hour later: the television follows each."""
    page.click("#estate-input")
    page.type("mh0007")
    page.wait("document.querySelector('#estate-list [aria-selected=true]')?.textContent.includes('mh0007')")
    page.press("ok")
    page.wait(f"{WHERE}.includes('/web-hd/mh0007/201.html')")
    page.wait(READY)
    page.click("#page-input")
    page.type("药店")
    page.wait("document.querySelector('#page-list [aria-selected=true]')?.textContent.includes('205')")
    page.press("ok")
    page.wait(f"{WHERE}.includes('/web-hd/mh0007/205.html')")
    page.wait(READY)
    page.click('[data-step="60"]')
    page.wait(f"{INSIDE}.location.pathname.includes('/at/20261124T091200/') && {INSIDE}.remote")
    assert "moment=2026-11-24T09%3A12" in page.url
    page.press("down")  # a button has the focus: arrows stay with it until Escape or a click on the television
    page.press("escape")
    page.wait("document.activeElement.id == 'tv'")


def test_the_desk_fits_1280_and_the_set_keeps_its_shape(page: tool.Page, tmp_path: Path) -> None:
    """Nothing is wider than the window, and television, remote and checks stand above the fold."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    shape = page.evaluate("(r => r.width / r.height)(document.querySelector('#tv').getBoundingClientRect())")
    assert abs(shape - 16 / 9) < 0.05
    bottom = page.evaluate("document.querySelector('#remote').getBoundingClientRect().bottom")
    assert bottom <= 720
    assert page.screenshot(tmp_path / "desk.png").startswith(b"\x89PNG")


def test_what_is_chosen_while_a_page_loads_wins(site: str) -> None:
    """A quick editor changes the box before the first page is there: the late page does not take the choice back."""
    with tool.tab() as page:
        page.goto(f"{site}?token={TOKEN}&page=201&estate=mh0001&moment=2026-11-24T08:12")
        page.wait(f"{INSIDE}.location.pathname.endsWith('201.html')")
        _choose(page, "bitmap-hd")
        page.wait(f"{WHERE}.includes('/bitmap-hd/mh0001/201.json')")
        page.wait("new Promise(done => setTimeout(() => done(true), 300))")
        assert "profile=bitmap-hd" in page.url
        assert page.evaluate("document.querySelector('#profile').value") == "bitmap-hd"
        assert page.errors == []
