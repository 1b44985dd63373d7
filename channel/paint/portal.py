"""The third painter: what a page says as HTML that a phone and a desk computer read by themselves.

A template for each kind of body in ``layouts/portal/`` writes it; there is no geometry, no script is needed, and the
same content gives the same bytes. A channel's own layouts folder may hold ``portal/`` too, whose files come first.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from channel.paint.dialling import Dialling
from channel.paint.icons import icon_folder, inline, read_icon
from channel.paint.output import PaintedDocument
from channel.paint.svg_chart import drawn
from channel.profiles.terminals import PORTAL, TERMINALS
from channel.screen.templates import layouts_folder
from channel.views.content import Alert, Body, Empty
from channel.words import Say
from feeds.base.errors import MarkupError

_FOLDER = "portal"
_TARGET = re.compile(r"(?:@(?P<estate>[a-z0-9-]{1,32})/)?(?P<page>[0-9]{3})(?:\.(?P<item>[a-z0-9]{1,24}))?(?:#.*)?")
_BARE = re.compile(r"\w+")
_MONDAY = date(2024, 1, 1)
_SPACES = re.compile(r"\n\s+")
MEDIA = {
    "js": "application/javascript", "json": "application/manifest+json", "svg": "image/svg+xml",
}  # fmt: skip


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The alert that stands on top of every page: the fields of ``alert.json``, and of the page that tells all of it
    how severe it is, where, from when to when in words, and the moment at which it ends."""

    id: str = ""
    level: str = "none"
    mark: str = ""
    text: str = ""
    do: str = ""
    page: str = ""
    severity: str = ""
    area: str = ""
    times: str = ""
    ends: datetime | None = None


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """What the frame of a portal's page prints beside its body.

    ``estate`` is an estate's id where the page is one's own (else empty), ``place`` its town and name. ``source`` is
    the line that says whose data and of when, ``licences`` what the sources permit. ``back`` and ``keys`` are targets
    with their labels.
    """

    number: str
    title: str
    kind: str
    above: str = ""
    """Of an item that has a name of its own: the title of what it is an item of."""
    item: str = ""
    estate: str = ""
    place: tuple[str, ...] = ()
    source: str = ""
    stale: bool = False
    licences: tuple[str, ...] = ()
    back: tuple[str, str] = ("", "")
    keys: tuple[tuple[str, str], ...] = ()
    alert: Notice | None = None
    occasion: bool = False
    """Whether a calendar can take over what stands here."""
    feed: bool = False
    """Whether there is an Atom feed of the page."""

    @property
    def name(self) -> str:
        """The document's name within a release."""
        return f"i/{self.number}.{self.item}.html" if self.item else f"{self.number}.html"


class Portal:
    """Paints pages of a channel; ``folder`` is that of its own layouts."""

    def __init__(self, title: str, district: str, say: Say, folder: Path | None = None) -> None:
        folders = [str(f) for f in (folder, layouts_folder()) if f is not None]
        kind = jinja2.Environment if folder is None else SandboxedEnvironment
        self._environment = kind(
            loader=jinja2.FileSystemLoader(folders),
            undefined=jinja2.StrictUndefined,
            autoescape=True,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        style = self._text("portal.css").replace("\n", "")
        self.style = f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"
        """Of the one style block that every page has, for its policy."""
        hint = say("Please look again later")
        self._environment.globals.update(
            say=say, plural=say.plural, within=say.within, lang=say.tag, zone=say.zone.key,
            channel=title, district=district, style=Markup(style),
            nothing=Empty(sentence=say("Nothing here for now"), hint=hint), drawn=drawn, drawing=self._drawing,
            miles=say.manner.miles,
            weekdays=[say.dated(_MONDAY + timedelta(days=say.manner.first + day), "EEE") for day in range(7)],
        )  # fmt: skip
        dialling = Dialling(say)
        self._environment.filters.update(
            dial=dialling.field, calls=dialling.sentence, is_phone=dialling.is_label, quoted=quoted
        )
        self._as_of = say("You are offline: the page as it was at {time}.", time="@")
        self._changed = say("A warning may have changed since.")
        self._icons = icon_folder(folder)
        self._drawn: dict[str, Markup] = {}

    def page(self, leaf: Leaf, body: Body) -> PaintedDocument:
        """The document of a page or an item. Raises MarkupError when a template goes wrong."""
        text = self._written(f"{leaf.kind}.html", leaf=leaf, body=body, href=_Hrefs(leaf.item))
        data = text.encode()
        shared = data.find(b"</style>")
        return PaintedDocument(
            name=leaf.name, media="text/html; charset=utf-8", body=data, style=(self.style,), shared=max(0, shared)
        )

    def screen(self, name: str, **given: Any) -> bytes:
        """What the portal shows beside pages: ``choose`` (an estate), ``missing`` (nothing there), ``offline``, by its
        template. Raises MarkupError."""
        return self._written(f"_{name}.html", **given).encode()

    def files(self) -> list[PaintedDocument]:
        """The documents that come from the declarations alone. Raises MarkupError."""
        offline = self.screen("offline", notice=None).decode()
        given = {"offline": offline, "as_of": self._as_of, "changed": self._changed, "style_hash": self.style}
        texts = {name: self._written(name, **given) for name in TERMINALS[PORTAL].files}
        return [
            PaintedDocument(name=name, media=MEDIA[name.rpartition(".")[2]], body=text.encode())
            for name, text in texts.items()
        ]

    def load(self) -> None:
        """Read every template now, not when a page needs it. Raises MarkupError."""
        for name in self._environment.list_templates(extensions=["html"]):
            if name.startswith(f"{_FOLDER}/"):
                self._template(name.removeprefix(f"{_FOLDER}/"))

    def _drawing(self, icon: str) -> Markup:
        """An icon as a picture that stands beside its word; nothing for one that is not there."""
        if icon not in self._drawn:
            try:
                self._drawn[icon] = inline(read_icon(icon, self._icons))
            except MarkupError:
                self._drawn[icon] = Markup("")
        return self._drawn[icon]

    def _text(self, name: str) -> str:
        loader = self._environment.loader
        assert loader is not None
        return loader.get_source(self._environment, f"{_FOLDER}/{name}")[0]

    def _template(self, name: str) -> jinja2.Template:
        try:
            return self._environment.get_template(f"{_FOLDER}/{name}")
        except jinja2.TemplateError as error:
            raise MarkupError(f"{_FOLDER}/{name}: {error}") from error

    def _written(self, name: str, **given: Any) -> str:
        try:
            text = self._template(name).render(**given)
        except (jinja2.TemplateError, TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
            raise MarkupError(f"{_FOLDER}/{name}: {type(error).__name__}: {error}") from error
        return _SPACES.sub("\n", text) if name.endswith(".html") else text


class _Hrefs:
    """References from a page of an estate, or from an item, to targets. Both stand one folder below the portal."""

    def __init__(self, item: str) -> None:
        self._above = "../" if item else ""

    def __call__(self, target: str) -> str:
        """The reference to ``target``; empty for one that the portal has nothing for (television)."""
        match = _TARGET.fullmatch(target)
        if match is None:
            return ""
        if match["item"]:
            unit = f"{match['page']}.{match['item']}"
            return unit if self._above else f"../i/{unit}"
        # From an item, which is everybody's, the way leads over the estate that the phone remembers.
        return f"../{match['estate']}/{match['page']}" if match["estate"] else f"{self._above}{match['page']}"


def quoted(text: str) -> Markup:
    """``text`` as an attribute's value, within quotes where it needs them (HTML, 13.1.2.3)."""
    return Markup(text) if _BARE.fullmatch(text) else Markup('"{}"').format(text)


def read_notice(data: bytes, warning: Alert | None = None) -> Notice | None:
    """The notice that the bytes of an ``alert.json`` hold; None where no alert is in force. ``warning`` is what its
    page says, where that can be had."""
    notice = msgspec.json.decode(data, type=Notice)
    if notice.level == "none" or warning is None or not warning.headline:
        return None if notice.level == "none" else notice
    if not warning.headline.startswith(notice.text.rstrip("…")):
        # Of the whole district the page tells first what is worst anywhere, and says where.
        notice = msgspec.structs.replace(notice, mark="", text=warning.headline, do=next(iter(warning.actions), ""))
    return msgspec.structs.replace(
        notice, severity=warning.severity, area=warning.area, times=warning.times, ends=warning.ends
    )
