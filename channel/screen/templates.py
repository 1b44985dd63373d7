"""Layouts: Jinja2 templates that write screen markup, one a layout, found by their file names.

A template receives ``body`` (the content of its layout), ``head`` (what the frame prints), ``m`` (its own numbers of
the geometry), ``f`` (the frame's), ``large`` and ``nothing`` (the sentence for a page without content). Undefined names
are errors and everything is escaped.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from channel.screen.geometry import Geometry
from channel.views.content import Empty
from feeds.base.errors import MarkupError

NOTHING = Empty(sentence="暂时没有内容", hint="请稍后再来看看")


class FootKey(msgspec.Struct, frozen=True):
    """A colour key in the footer."""

    color: str
    label: str
    to: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the frame prints. ``place`` is town and estate on estate pages, ``district`` stands on the others.

    ``keys`` are red, green, yellow, blue; None leaves the slot empty.
    """

    number: str
    title: str
    district: str
    back: str
    keys: tuple[FootKey | None, FootKey | None, FootKey | None, FootKey | None]
    place: str = ""
    place_to: str = ""
    place_w: int = 0
    line_x: int = 470
    """Where the header's lines may begin: right of the title."""
    source: str = ""
    stale: bool = False
    clock: bool = False
    start_back: bool = False
    every: int = 0
    """How often a box looks for a newer page, in seconds."""


def layouts_folder() -> Path:
    """Where the project's own layouts lie."""
    return Path(str(resources.files("channel.layouts")))


class Layouts:
    """The layouts of a folder; those of the project stand behind it, so that a folder may hold only what differs."""

    def __init__(self, folder: Path | None = None) -> None:
        folders = [str(f) for f in (folder, layouts_folder()) if f is not None]
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folders),
            undefined=jinja2.StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def names(self) -> list[str]:
        """Every layout by name."""
        return [n[:-4] for n in self._environment.list_templates(["xml"]) if not n.startswith("_") and "/" not in n]

    def markup(self, layout: str, body: Any, head: Head, geometry: Geometry) -> str:
        """The screen markup of ``body``. Raises MarkupError when the template is missing or goes wrong."""
        try:
            template = self._template(layout)
            return template.render(
                body=body,
                head=head,
                m=geometry.layouts.get(layout, {}),
                f=geometry.frame,
                large=geometry.large,
                nothing=NOTHING,
            )
        except jinja2.TemplateError as error:
            where = f"{error.name}:{error.lineno}" if isinstance(error, jinja2.TemplateSyntaxError) else f"{layout}.xml"
            raise MarkupError(f"{where}: {error}") from error
        except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
            raise MarkupError(f"{layout}.xml: {type(error).__name__}: {error}") from error

    def _template(self, layout: str) -> jinja2.Template:
        return self._environment.get_template(f"{layout}.xml")

    def fingerprint(self) -> str:
        """The text of every template, for the key of what is rendered."""
        loader = self._environment.loader
        assert loader is not None
        return "".join(
            loader.get_source(self._environment, name)[0] for name in self._environment.list_templates(["xml"])
        )


@lru_cache(maxsize=8)
def layouts(folder: Path | None = None) -> Layouts:
    """The layouts of ``folder``, opened once."""
    return Layouts(folder)
