"""The contact sheet: every layout in every theme and at every scale, to be looked at beside the pictures of the look.

    python scripts/screens.py OUT [--only LAYOUT]

writes OUT/index.html, OUT/pictures/*.png (one a screen, in the pixels that a box stores) and OUT/sheet-*.png. Besides
each layout with sample content it shows it with nothing in it, with data of yesterday, and with four hundred rows.
"""

from __future__ import annotations

import argparse
import html
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import msgspec
from rich.progress import track

from channel.screen import templates
from channel.screen.compose import compose
from channel.screen.geometry import load_geometry
from channel.screen.screen import Screen
from tests.samples import contents, picture

SCALES = ("hd", "large", "sd", "sd530")
THEMES = ("night", "day", "high-contrast")
WIDTH = 480
"""Pixels of a picture's width on a sheet."""


@dataclass(frozen=True)
class Shot:
    """One picture to take: its sheet, its name there, and what is on it."""

    sheet: str
    name: str
    screen: Screen
    theme: str
    scale: str

    @property
    def file(self) -> str:
        """Its file name."""
        return f"{self.sheet}-{self.name}.png"


def shots(layouts: tuple[str, ...]) -> Iterator[Shot]:
    """Every picture of the contact sheet. An alert has its own theme: it is taken once a scale."""
    for scale in SCALES:
        for theme in THEMES:
            for layout in layouts:
                screen = picture.sample(layout, scale)[0]
                if not screen.theme or theme == THEMES[0]:
                    yield Shot(f"{scale}-{theme}", layout, screen, theme, scale)
    for layout in layouts:
        yield Shot("empty", layout, picture.empty(layout)[0], "night", "hd")
        yield Shot("stale", layout, picture.sample(layout, stale=True)[0], "night", "hd")
        for screen in picture.sample(layout, rows=400)[1:2]:
            yield Shot("four-hundred", layout, screen, "night", "hd")
    if "menu" in layouts:
        for theme in THEMES:
            yield Shot("further", f"menu-window-{theme}", window(), theme, "hd")
    for name, layout, body in picture.further():
        if layout in layouts:
            yield Shot("further", name, picture.screens(layout, body)[0], "night", "hd")


def window() -> Screen:
    """Page 100 with a window of live television, dark as a bitmap paints it."""
    shape = load_geometry("hd")
    head = msgspec.structs.replace(picture.head("menu", "hd"), window="through")
    markup = templates.layouts().markup("menu", contents.sample("menu"), head, shape)
    return compose(markup, shape, page=head.number, title=head.title)[0]


def take(out: Path, layouts: tuple[str, ...]) -> dict[str, list[Shot]]:
    """Take every picture, and one sheet of each kind; returns the shots by sheet."""
    (out / "pictures").mkdir(parents=True, exist_ok=True)
    sheets: dict[str, list[Shot]] = {}
    pictures: dict[str, list[tuple[str, picture.Picture]]] = {}
    for shot in track(list(shots(layouts)), "painting", disable=not sys.stdout.isatty(), transient=True):
        taken = picture.paint(shot.screen, shot.theme, shot.scale)
        taken.save(out / "pictures" / shot.file)
        sheets.setdefault(shot.sheet, []).append(shot)
        shown = picture.as_seen(taken, load_geometry(shot.scale))
        pictures.setdefault(shot.sheet, []).append((shot.name, shown))
    for sheet, found in pictures.items():
        picture.tiled(found, 4, WIDTH).save(out / f"sheet-{sheet}.png")
    return sheets


def page(sheets: dict[str, list[Shot]]) -> str:
    """The contact sheet as a page."""
    parts = []
    for sheet, found in sheets.items():
        figures = "".join(
            f'<figure><a href="pictures/{shot.file}"><img src="pictures/{shot.file}" width="{WIDTH}" loading="lazy"'
            f' alt=""></a><figcaption>{html.escape(shot.name)}</figcaption></figure>'
            for shot in found
        )
        parts.append(f'<h2 id="{sheet}">{sheet}</h2><div>{figures}</div>')
    links = " · ".join(f'<a href="#{sheet}">{sheet}</a>' for sheet in sheets)
    return (
        '<!DOCTYPE html><html lang="zh-Hans"><meta charset="utf-8"><title>Contact sheet</title><style>'
        "body{background:#3c3c3c;color:#ebebeb;font:16px sans-serif;margin:16px}a{color:inherit}"
        "div{display:flex;flex-wrap:wrap;gap:16px}figure{margin:0}figcaption{padding:4px 0}</style>"
        f"<p>{links}</p>{''.join(parts)}</html>\n"
    )


def main() -> int:
    """Write the contact sheet; prints where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--only", choices=contents.layouts(), help="one layout instead of all sixteen")
    args = parser.parse_args()
    sheets = take(args.out, (args.only,) if args.only else contents.layouts())
    index = args.out / "index.html"
    index.write_text(page(sheets), encoding="utf-8")
    print(f"{sum(map(len, sheets.values()))} screens: {index}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
