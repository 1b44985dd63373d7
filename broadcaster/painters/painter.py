"""A painter: a process that paints what the house orders. It is born in ``broadcaster.painters.nursery``.

It opens the store's releases and the declarations that are packed in them, never the channel's folder: these are laid
out in ``FOLDER``, which is its own. What it remembers is bounded by number, and by its own size: it says what it
weighs, and is replaced when that is too much.
"""

from __future__ import annotations

import itertools
import logging
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from broadcaster.painters.cache import ROOM, Cache
from broadcaster.painters.keys import Recipe, ground_of, recipe
from broadcaster.painters.wire import (
    ASSETS,
    DRAFT,
    PID,
    READY,
    Done,
    Order,
    PaintedPage,
    Picture,
    decode_order,
    encode,
    file_of,
)  # fmt: skip
from broadcaster.places import PAINTED, STORE
from channel.declared import unpack_folder
from channel.fingerprint import engine
from channel.folder import Channel
from channel.memory import Shelf
from channel.paint import raster
from channel.paint.icons import icon_folder, icon_names
from channel.paint.output import MEDIA, Asset
from channel.paint.palette import ramp_of
from channel.paint.pictures import IconOf, PictureOf, icon_name, named, svg_of
from channel.painting import Choice, choose, pictures, plain, said
from channel.profiles.terminals import TERMINALS, Terminal
from channel.release import Release, Store
from channel.release.objects import MAP
from channel.release.tree import unit_of
from channel.render import Renderer
from channel.telling import tell
from channel.verdicts import Verdict, Verdicts
from feeds.base.children import framed, own, receive, settle
from feeds.base.errors import ChannelError, NotFound, StoreError

log = logging.getLogger(__name__)

_RELEASES, _DECLARED = 4, 2
_REMEMBERED = 16
"""Painted pages: what was painted is in the cache, and comes from there."""
_MAPS = 128
_TOLD = 4096
_NEAR = 24
"""Releases that are looked through for a picture at once."""
_SEARCH_S = 10.0
_WIDEST = 400
"""Pixels of an icon."""
_WEIGHED = 16
"""Pages from one look at its own size to the next."""
_NICE = 10
"""Hits go first: a painter takes what answering leaves."""


class Studio:
    """What paints: a store, the releases that were asked for last, a renderer for each of their declarations."""

    def __init__(
        self, state: Path, folder: Path | None = None, room: int = ROOM, known: Mapping[str, Renderer] | None = None
    ) -> None:
        """``known``: renderers that are there already, by their declarations."""
        self._store = Store.open(state / STORE, cache=_MAPS)
        self._cache = Cache(state / PAINTED, room)
        self._folder = folder
        self._releases: Shelf[Release] = Shelf(_RELEASES)
        self._renderers: Shelf[Renderer] = Shelf(_DECLARED)
        for declared, renderer in (known or {}).items():
            self._renderers.put(declared, renderer)
        self._verdicts = Verdicts(state)
        self._told: Shelf[Verdict] = Shelf(_TOLD)
        self._searches = 0.0

    def do(self, order: Order) -> Done:
        """Paint what is ordered, and put it into the cache. Raises nothing that a page could be blamed for."""
        try:
            return self._picture(order) if order.profile == ASSETS else self._painted(order)
        except NotFound:
            return Done("gone")
        except ChannelError as error:
            log.error("not painted", extra={"release": order.release, "document": order.name, "error": str(error)})
        except Exception:
            log.exception("not painted", extra={"release": order.release, "document": order.name})
        return Done("failed")

    def _painted(self, order: Order) -> Done:
        release = self._releases.get(order.release, lambda: self._release(order.release))
        renderer = self._renderer(release.root.declared)
        family = TERMINALS.get(order.profile) or renderer.profiles.get(order.profile)
        if family is None:
            raise NotFound(f"profile: found {order.profile!r}")
        if order.words and not order.plain:
            return self._drafted(order, renderer)
        found = recipe(release, family, order.estate, order.name, engine())
        if found is None:
            raise NotFound(f"{order.name}: release {order.release} says nothing there")
        if not found.page:
            return self._script(order, found.key, renderer)
        if isinstance(family, Terminal):
            choice = self._on_terminal(order, found, release, renderer)
        elif order.plain:
            choice = plain(renderer, found.page, order.profile, found.item)
        else:
            choice = choose(renderer, release, found.page, order.estate, order.profile, found.item)
        self._tell(found, order.profile, release, choice)
        return self._done(order, found.key, choice)

    @staticmethod
    def _drafted(order: Order, renderer: Renderer) -> Done:
        """Words that are not on air, for whoever looks at them before."""
        number, item = unit_of(order.name) or ("", "")
        rendered = said(renderer, number, order.estate, order.profile, order.words, order.day, item)
        files = {document.name: file_of(document) for document in rendered.documents}
        return Done("painted", PaintedPage(order.key, files, "content", rendered.findings, _pictures(rendered.assets)))

    def _release(self, ident: str) -> Release:
        return self._store.draft(ident[1:]) if ident.startswith(DRAFT) else self._store.release(ident)

    @staticmethod
    def _on_terminal(order: Order, found: Recipe, release: Release, renderer: Renderer) -> Choice:
        """A page for a terminal, which has no screens to check."""
        terminals = renderer.terminals
        if not order.plain:
            return tell(terminals, release, found.page, order.estate, order.profile, found.item)
        rendered = terminals.unavailable(found.page, order.estate, order.profile, found.item)
        return Choice(rendered, "unsaid", ())

    def _script(self, order: Order, key: bytes, renderer: Renderer) -> Done:
        own = order.profile in TERMINALS
        documents = renderer.terminals.files(order.profile) if own else renderer.scripts(order.profile)
        page = PaintedPage(key, {document.name: file_of(document) for document in documents})
        return Done("painted", page, cached=self._cache.put(page, {}))

    def _done(self, order: Order, key: bytes, choice: Choice) -> Done:
        rendered = choice.rendered
        page = PaintedPage(key, {d.name: file_of(d) for d in rendered.documents}, choice.shown, choice.findings)
        pictures = _pictures(rendered.assets)
        # What stands in because of our own trouble must not stay.
        kept = order.kept and not order.plain and choice.lasting
        cached = kept and self._cache.put(page, pictures)
        if order.pictures or (kept and not cached):
            page = PaintedPage(page.key, page.documents, page.shown, page.findings, pictures)
        return Done("painted", page, cached=cached or not kept, sound=choice.shown == "content")

    def _tell(self, found: Recipe, profile: str, release: Release, choice: Choice) -> None:
        """Write down what was found, each thing once."""
        if (choice.shown == "content" and not choice.findings) or not choice.lasting or found.entry is None:
            return
        said = release.item_key(found.page, found.item) or b"" if found.item else found.entry.content
        verdict = Verdict(
            page=found.page, item=found.item, said=said.hex(), profile=profile,
            ground=ground_of(engine(), release.root.declared).hex(), shown=choice.shown, findings=choice.findings,
        )  # fmt: skip
        if self._told.find(verdict) is None:
            self._verdicts.note(self._told.put(verdict, verdict))

    # Pictures by their names alone

    def _picture(self, order: Order) -> Done:
        """Paint the picture of a document that somebody else gave out."""
        of = named(order.name)
        found: dict[str, Asset] = {}
        if isinstance(of, PictureOf):
            found = self._pictures_of(of)
        elif of is not None:
            found = self._icon(order.name, of)
        if order.name not in found:
            raise NotFound(f"{order.name}: no release of the last day leads to it")
        pictures = _pictures(found)
        cached = self._cache.keep(pictures)
        return Done("painted", PaintedPage(order.key, {}, pictures={order.name: pictures[order.name]}), cached=cached)

    def _pictures_of(self, of: PictureOf) -> dict[str, Asset]:
        for renderer in self._grounds():
            profile = next((name for name in renderer.profiles if renderer.look(name) == of.look), "")
            if profile:
                if of.day is None:
                    return pictures(renderer, of, profile, b"")
                release, words = self._words(of)
                return pictures(renderer, of, profile, words, partial(release.picture, of.page))
        return {}

    def _grounds(self) -> Iterator[Renderer]:
        """One for each of the declarations that the releases of the last day were painted by, the newest first."""
        seen: set[str] = set()
        for release in self._store.recent():
            declared = release.root.declared
            if declared and declared not in seen:
                seen.add(declared)
                yield self._renderer(declared)
            if len(seen) == _DECLARED:
                return

    def _words(self, of: PictureOf) -> tuple[Release, bytes]:
        """The newest release that says the words of that hash, and what they are. Those of the whole day are looked
        through seldom: a name that was made up must not cost more than a page."""
        seen: set[str] = set()
        for number, release in enumerate(self._store.recent()):
            if number == _NEAR:
                if time.monotonic() < self._searches:
                    raise NotFound("releases of the last day are looked through once in a while")
                self._searches = time.monotonic() + _SEARCH_S
            key = release.root.map_of(of.page)
            if key not in seen:
                seen.add(key)
                with suppress(ChannelError):
                    return release, release.words(of.page, of.said)
        raise NotFound(f"{of.page}: no release of the last day says {of.said.hex()}")

    def _icon(self, name: str, of: IconOf) -> dict[str, Asset]:
        if not (0 < of.w <= _WIDEST and 0 < of.h <= _WIDEST):
            return {}
        for renderer in self._grounds():
            layouts = renderer.channel.layouts
            folder = icon_folder(layouts)
            found = next((icon for icon in sorted(icon_names(folder)) if svg_of(icon, folder) == of.svg), "")
            ink, ground = f"#{of.ink}", f"#{of.ground}"
            if found and icon_name(found, of.w, of.h, ink, ground, folder) == name:
                pixels = raster.paint(raster.icon(found, of.w, of.h, folder), ramp_of(ink, ground))
                return {name: Asset((pixels,), "png", name)}
        return {}

    def _renderer(self, declared: str) -> Renderer:
        return self._renderers.get(declared, lambda: opened(self._store, declared, self._folder))


def _pictures(assets: Mapping[str, Asset]) -> dict[str, Picture]:
    return {name: Picture(MEDIA[asset.ext], asset.body) for name, asset in assets.items()}


def opened(store: Store, declared: str, within: Path | None) -> Renderer:
    """A renderer of those declarations, which are laid out in a folder of their own in ``within``. Raises StoreError,
    PersonError."""
    if not declared:
        raise StoreError("a release without declarations", hint="build the channel anew")
    folder = Path(tempfile.mkdtemp(prefix="declared-", dir=within))
    unpack_folder(store.object(MAP, bytes.fromhex(declared)), folder)
    renderer = Renderer(Channel.open(folder), remembered=_REMEMBERED)
    weakref.finalize(renderer, _remove, folder, os.getpid())
    return renderer


def _remove(folder: Path, owner: int) -> None:
    # A fork has its parent's renderer, and not its folder.
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def paint(life: int, number: int, studio: Studio, *, idle: bool = False) -> None:
    """Paint until there is no more to do: orders come by the socket ``number``, and the process ends with the pipe
    ``life``."""
    connection = settle(life, number)
    with suppress(OSError):
        # What ``ps -o comm`` and ``top`` call it: the rest of its name is that of the process that bore it.
        Path("/proc/self/comm").write_text("painter", encoding="ascii")
        os.nice(_NICE)
        if idle:
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    weight = 0
    connection.sendall(framed(READY + os.getpid().to_bytes(PID, "big")))
    for order in itertools.count():
        message = receive(connection)
        if not message:
            return
        done = studio.do(decode_order(message))
        if order % _WEIGHED == 0:
            weight = own()
        connection.sendall(framed(encode(Done(done.status, done.page, done.cached, done.sound, weight))))
