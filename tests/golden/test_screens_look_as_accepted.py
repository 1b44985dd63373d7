"""A few screens look as somebody accepted them, pixel by pixel, and the arrows lead where they led.

``make accept`` accepts what they look like now, after a look at ``build/golden/index.html``. Fonts are pinned, so there
is no tolerance.
"""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from review import Review, differing

from channel.paint.theme import load_theme
from channel.screen.screen import Screen
from tests.samples import picture

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Golden:
    """One screen that is kept: a layout at a scale in a theme, and which of its screens."""

    name: str
    layout: str
    scale: str = "hd"
    theme: str = "night"
    number: int = 0


GOLDENS = (
    Golden("100-menu", "menu"),
    Golden("201-nearest", "nearest"),
    Golden("111-list", "list"),
    Golden("541-table-2", "table", number=1),
    Golden("401-board-day", "board", theme="day"),
    Golden("344-timegrid", "timegrid"),
    Golden("900-alert", "alert"),
    Golden("101-dashboard-large", "dashboard", scale="large"),
    Golden("503-chart-sd", "chart", scale="sd"),
    Golden("341-calendar-hc", "calendar", theme="high-contrast"),
)


def arrows(screen: Screen) -> str:
    """The focus map as text: a line a link, with its rectangle and where up, down, left and right lead."""
    names = [link.id for link in screen.links]
    lines = [f"start {names[screen.first]}"]
    for link, around in zip(screen.links, screen.focus, strict=True):
        to = " ".join(names[i] if i >= 0 else "." for i in (around.up, around.down, around.left, around.right))
        lines.append(f"{link.id} {link.x},{link.y} {link.w}x{link.h}  {to}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("golden", GOLDENS, ids=[g.name for g in GOLDENS])
def test_a_screen_looks_as_accepted(golden: Golden, accept: bool, review: Review) -> None:
    """Equal pixels and an equal focus map; the picture has the focus on it."""
    screen = picture.sample(golden.layout, golden.scale)[golden.number]
    new, new_map = picture.paint(screen, golden.theme, golden.scale), arrows(screen)
    focus = load_theme(screen.theme or golden.theme).rgb("focus")
    assert any(color == focus for _, color in new.convert("RGB").getcolors(4096) or ())
    png, text = FOLDER / f"{golden.name}.png", FOLDER / f"{golden.name}.txt"
    if accept:
        new.save(png, optimize=True)
        text.write_text(new_map, encoding="utf-8")
    old_map = text.read_text(encoding="utf-8") if text.is_file() else ""
    old = Image.open(io.BytesIO(png.read_bytes())) if png.is_file() else None
    changed = differing(old, new) if old is not None else new.width * new.height
    if changed or old_map != new_map:
        page = review.show(golden.name, old, new, old_map, new_map)
        pytest.fail(f"{changed} pixels differ, focus map {'as before' if old_map == new_map else 'too'}: see {page}")
    review.settle(golden.name)


def test_every_golden_file_belongs_to_a_screen(accept: bool) -> None:
    """A picture that nothing is compared with any more is taken away."""
    if accept:
        pytest.skip("files are being written")
    kept = {path.stem for path in FOLDER.iterdir() if path.suffix in (".png", ".txt")}
    assert kept == {golden.name for golden in GOLDENS}


def test_a_difference_is_seen_and_laid_out(tmp_path: Path) -> None:
    """One pixel is enough; old, new and difference stand side by side on the page."""
    old = Image.new("RGB", (64, 36), "#15202B")
    new = old.copy()
    new.putpixel((5, 5), (22, 32, 43))
    assert (differing(old, old), differing(old, new)) == (0, 1)
    review = Review(tmp_path)
    page = review.show("201-x", old, new, "start a\na  b\n", "start a\na  c\n").read_text("utf-8")
    assert all(f"201-x-{kind}.png" in page for kind in ("old", "new", "difference"))
    assert "- a  b\n+ a  c" in page
    with Image.open(tmp_path / "201-x-difference.png") as marked:
        assert marked.getpixel((5, 5)) == (235, 16, 16)
    review.settle("201-x")
    assert "Nothing differs" in (tmp_path / "index.html").read_text("utf-8")


def test_accepting_is_refused_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where CI is set, ``--accept`` ends with an error and changes nothing."""
    monkeypatch.setenv("CI", "1")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(FOLDER), "--accept"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=FOLDER.parents[1])
    assert done.returncode == 4 and "refused where CI is set" in done.stderr + done.stdout
