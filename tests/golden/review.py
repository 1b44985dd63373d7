"""The review page of golden screens: the accepted picture, the new one, and where they differ, side by side."""

from __future__ import annotations

import html
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image


def differing(old: Image.Image, new: Image.Image) -> int:
    """How many pixels differ; all of them when the sizes do."""
    if old.size != new.size:
        return max(old.width * old.height, new.width * new.height)
    return int(_mask(old.convert("RGB"), new.convert("RGB")).sum())


class Review:
    """``folder/index.html`` with one row a screen that differs. Each row lies in a file of its own, so that runs of
    several processes join on one page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def show(self, name: str, old: Image.Image | None, new: Image.Image, old_map: str, new_map: str) -> Path:
        """Lay a difference out; returns the page."""
        self.folder.mkdir(parents=True, exist_ok=True)
        pictures = {"new": new.convert("RGB")}
        if old is not None:
            pictures["old"] = old.convert("RGB")
            if old.size == new.size:
                pictures["difference"] = _marked(pictures["old"], pictures["new"])
        for kind, picture in pictures.items():
            picture.save(self.folder / f"{name}-{kind}.png")
        cells = "".join(
            f'<figure><img src="{name}-{kind}.png" width="560" alt=""><figcaption>{kind}</figcaption></figure>'
            for kind in ("old", "new", "difference")
            if kind in pictures
        )
        maps = "" if old_map == new_map else f"<pre>{html.escape(_lines(old_map, new_map))}</pre>"
        (self.folder / f"{name}.row").write_text(f"<h2>{html.escape(name)}</h2><div>{cells}</div>{maps}", "utf-8")
        return self._page()

    def settle(self, name: str) -> None:
        """The screen is as it should be: its row goes."""
        for path in self.folder.glob(f"{name}*"):
            path.unlink(missing_ok=True)
        if self.folder.is_dir():
            self._page()

    def _page(self) -> Path:
        page = self.folder / "index.html"
        rows = "".join(path.read_text("utf-8") for path in sorted(self.folder.glob("*.row")))
        page.write_text(
            '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Golden screens</title><style>'
            "body{background:#3c3c3c;color:#ebebeb;font:16px sans-serif}div{display:flex;gap:12px}"
            "figure{margin:0}</style>"
            f"{rows or '<p>Nothing differs.</p>'}</html>\n",
            "utf-8",
        )
        return page


def _marked(old: Image.Image, new: Image.Image) -> Image.Image:
    """The new picture darkened, with what differs in full red."""
    marked = np.asarray(new) // 3
    marked[_mask(old, new)] = (235, 16, 16)
    return Image.fromarray(marked)


def _mask(old: Image.Image, new: Image.Image) -> npt.NDArray[np.bool_]:
    """Where any channel differs."""
    mask: npt.NDArray[np.bool_] = (np.asarray(old) != np.asarray(new)).any(axis=2)
    return mask


def _lines(old: str, new: str) -> str:
    """The lines of the focus maps that differ."""
    before, after = old.splitlines(), new.splitlines()
    gone = [f"- {line}" for line in before if line not in after]
    come = [f"+ {line}" for line in after if line not in before]
    return "\n".join([*gone, *come])
