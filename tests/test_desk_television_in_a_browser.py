"""The desk's television in a real browser: worked by the keyboard alone, at twice the size too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_help import PAGE, Desk
from werkzeug.serving import make_server

from tests.browser import CHROMIUM, Page, chromium

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no Chromium")]
HERE = "mh0001"
FORM = {
    "title": "周末停水", "text": "周五晚上到周日停水。", "page": PAGE, "towns": "莘庄镇", "facts": "",
    "begins": "2026-11-27T18:00", "ends": "2026-11-30T00:00",
}  # fmt: skip
SEEN = "[...document.querySelectorAll('{0}')].filter((i) => i.complete && i.naturalWidth).length"


class Served:
    """The desk on a port, with a notice that waits for approval."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        self.desk.build()
        _, where = self.desk.person("ann").post("/notice/new", **FORM, base="0", do="ask")
        self.ident = where.rpartition("/")[2]
        self.server = make_server("127.0.0.1", 0, self.desk.app, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/desk/"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.desk.archive.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("desk"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def page(served: Served) -> Iterator[Page]:
    with chromium() as browser:
        tab = browser.open(width=1360, height=900)
        tab.goto(served.address)
        tab.evaluate("document.querySelector('[name=name]').focus()")
        tab.type("ben")
        tab.press("tab")
        tab.type("three blue herons 3 98")
        tab.press("ok")
        tab.wait("location.pathname == '/desk/' && document.readyState == 'complete'")
        yield tab


def test_the_arrows_move_the_time_and_the_picture_follows(page: Page, served: Served) -> None:
    """The slider keeps the focus, says its moment with the zone, and the address is the look."""
    page.goto(f"{served.address}television?page={PAGE}&estate={HERE}&at=2026-11-27T17:30")
    page.wait(f"{SEEN.format('#view .picture')} == 1")
    first = page.evaluate("document.querySelector('#view .picture').src")
    page.evaluate("document.getElementById('slide').focus()")
    page.press("right", "right")
    page.wait(f"document.querySelector('#view .picture').src != {first!r}")
    page.wait("location.search.includes('at=2026-11-27T18%3A00')")
    page.wait(f"{SEEN.format('#view .picture')} == 1")
    assert page.evaluate("document.activeElement.id") == "slide"
    said = page.evaluate("document.getElementById('slide').getAttribute('aria-valuetext')")
    assert "18:00" in said and "Asia/Shanghai" in said
    page.evaluate("document.getElementById('slide').value = 1")
    page.press("left")
    page.wait("!location.search.includes('at=')")
    assert not page.errors


def test_a_frame_is_as_large_as_the_picture_beside_it(page: Page, served: Served) -> None:
    page.goto(f"{served.address}television?page=201&estate={HERE}&beside=box&box=web-hd&marks=safe&marks=focus")
    page.wait(f"{SEEN.format('#view .tv img')} == 3")
    wide = "Math.round(document.querySelector('{0}').getBoundingClientRect().width)"
    page.wait(f"Math.abs({wide.format('#view iframe')} - {wide.format('#view .picture')}) <= 1")
    assert not page.errors


def test_what_will_change_stands_above_the_approval(page: Page, served: Served, tmp_path: Path) -> None:
    page.goto(f"{served.address}notice/{served.ident}")
    page.wait("document.querySelectorAll('#reach .picture').length == 3")
    page.evaluate("document.getElementById('reach').scrollIntoView()")
    page.wait(f"{SEEN.format('#reach .over')} == 2 && {SEEN.format('#reach .picture')} >= 2")
    before = "document.getElementById('reach').compareDocumentPosition(document.querySelector('[value=approve]'))"
    assert page.evaluate(before) & 4, "it is seen before the button"
    assert page.screenshot(tmp_path / "change.png").startswith(b"\x89PNG")
    assert not page.errors


def test_that_it_is_on_air_is_told_without_asking(page: Page, served: Served) -> None:
    """Once the release has it, and not before."""
    desk = served.desk
    _, where = desk.person("ann").post("/notice/new", **{**FORM, "begins": "2026-11-27T10:00"}, base="0", do="ask")
    desk.person("ben").post(where.removeprefix("/desk"), base="1", do="approve")
    page.goto(served.address + where.removeprefix("/desk/"))
    page.wait("document.querySelector('#air[data-coming]')")
    desk.build()
    page.wait(f"document.getElementById('air').textContent.includes({desk.store.current_id()!r})")
    assert not page.errors


def test_pictures_of_the_sheet_are_loaded_when_they_come_into_sight(page: Page, served: Served) -> None:
    page.goto(f"{served.address}television/sheet?estate={HERE}")
    page.wait(f"{SEEN.format('.sheet .picture')} >= 4")
    assert page.evaluate(SEEN.format(".sheet .picture")) < len(served.desk.channel.lineup.pages)
    page.evaluate("document.querySelector('.sheet li:last-child a').focus()")
    page.press("ok")
    page.wait("location.pathname == '/desk/television' && document.readyState == 'complete'")
    assert not page.errors


def test_the_remote_is_taken_in_the_same_look(page: Page, served: Served) -> None:
    """A draft is walked as a box would walk it."""
    page.goto(f"{served.address}television?text={served.ident}&estate={HERE}&profile=web-hd")
    page.evaluate("document.querySelector('.turn a[href*=\"/set/\"]').click()")
    inside = "document.querySelector('#page-frame').contentWindow"
    page.wait(f"{inside} && {inside}.remote && {inside}.document.querySelector('a.f')")
    page.press("ok")
    page.wait(f"{inside}.document.body.textContent.includes('周五晚上到周日停水')")
    assert not page.errors


@pytest.mark.parametrize("where", ["television?beside=box&box=web-hd", "television/sheet", "notice/{ident}"])
def test_at_twice_the_size_nothing_is_cut_and_every_control_has_a_name(page: Page, served: Served, where: str) -> None:
    page.size(680, 450)
    page.goto(served.address + where.format(ident=served.ident))
    page.wait("document.readyState == 'complete'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    nameless = page.evaluate(
        "[].filter.call(document.querySelectorAll('main button, main a, main input:not([type=hidden]), main select'),"
        " function (e) { return !(e.textContent.trim() || e.labels && e.labels.length) })"
        ".map(function (e) { return e.outerHTML }).join()"
    )
    assert nameless == ""
    page.size(1360, 900)
