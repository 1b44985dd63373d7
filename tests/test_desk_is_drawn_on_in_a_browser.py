"""A picture and an area in a real browser: chosen, seen, said in words, drawn by mouse and by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_help import Desk, served

from tests.browser import CHROMIUM, Page, chromium

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no Chromium")]

CHOOSE = """(async function () {
  const canvas = document.createElement("canvas");
  canvas.width = 2400; canvas.height = 1800;
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#2a6fb0"; pen.fillRect(0, 0, 2400, 1800);
  pen.fillStyle = "#c03020"; pen.fillRect(200, 900, 900, 700);
  pen.fillStyle = "#f0e0b0"; pen.beginPath(); pen.arc(1700, 500, 260, 0, 7); pen.fill();
  const blob = await new Promise(function (done) { canvas.toBlob(done, "image/png"); });
  const chosen = new DataTransfer(), field = document.querySelector("[name=file]");
  chosen.items.add(new File([blob], "../evil.png", { type: "image/png" }));
  field.files = chosen.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
})()"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    with served(desk) as where:
        yield where
    desk.archive.close()


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    with chromium() as browser:
        tab = browser.open(width=1360, height=1000)
        tab.goto(address)
        _fill(tab, name="ann", password="three blue herons 3 97")
        tab.evaluate("document.querySelector('form.login').requestSubmit()")
        tab.wait("location.pathname == '/desk/' && document.readyState == 'complete'")
        tab.goto(f"{address}notice/new")
        yield tab


def _fill(tab: Page, **fields: str) -> None:
    for name, value in fields.items():
        tab.evaluate(
            f"(function (f) {{ f.value = {value!r}; f.dispatchEvent(new Event('input', {{bubbles: true}})) }})"
            f"(document.querySelector('[name={name}]'))"
        )


def test_a_picture_is_chosen_and_seen_on_the_television(page: Page, tmp_path: Path) -> None:
    _fill(page, title="供水车到莘庄", text="明天早上八点起，供水车停在镇政府门口。", facts="电话：021-5550 0112")
    page.wait("document.querySelectorAll('#shown img').length >= 3")
    before = page.evaluate("document.querySelector('#shown img').src")
    page.evaluate(CHOOSE)
    page.wait("document.querySelector('[name=picture]').value.length == 32")
    page.wait(f"document.querySelector('#shown img').src != {before!r}")
    assert page.evaluate("document.activeElement.name") == "alt", "the words are asked for at once"
    assert page.evaluate("document.querySelector('[name=file]').files.length") == 0, "and the file goes once"
    page.wait("document.querySelector('#album img').naturalWidth > 300")
    page.screenshot(tmp_path / "picture.png")
    _fill(page, alt="红色的供水车")
    page.evaluate("document.querySelector('[value=save]').click()")
    page.wait("/notice.[0-9]+$/.test(location.pathname) && document.readyState == 'complete'")
    page.wait("document.querySelector('#album img').naturalWidth > 300")
    assert page.evaluate("document.querySelector('[name=alt]').value") == "红色的供水车"
    assert not page.errors


def test_a_picture_that_was_chosen_and_not_saved_is_there_again(page: Page, address: str) -> None:
    page.evaluate(CHOOSE)
    page.wait("document.querySelector('[name=picture]').value.length == 32")
    page.wait("Object.values(localStorage).some(function (kept) { return kept.includes('picture') })")
    page.goto(address)
    page.goto(f"{address}notice/new")
    page.wait("document.querySelector('[name=picture]').value.length == 32")
    page.wait("document.querySelector('#album img').naturalWidth > 300")


def test_what_is_no_picture_is_said_beside_it(page: Page) -> None:
    page.evaluate(CHOOSE.replace("[blob]", "['<svg onload=alert(1)>']"))
    page.wait("document.getElementById('pictured').textContent")
    assert "图片" in page.evaluate("document.getElementById('pictured').textContent")
    assert page.evaluate("document.querySelector('[name=picture]').value") == ""


def test_what_a_word_processor_left_is_said_while_one_types(page: Page) -> None:
    _fill(page, title="周末停水", text="周五\u200b停水\ue000。")
    page.wait("document.getElementById('left').textContent.length > 5")
    _fill(page, text="周五停水。")
    page.wait("document.getElementById('left').textContent == ''")


def test_an_area_is_drawn_with_the_mouse(page: Page, tmp_path: Path) -> None:
    _fill(page, title="路面检修", text="封路。")
    page.evaluate("document.querySelector('#area summary').click()")
    page.wait("document.getElementById('plan').getBoundingClientRect().height > 200")
    for x, y in ((0.3, 0.2), (0.7, 0.2), (0.7, 0.6), (0.3, 0.6)):
        page.evaluate(
            "(function (map, box) { map.dispatchEvent(new MouseEvent('click', {bubbles: true,"
            f" clientX: box.left + {x} * box.width, clientY: box.top + {y} * box.height}})) }})"
            "(document.getElementById('plan'), document.getElementById('plan').getBoundingClientRect())"
        )
    assert page.evaluate("document.querySelector('[name=area]').value.split('\\n').length") == 4
    lit = page.evaluate("document.querySelectorAll('#plan circle.in').length")
    assert lit > 3
    # Map and desk count alike; what the desk said of the text before the area may still stand there.
    page.wait(f"/{lit} 个小区/.test(document.getElementById('said').textContent)")
    page.screenshot(tmp_path / "area.png")
    page.evaluate("document.getElementById('uncorner').click()")
    assert page.evaluate("document.querySelector('[name=area]').value.split('\\n').length") == 3
    page.evaluate("document.getElementById('unarea').click()")
    assert page.evaluate("document.querySelector('[name=area]').value") == ""
    assert not page.errors


def test_an_area_is_drawn_with_keys_alone_and_near_a_town(page: Page) -> None:
    page.evaluate("document.querySelector('#area summary').click()")
    page.evaluate(
        "(function (near) { near.selectedIndex = 1; near.dispatchEvent(new Event('change', {bubbles: true})) })"
        "(document.getElementById('near'))"
    )
    near = page.evaluate("document.getElementById('plan').viewBox.baseVal.width")
    assert near < 700
    page.evaluate("document.getElementById('plan').focus()")
    for keys in (("ArrowLeft",) * 9, ("ArrowUp",) * 9, ("ArrowRight",) * 18):
        for key in keys:
            page.key({"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39}[key], key)
        page.key(13, "Enter")
    assert page.evaluate("document.querySelector('[name=area]').value.split('\\n').length") == 3
    page.key(8, "Backspace")
    assert page.evaluate("document.querySelector('[name=area]').value.split('\\n').length") == 2
    assert page.evaluate("location.pathname").endswith("/notice/new"), "Enter on the map sends no form"
