"""Layouts: Jinja2 templates that write screen markup, one a layout, found by their file names.

A template receives ``body`` (the content of its layout), ``head`` (what the frame prints), ``m`` (its own numbers of
the geometry), ``f`` (the frame's), ``large`` and ``nothing`` (the sentence for a page without content). The frame
prints ``header``, written beforehand by a template of its own. Undefined names are errors and everything is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from channel.screen import fonts
from channel.screen.breaking import wrap
from channel.screen.codes import modules
from channel.screen.columns import Plan, plan, widest
from channel.screen.geometry import Geometry
from channel.screen.leaves import MARKS
from channel.screen.once import Once
from channel.views.content import Empty, Table, TimetableRow
from channel.words import Say
from feeds.base import toml
from feeds.base.errors import MarkupError, Mistake

FITTING = ("body", "secondary", "floor")
"""The sizes that a name too long for its column may take."""
HEADER = "_header"
"""The template of what all layouts begin with."""
_MOST_HEADERS = 64
_MONDAY = date(2024, 1, 1)


class FootKey(msgspec.Struct, frozen=True, cache_hash=True):
    """A colour key in the footer."""

    color: str
    label: str
    to: str
    short: str = ""
    """What stands where the label has no room."""


class Head(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
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
    title_size: str = "title"
    line_x: int = 400
    """Where the header's lines may begin: right of the place of a warning's mark."""
    source: str = ""
    stale: bool = False
    clock: bool = False
    start_back: bool = False
    every: int = 0
    """How often a box looks for a newer page, in seconds."""
    leads: bool = False
    """Whether the red and green keys lead to the item before and the next."""
    window: str = ""
    """Whether the page holds a window of live television (``through``), a dark place for one (``placeholder``), or
    neither."""

    code: str = ""
    """What a phone opens that reads the code beside the page's content; empty: there is no code."""
    address: str = ""
    """How the same is told to whoever types: where the page's number is entered."""

    @property
    def turned(self) -> Head:
        """The same with a clock if it has none, and without if it has one."""
        return msgspec.structs.replace(self, clock=not self.clock)

    @property
    def still(self) -> Head:
        """The same without a clock: what the content of a page may depend on."""
        return msgspec.structs.replace(self, clock=False) if self.clock else self


def layouts_folder() -> Path:
    """Where the project's own layouts lie."""
    return Path(str(resources.files("channel.layouts")))


class _Environment(jinja2.Environment):
    """Templates in which a geometry's numbers are constants: Jinja then folds and escapes them once, not on each page.

    ``m`` stands for the numbers of the template's own layout, ``f`` for the frame's.
    """

    def __init__(self, geometry: Geometry, say: Say, **more: Any) -> None:
        super().__init__(extensions=[Once], **more)
        self.geometry = geometry
        self.say = say
        self.globals.update(say=say, plural=say.plural, within=say.within)
        # A day that the header holds until a script knows the day, and the heads of a calendar.
        self.globals["number"] = say.number
        self.globals["lang"] = say.tag
        self.globals["twelve"] = int(say.manner.twelve)
        self.globals["someday"] = say.dated(_MONDAY, "EEE d MMM")
        begin = _MONDAY + timedelta(days=say.manner.first)
        self.globals["weekdays"] = [say.dated(begin + timedelta(days=day), "EEEEE") for day in range(7)]
        self.filters["tone"] = _tone
        self.filters["width"] = self._width
        self.filters["widest"] = self._widest
        self.filters["fitting"] = self._fitting
        self.filters["whole"] = self._whole
        self.filters["lines"] = self._lines
        self.filters["pixels"] = self._pixels
        self.filters["modules"] = modules
        self.globals["columns"] = self._columns

    def _width(self, text: str, size: str | int, weight: fonts.Weight = "regular") -> int:
        """The pixels that a line of ``text`` needs at a role or size, in a font 8 % wider than ours."""
        return widest((text,), self._pixels(size), weight)

    def _widest(self, rows: Sequence[TimetableRow], size: str | int) -> int:
        """The pixels that the widest cell of a timetable needs."""
        return widest({cell.text for row in rows for cell in row.cells}, self._pixels(size), "medium")

    def _fitting(self, text: str, room: int, weight: fonts.Weight = "regular", roles: Sequence[str] = FITTING) -> str:
        """The first of the roles at which ``text`` stands whole on one line of ``room`` px, else the last."""
        for role in roles[:-1]:
            size = self._pixels(role)
            # Most names are far from too long: no glyph is wider than its size.
            if len(text) * size * fonts.WIDER <= room or widest((text,), size, weight) <= room + 1:
                return role
        return roles[-1]

    def _whole(self, texts: Sequence[str], room: int, weight: fonts.Weight = "regular", role: str = "floor") -> str:
        """The first of several ways to say a thing that stands whole on one line of ``room`` px; else the last."""
        said = [text for text in texts if text]
        return next((text for text in said if self._width(text, role, weight) <= room + 1), said[-1] if said else "")

    def _lines(self, text: str, room: int, size: str | int, weight: fonts.Weight = "regular") -> int:
        """How many lines of ``room`` px ``text`` takes when nothing of it is cut."""
        return len(wrap(text, room, self._pixels(size), weight, lang=self.say.tag))

    def _pixels(self, size: str | int) -> int:
        return self.geometry.type.get(str(size)) or int(size)

    def _columns(self, body: Table, **sizes: Any) -> Plan:
        """How the columns of a table share a row: see ``channel.screen.columns.plan``."""
        return plan(body.columns, body.rows, size=self._pixels, **sizes)

    def _parse(self, source: str, name: str | None, filename: str | None) -> jinja2.nodes.Template:
        tree = super()._parse(source, name, filename)
        own = self.geometry.layouts.get((name or "").removesuffix(".xml"), {})
        _fold(tree, {"m": own, "f": self.geometry.frame}, self.say, name or "")
        return tree


class _Sandboxed(_Environment, SandboxedEnvironment):
    """The same for a folder's own templates: they may come with a release from elsewhere, and reach nothing but what
    they are given."""


def _fold(tree: jinja2.nodes.Node, tables: Mapping[str, Mapping[str, Any]], say: Say, name: str) -> None:
    for node in tree.iter_child_nodes():
        _fold(node, tables, say, name)
    for field, value in tree.iter_fields():
        if isinstance(value, list):
            setattr(tree, field, [_constant(part, tables, say, name) for part in value])
        elif isinstance(value, jinja2.nodes.Node):
            setattr(tree, field, _constant(value, tables, say, name))


def _constant(node: Any, tables: Mapping[str, Mapping[str, Any]], say: Say, name: str) -> Any:
    """``m.row`` as the number that it is, ``say("Back")`` as the words. Raises TemplateSyntaxError for a number that
    the geometry does not have."""
    if isinstance(node, jinja2.nodes.Call) and isinstance(node.node, jinja2.nodes.Name) and node.node.name == "say":
        message = node.args[0]
        if isinstance(message, jinja2.nodes.Const) and not node.kwargs:
            return jinja2.nodes.Const(say(message.value), lineno=node.lineno)
        return node
    if not (isinstance(node, jinja2.nodes.Getattr) and isinstance(node.node, jinja2.nodes.Name)):
        return node
    table = tables.get(node.node.name)
    if table is None:
        return node
    if node.attr not in table:
        known = toml.nearest(node.attr, table)
        raise jinja2.TemplateSyntaxError(
            f"{node.node.name}.{node.attr}: not in this geometry{known}", node.lineno, name
        )
    return jinja2.nodes.Const(table[node.attr], lineno=node.lineno)


def _tone(mark: str) -> str:
    """The colour of the word beside a mark."""
    return MARKS[mark][1] if mark in MARKS else "text2"


class Layouts:
    """The layouts of a folder; those of the project stand behind it, so that a folder may hold only what differs."""

    def __init__(self, folder: Path | None = None, say: Say | None = None) -> None:
        self._say = say or Say()
        folders = [str(f) for f in (folder, layouts_folder()) if f is not None]
        self._loader = jinja2.FileSystemLoader(folders)
        self._environments: dict[str, _Environment] = {}
        self._kind = _Environment if folder is None else _Sandboxed
        self._headers: dict[tuple[Head, str], str] = {}
        hint = self._say("Please look again later")
        self._nothing = Empty(sentence=self._say("Nothing here for now"), hint=hint)

    def names(self) -> list[str]:
        """Every layout by name."""
        found = (name for name in self._loader.list_templates() if name.endswith(".xml"))
        return [name[:-4] for name in found if not name.startswith("_") and "/" not in name]

    def _environment(self, geometry: Geometry) -> _Environment:
        known = self._environments.get(geometry.name)
        if known is None:
            known = self._environments[geometry.name] = self._kind(
                geometry,
                self._say,
                loader=self._loader,
                undefined=jinja2.StrictUndefined,
                autoescape=True,
                # What is written once would not be written again for a template that changed.
                auto_reload=False,
                trim_blocks=True,
                lstrip_blocks=True,
            )
        return known

    def markup(self, layout: str, body: Any, head: Head, geometry: Geometry) -> str:
        """The screen markup of ``body``. Raises MarkupError when the template is missing or goes wrong."""
        return self._render(layout, geometry, body=body, head=head, header=Markup(self.header(head, geometry)))

    def _render(self, layout: str, geometry: Geometry, **given: Any) -> str:
        try:
            template = self._environment(geometry).get_template(f"{layout}.xml")
            return template.render(large=geometry.large, nothing=self._nothing, **given)
        except jinja2.TemplateError as error:
            where = f"{error.name}:{error.lineno}" if isinstance(error, jinja2.TemplateSyntaxError) else f"{layout}.xml"
            raise MarkupError(f"{where}: {error}") from error
        except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
            raise MarkupError(f"{layout}.xml: {type(error).__name__}: {error}") from error

    def load(self, geometries: Iterable[Geometry]) -> None:
        """Read every layout for these geometries now. Raises MarkupError."""
        for geometry in {geometry.name: geometry for geometry in geometries}.values():
            for name in self.names():
                try:
                    self._environment(geometry).get_template(f"{name}.xml")
                except jinja2.TemplateError as error:
                    raise MarkupError(f"{name}.xml: {error}") from error

    def header(self, head: Head, geometry: Geometry) -> str:
        """The markup of the header alone, as it stands in that of every page; the last ones are remembered."""
        key = (head, geometry.name)
        known = self._headers.get(key)
        if known is None:
            if len(self._headers) >= _MOST_HEADERS:
                self._headers.clear()
            known = self._headers[key] = self._render(HEADER, geometry, head=head).strip()
        return known

    def fingerprint(self) -> bytes:
        """Name and text of every template, for the key of what is rendered."""
        names = (name for name in self._loader.list_templates() if name.endswith(".xml"))
        bare = jinja2.Environment(autoescape=True, extensions=[Once])
        texts = {name: self._loader.get_source(bare, name)[0] for name in names}
        return msgspec.msgpack.encode(texts, order="sorted")


@lru_cache(maxsize=8)
def layouts(folder: Path | None = None) -> Layouts:
    """The layouts of ``folder``, opened once."""
    return Layouts(folder)


def template_mistakes(folder: Path, geometries: Iterable[Geometry]) -> list[Mistake]:
    """The templates of a folder that are no Jinja2 or name a number that one of the geometries lacks, by line."""
    found: dict[Mistake, None] = {}
    for path in sorted(folder.glob("*.xml")):
        for geometry in geometries:
            try:
                layouts(folder)._environment(geometry).parse(path.read_text(encoding="utf-8"), path.name, str(path))
            except jinja2.TemplateSyntaxError as error:
                found[Mistake(str(path), error.lineno, "", str(error.message))] = None
            except ValueError:
                found[Mistake(str(path), 0, "", "not UTF-8", "save the file as UTF-8")] = None
    return list(found)
