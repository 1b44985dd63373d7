"""An editor's morning in a real browser: the page on the television walked by keyboard and by remote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import browser as tool
import pytest
from conftest import EXAMPLE
from preview_site import TOKEN, application, example, served

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not tool.CHROMIUM, reason="no Chromium")]

INSIDE = "document.querySelector('#page-frame').contentWindow"
# A page takes keys from its load event on.
READY = (
    f"{INSIDE}.remote && {INSIDE}.document.readyState == 'complete' && {INSIDE}.performance.timing.loadEventEnd > 0"
    f" && {INSIDE}.document.querySelector('a.f')"
)
WHERE = "document.querySelector('#where').textContent"


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
    page.wait(f"{WHERE}.includes('焦点 {focus}')")
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
    page.wait("document.querySelector('#hint').textContent.includes('998')")
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
