"""Without script every link still works, and one sees which has the focus."""

from __future__ import annotations

from pathlib import Path

import pytest

from channel.paint.addresses import DocumentAddress
from channel.paint.html import DocumentFrame, HtmlPainter
from channel.paint.style import csp_hash
from channel.paint.theme import load_theme
from channel.profiles import load_profiles
from tests import browser as chrome
from tests.screens import compose_sample

FOCUS = """(function () { var a = document.activeElement, s = getComputedStyle(a);
return [a.id, s.outlineStyle, parseInt(s.outlineWidth, 10)].join(); })()"""


def document(profile: str) -> str:
    painter = HtmlPainter(load_theme("night"), load_profiles([profile])[profile])
    painted, _ = painter.document(
        compose_sample("list")[0], DocumentFrame(spot=DocumentAddress("111"), back="100.html")
    )
    text = painted.body.decode(load_profiles([profile])[profile].charset)
    for style in text.split('<style type="text/css">')[1:]:
        assert csp_hash(style.partition("</style>")[0]) in painted.style, "the page's policy allows it"
    return text


@pytest.mark.slow
@pytest.mark.skipif(not chrome.CHROMIUM, reason="needs Chromium")
@pytest.mark.parametrize("scripted", [True, False])
def test_tab_moves_a_focus_that_is_seen(tmp_path: Path, scripted: bool) -> None:
    """A ring as wide as the script's; where the script runs, its own ring is the only one."""
    (tmp_path / "page.html").write_text(document("web-hd"), encoding="utf-8")
    with chrome.chromium() as running:
        tab = running.open("about:blank")
        tab.call("Emulation.setScriptExecutionDisabled", value=not scripted)
        tab.goto((tmp_path / "page.html").as_uri())
        tab.call("Input.dispatchKeyEvent", type="rawKeyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        tab.call("Input.dispatchKeyEvent", type="keyUp", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        ident, style, width = str(tab.evaluate(FOCUS)).split(",")
        tab.close()
    assert ident and (style == "solid", int(width) >= 4) == (not scripted, not scripted)


def test_xhtml_has_no_such_part() -> None:
    """There a noscript's content would hold for every box."""
    assert "<noscript>" in document("web-hd") and "<noscript>" not in document("hbbtv")
