"""The pictures of ``docs/layouts.md``: each example of markup in it, painted into the picture that follows it.

python scripts/elements.py docs/layouts.md
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PIL import Image

from channel.screen.compose import compose
from channel.screen.geometry import load_geometry
from channel.screen.pieces import Fill
from channel.screen.screen import Screen
from tests.samples import picture

_EXAMPLE = re.compile(r"```xml\n(?P<markup>.*?)```\n\n!\[[^\]]*\]\((?P<path>[\w/-]+\.png)\)", re.DOTALL)
EDGE = 16
"""Pixels of ground round an example."""


def examples(document: str) -> dict[str, str]:
    """The markup of every example, by the path of its picture."""
    return {found["path"]: found["markup"] for found in _EXAMPLE.finditer(document)}


def painted(markup: str) -> picture.Picture:
    """The example's screens under each other, cut to what is on them, the focus on the first link."""
    shape = load_geometry("hd")
    inner = f'<box x="{EDGE}" y="{EDGE}" w="{shape.width - 2 * EDGE}">{markup}</box>'
    screens = compose(f'<screen fill="ground">{inner}</screen>', shape, page="000", title="")
    flaws = [flaw for screen in screens for flaw in screen.flaws]
    if flaws:
        raise SystemExit(f"an example has flaws: {flaws}")
    width = max(_extent(screen)[0] for screen in screens)
    cuts = [picture.paint(screen, "night", "hd").crop((0, 0, width, _extent(screen)[1])) for screen in screens]
    whole = cuts[0].resize((width, sum(cut.height for cut in cuts)))
    top = 0
    for cut in cuts:
        whole.paste(cut, (0, top))
        top += cut.height
    return whole


def _extent(screen: Screen) -> tuple[int, int]:
    """How far the screen's content reaches, with the edge."""
    boxes = [i for i in screen.pieces if not (isinstance(i, Fill) and i.h >= screen.height)]
    return max(i.x + i.w for i in boxes) + EDGE, max(i.y + i.h for i in boxes) + EDGE


def same(path: Path, new: picture.Picture) -> bool:
    """Whether the file shows what ``new`` shows."""
    if not path.is_file():
        return False
    with Image.open(path) as old:
        return old.size == new.size and old.convert("RGB").tobytes() == new.convert("RGB").tobytes()


def main() -> int:
    """Write every picture that is not as its example."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("document", type=Path, help="the Markdown file")
    args = parser.parse_args()
    for name, markup in examples(args.document.read_text(encoding="utf-8")).items():
        path, new = args.document.parent / name, painted(markup)
        if not same(path, new):
            path.parent.mkdir(parents=True, exist_ok=True)
            new.save(path, optimize=True)
            print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
