"""Icons: flat pictures of one colour as SVG, those of the project and those of a channel's own folder.

A channel's file is read as what it is, somebody else's: small, of shapes alone, and without a word that leads out of it
(a script, a picture, a style sheet, a reference). The picture is a mask: its colours do not matter, only what is inked.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from pathlib import Path
from xml.etree.ElementTree import XML, Element, ParseError, tostring

from markupsafe import Markup

from feeds.base import toml
from feeds.base.errors import MarkupError

MOST_BYTES = 20_000
"""Bytes of an icon's file: ours have 300 at most."""
MOST_ELEMENTS = 200
SHAPES = frozenset(
    ("svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "title", "desc", "defs",
     "clipPath", "mask")
)  # fmt: skip
"""Elements that an icon may have (SVG 1.1, chapters 5, 7, 9 and 14)."""
_SVG = "{http://www.w3.org/2000/svg}"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_WITHIN = re.compile(r"\s*url\(\s*#[\w-]+\s*\)\s*")


def icon_folder(layouts: Path | None) -> Path | None:
    """The icons of a channel's own layouts folder, if it has any."""
    own = layouts / "icons" if layouts is not None else None
    return own if own is not None and own.is_dir() else None


@lru_cache(maxsize=8)
def icon_names(folder: Path | None = None) -> frozenset[str]:
    """Every icon by name: ours, and those of ``folder``."""
    folders = [f for f in (_house(), folder) if f is not None]
    return frozenset(path.stem for f in folders for path in f.glob("*.svg"))


def read_icon(name: str, folder: Path | None = None) -> str:
    """The checked SVG text of an icon; one of ``folder`` that has the name of ours takes its place.

    Raises MarkupError for a name that has no file, and for a file that is not a flat picture.
    """
    paths = [f / f"{name}.svg" for f in (folder, _house()) if f is not None] if _NAME.fullmatch(name) else []
    path = next((p for p in paths if p.is_file()), None)
    if path is None:
        names = icon_names(folder)
        raise MarkupError(f"icon: found {name!r}, expected a file of layouts/icons{toml.nearest(name, names)}")
    if path.stat().st_size > MOST_BYTES:
        raise MarkupError(f"{path}: found {path.stat().st_size} bytes, expected {MOST_BYTES} at most")
    text = path.read_text("utf-8", errors="replace")
    _check(text, path)
    return text


def inline(text: str) -> Markup:
    """An icon's checked text as it stands within HTML, for the eye alone: its name stands beside it."""
    root = XML(text)
    root.attrib = {"viewBox": root.attrib["viewBox"], "aria-hidden": "true"}
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
    return Markup(tostring(root, encoding="unicode"))


def _check(text: str, path: Path) -> None:
    # No declarations: they are where entities that grow without end come from.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise MarkupError(f"{path}: found a document type, expected plain SVG without one")
    try:
        root = XML(text)
    except ParseError as error:
        raise MarkupError(f"{path}: {error}") from None
    if root.tag != f"{_SVG}svg" or "viewBox" not in root.attrib:
        raise MarkupError(f"{path}: found <{root.tag}>, expected <svg> of http://www.w3.org/2000/svg with a viewBox")
    elements = list(root.iter())
    if len(elements) > MOST_ELEMENTS:
        raise MarkupError(f"{path}: found {len(elements)} elements, expected {MOST_ELEMENTS} at most")
    for element in elements:
        _check_element(element, path)


def _check_element(element: Element, path: Path) -> None:
    tag = element.tag.removeprefix(_SVG)
    if tag not in SHAPES:
        raise MarkupError(f"{path}: found <{tag}>, expected shapes alone: {', '.join(sorted(SHAPES))}")
    for name, value in element.attrib.items():
        local = name.rpartition("}")[2]
        if local == "href" or local == "style" or local.lower().startswith("on"):
            raise MarkupError(f"{path}: <{tag} {local}>: expected no script, style or reference")
        if "url" in value.lower() and not _WITHIN.fullmatch(value):
            raise MarkupError(f"{path}: <{tag} {local}={value[:40]!r}>: expected no reference out of the file")


@lru_cache(maxsize=1)
def _house() -> Path:
    return Path(str(resources.files("channel.layouts"))) / "icons"
