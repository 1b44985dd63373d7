"""Where our focus map and the W3C's spatial navigation differ: writes ``docs/focus.md``.

    python scripts/focus.py docs/focus.md

Every sample layout is laid out on every geometry, and each arrow of each link compared (``channel.screen.cssnav``).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from channel.screen import cssnav
from channel.screen.screen import Screen
from tests.samples import contents, picture

SCALES = ("hd", "large", "sd", "sd530")
_ARROWS = {"up": "UP", "down": "DOWN", "left": "LEFT", "right": "RIGHT"}
_WORDS = {
    "container": "enters the container at its first link",
    "edge": "stays",
    "further": "goes on where the W3C's arrow ends",
    "nearest": "weighs the distance otherwise",
}
_TEXT = """\
# The focus map and the W3C's

Where UP, DOWN, LEFT and RIGHT lead is computed for each screen before air (`channel/screen/focus.py`), by the rule of
BBC's tv-lrud-spatial: from the middle of the edge that one leaves by to the nearest point of the facing edge of a link
that lies beyond it, inside the same container first. A browser with CSS Spatial Navigation (Level 1, working draft of
2019-11-26) would choose by another distance, and from all links. This page compares the two on every layout and canvas,
arrow by arrow. It is written by `python scripts/focus.py docs/focus.md`, and a test holds it true.

One thing was taken over from the W3C because of this comparison: a step aside weighs 30 times for LEFT and RIGHT. By
the BBC's own distance LEFT on a time grid left the channel for a long programme of the one below.

## How much they agree

An arrow counts where it leads somewhere by one of the two rules. *Container* are those that enter the same container
(the footer, the header's place) at another link of it.

| canvas | arrows | the same | container | further | edge | nearest |
| --- | --- | --- | --- | --- | --- | --- |
{totals}

But for containers they agree on {share} of all arrows.

## Why ours differs

- **Container**: DOWN from any row enters the footer at 返回, and UP enters the header at the estate's name. The W3C
  takes the nearest button, which depends on the column one comes from: 返回 would be the first on some rows and a
  colour key on others. People over 70 learn one way to it.
- **Further**: a link may begin before the edge that one leaves by, by up to 30 % of its width; and what no arrow
  reaches is joined by one that was free. The W3C leaves such ends to the page.
- **Edge**: nothing lies there by our rule, and the focus stays; the W3C takes a link however far aside it is.
- **Nearest**: blocks of unlike width (a time grid, a month beside its agenda, a last row of tiles). From the middle of
  a long edge the BBC's rule goes to what lies nearest to that middle; the W3C's measures from the nearest corner, and
  takes the first in the document of several that face it.

## Every difference on 1280x720

{listed}
"""


def screens(layout: str, scale: str) -> list[Screen]:
    """The sample screens of a layout on a canvas."""
    return picture.sample(layout, scale)


def arrows(screen: Screen) -> int:
    """How many arrows lead somewhere by either rule."""
    return sum(
        getattr(around, direction) >= 0 or cssnav.best(screen.links, index, direction) >= 0
        for index, around in enumerate(screen.focus)
        for direction in cssnav.DIRECTIONS
    )


def count(scale: str, layout: str) -> tuple[int, Counter[str]]:
    """The arrows of a layout on a canvas, and the differences by their reason."""
    found = screens(layout, scale)
    reasons: Counter[str] = Counter(d.reason for screen in found for d in cssnav.differences(screen))
    return sum(map(arrows, found)), reasons


def document() -> str:
    """The whole page."""
    totals, compared, others = [], 0, 0
    for scale in SCALES:
        total, reasons = 0, Counter[str]()
        for layout in contents.layouts():
            number, found = count(scale, layout)
            total += number
            reasons += found
        same = total - reasons.total()
        columns = [total, same, *(reasons[name] for name in ("container", "further", "edge", "nearest"))]
        totals.append(f"| `{scale}` | {' | '.join(map(str, columns))} |")
        compared += total - reasons["container"]
        others += reasons.total() - reasons["container"]
    return _TEXT.format(totals="\n".join(totals), share=f"{1 - others / compared:.1%}", listed=_listed())


def _listed() -> str:
    lines = ["| layout | from | key | ours | the W3C's | why |", "| --- | --- | --- | --- | --- | --- |"]
    for layout in contents.layouts():
        seen = dict.fromkeys(d for screen in screens(layout, "hd") for d in cssnav.differences(screen))
        for d in seen:
            key, ours, theirs = _ARROWS[d.direction], d.ours or "—", d.theirs or "—"
            lines.append(f"| {layout} | `{d.source}` | {key} | `{ours}` | `{theirs}` | {_WORDS[d.reason]} |")
    return "\n".join(lines)


def main() -> int:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("document", type=Path, help="the Markdown file")
    args = parser.parse_args()
    args.document.write_text(document(), encoding="utf-8")
    print(args.document)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
