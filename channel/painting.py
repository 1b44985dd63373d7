"""What is answered where a release says something: the first that passes its checks, by one function for everybody.

What is said comes first, then what was said before it, then that the page is not to be had now. Painting is a pure
function, and so is its choice: all who paint a release answer alike.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Literal, NamedTuple, Protocol, TypeAlias

from channel.estates import DISTRICT
from channel.paint.output import Asset, Finding, Rendered
from channel.paint.pictures import NO_ITEM, IconOf, PictureOf, named
from channel.preflight import inspect
from channel.release.contents import Entry
from channel.render import Renderer
from channel.views.content import Album, Content, Item, no_album
from channel.views.words import read_content, read_item
from channel.words import N_
from feeds.base.errors import ChannelError, NotFound, RenderError, StoreError

log = logging.getLogger(__name__)

OURS = N_("painting it failed: the fault is ours")

MOST_SCREENS = 20
"""Of a page or an item: more is no page for a remote, whatever a source sends."""

Shown: TypeAlias = Literal["content", "before", "unsaid"]
_Try: TypeAlias = Callable[[], Rendered]


class Choice(NamedTuple):
    """What passed, which of the three it is, and what was found in everything that was tried. It is ``lasting`` when
    trying again would give the same: where the store could not be read it is not."""

    rendered: Rendered
    shown: Shown
    findings: tuple[Finding, ...]
    lasting: bool = True


class Says(Protocol):
    """What is asked of a release; see there."""

    @property
    def id(self) -> str: ...
    def said(self, page: str, estate: str) -> Entry | None: ...
    def content(self, page: str, key: bytes, until: int = 0, *, items: bool = True) -> Content: ...
    def item_key(self, page: str, ident: str) -> bytes | None: ...
    def item(self, page: str, ident: str) -> Item: ...
    def picture(self, page: str, key: str) -> bytes: ...


def choose(renderer: Renderer, release: Says, page: str, estate: str, profile: str, item: str = "") -> Choice:
    """A page's own screens, or one of its items, as ``release`` has it for ``estate`` and ``profile``.

    Raises NotFound for what the release, its line-up or its profiles do not have, RenderError when not even the plain
    screen can be painted.
    """
    entry = release.said(page, DISTRICT if item else estate)
    if entry is None or (item and release.item_key(page, item) is None):
        raise NotFound(f"page: found {page}{'.' if item else ''}{item}, which release {release.id} says nothing of")
    if profile not in renderer.profiles:
        raise NotFound(f"profile: found {profile!r}, which release {release.id} does not know")
    renderer.channel.lineup.page(page)
    findings: list[Finding] = []
    lasting = True
    for shown, attempt in _tries(renderer, release, entry, page, estate, profile, item):
        rendered, readable = _checked(renderer, attempt, page, profile, item)
        lasting &= readable
        findings += rendered.findings
        if rendered.sound:
            return Choice(rendered, shown, tuple(findings), lasting)
    raise RenderError(f"{page}: not even the plain screen can be painted for {profile}")


def pictures(
    renderer: Renderer, of: PictureOf, profile: str, words: bytes, album: Album = no_album
) -> dict[str, Asset]:
    """All pictures of the screens that ``of`` names, by name: those of a page, or of an item, that says ``words``
    (empty: that it is not to be had) and names pictures of ``album``. Whoever has such a name had the document, which
    was checked.

    Raises NotFound, RenderError and StoreError.
    """
    if of.day is None:
        rendered = renderer.unavailable(of.page, profile, "0" if of.item != NO_ITEM else "")
    elif of.item != NO_ITEM:
        item = read_item(words)
        rendered = renderer.item(of.page, profile, item, of.day, most=MOST_SCREENS, said=of.said, album=album)
    else:
        content = read_content(words)
        rendered = renderer.painted(
            of.page, DISTRICT, profile, content, of.day, items=False, most=MOST_SCREENS, said=of.said, album=album
        )  # fmt: skip
    begins = len(of.prefix)
    return {
        name if isinstance(named(name), IconOf) else of.prefix + name[begins:]: asset
        for name, asset in rendered.assets.items()
    }


def said(
    renderer: Renderer, page: str, estate: str, profile: str, words: bytes, day: int, item: str = ""
) -> Rendered:
    """What a page, or one of its items, looks like that says ``words``, which need be in no release, on ``day``
    (proleptic ordinal), with what is found. Raises NotFound and RenderError."""
    when = date.fromordinal(day)
    if item:
        rendered = renderer.item(page, profile, read_item(words), when, most=MOST_SCREENS)
    else:
        content = read_content(words)
        rendered = renderer.painted(page, estate, profile, content, when, items=False, most=MOST_SCREENS)
    return inspect(rendered, renderer.channel.lineup, renderer.channel.estates, renderer.profiles[profile], items=False)


def plain(renderer: Renderer, page: str, profile: str, item: str = "") -> Choice:
    """The screen that says that a page or an item is not to be had now. Raises NotFound and RenderError."""
    rendered, _ = _checked(renderer, lambda: renderer.unavailable(page, profile, item), page, profile, item)
    if not rendered.sound:
        raise RenderError(f"{page}: the plain screen cannot be painted for {profile}")
    return Choice(rendered, "unsaid", rendered.findings)


def _tries(
    renderer: Renderer, release: Says, entry: Entry, page: str, estate: str, profile: str, item: str
) -> Iterator[tuple[Shown, _Try]]:
    day, album = date.fromordinal(entry.day), partial(release.picture, page)

    def painted(key: bytes) -> Rendered:
        if item:
            said = release.item_key(page, item) or b""
            own = release.item(page, item)
            return renderer.item(page, profile, own, day, most=MOST_SCREENS, said=said, album=album)
        content = release.content(page, key, entry.until if key == entry.content else 0, items=False)
        return renderer.painted(
            page, estate, profile, content, day, items=False, most=MOST_SCREENS, said=key, album=album
        )  # fmt: skip

    yield "content", lambda: painted(entry.content)
    # An item has its own words, whatever its page said before.
    if entry.before and not item:
        yield "before", lambda: painted(entry.before)
    yield "unsaid", lambda: renderer.unavailable(page, profile, item)


def _checked(renderer: Renderer, attempt: _Try, page: str, profile: str, item: str) -> tuple[Rendered, bool]:
    """What an attempt gave, with every check's findings, and whether all that it needs could be read; what raises is a
    finding too."""
    channel = renderer.channel
    try:
        rendered = attempt()
    except StoreError as error:
        return _nothing(page, item, error.message), False
    except ChannelError as error:
        return _nothing(page, item, error.message), True
    except Exception:
        # A fault of ours in one page is no reason to show nothing.
        log.exception("page %s: painting it failed", page)
        return _nothing(page, item, OURS, OURS), True
    return inspect(rendered, channel.lineup, channel.estates, renderer.profiles[profile], items=False), True


def _nothing(page: str, item: str, sentence: str, message: str = "") -> Rendered:
    where = f"{page}.{item}" if item else page
    finding = Finding(level="fault", page=where, screen=0, element="", sentence=sentence, message=message)
    return Rendered(page=page, scope="district", documents=(), assets={}, findings=(finding,))
