"""Make the README's picture: one page as Chromium draws its HTML, and as the bitmap that other boxes are sent."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import urllib.parse
from pathlib import Path

from PIL import Image

from channel.screen.fonts import font_path, settings
from tests import browser as chrome

ROOT = Path(__file__).parents[1]
SHOW = ("show", "201", "--estate", "mh0001", "--moment", "2026-11-24T08:12", "--records", "records")


def main(target: Path) -> None:
    """Render page 201 of the example twice and put both side by side into ``target``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        example = ROOT / "examples" / "minhang"
        for profile in ("web-hd", "bitmap-hd"):
            argv = [
                sys.executable,
                "-m",
                "broadcaster.cli",
                "--channel",
                str(example),
                "--state",
                str(folder / "var"),
                *SHOW,
            ]
            subprocess.run([*argv, "--profile", profile, "--out", str(folder / profile)], check=True, cwd=example)
        left, right = _browser(folder / "web-hd"), _bitmap(folder / "bitmap-hd")
    sheet = Image.new("RGB", (1280, 360), "#101822")
    sheet.paste(left.resize((636, 358), Image.Resampling.LANCZOS), (0, 1))
    sheet.paste(right.resize((636, 358), Image.Resampling.LANCZOS), (644, 1))
    sheet.quantize(256, kmeans=4, dither=Image.Dither.NONE).save(target, optimize=True)


def _bitmap(folder: Path) -> Image.Image:
    """The picture with the focus where the navigation map starts."""
    chart = json.loads((folder / "201.json").read_text("utf-8"))
    picture = Image.open(folder / "201.png").convert("RGB")
    ring = chart["links"][chart["start"]]["ring"]
    focused = Image.open(folder / "assets" / ring["src"].rpartition("/")[2]).convert("RGB")
    picture.paste(focused, (ring["x"], ring["y"]))
    return picture


def _browser(folder: Path) -> Image.Image:
    """The page in a browser that has the project's font."""
    url = "file://" + urllib.parse.quote(str(font_path()))
    face = f'<style>@font-face{{font-family:"{settings().family.name}";src:url({url});font-weight:100 900}}</style>'
    page = folder / "view" / "web-hd" / "mh0001" / "201.html"
    page.write_text(page.read_text("utf-8").replace("</head>", face + "</head>", 1), "utf-8")
    with chrome.chromium("--allow-file-access-from-files") as running:
        tab = running.open(page.as_uri())
        tab.wait("document.fonts.status == 'loaded' && document.getElementById('clk').textContent")
        tab.evaluate("document.getElementById('clk').firstChild.data = '08:12'")
        tab.evaluate("document.getElementById('day').firstChild.data = '11月24日 周二'")
        return Image.open(io.BytesIO(tab.screenshot(folder / "shot.png"))).convert("RGB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures" / "201.png")
