"""The tests' own browser: its keys are trusted, its errors are seen."""

from __future__ import annotations

from pathlib import Path

import browser as tool
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not tool.CHROMIUM, reason="no Chromium")]

PAGE = """<!DOCTYPE html><body><input id="in"><script>
seen = [];
["keydown", "keypress", "keyup"].forEach(function (name) {
  document.addEventListener(name, function (e) { seen.push([name, e.keyCode || e.charCode, e.key, e.isTrusted]); });
});
</script></body>"""


def test_keys_of_a_keyboard_and_of_a_set_top_box_arrive_as_trusted_events(tmp_path: Path) -> None:
    """Arrow keys, digits and box codes beyond 255 reach the page as real key events; a screenshot can be looked at."""
    file = tmp_path / "page.html"
    file.write_text(PAGE, encoding="utf-8")
    with tool.tab(file.as_uri()) as page:
        page.press("down", "2")
        page.key(340, char=chr(340))
        seen = page.evaluate("seen")
        assert [tuple(event) for event in seen] == [
            ("keydown", 40, "ArrowDown", True),
            ("keyup", 40, "ArrowDown", True),
            ("keydown", 50, "2", True),
            ("keypress", 50, "2", True),
            ("keyup", 50, "2", True),
            ("keydown", 340, seen[5][2], True),
            ("keypress", 340, seen[6][2], True),
            ("keyup", 340, seen[7][2], True),
        ]
        page.click("#in")
        page.type("莘庄")
        assert page.evaluate("document.querySelector('#in').value") == "莘庄"
        assert page.screenshot(tmp_path / "shot.png").startswith(b"\x89PNG")
        assert not page.errors
        page.evaluate("setTimeout(function () { undefined_name(); }, 0)")
        page.wait("true")
        page.wait("new Promise(r => setTimeout(() => r(true), 50))")
        assert any("undefined_name" in error for error in page.errors)
