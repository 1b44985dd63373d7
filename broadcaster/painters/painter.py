"""``python -m broadcaster.painters.painter LIFE SOCKET STATE FOLDER ROOM MEMORY``: paints what the house orders.

It opens the store's releases and the declarations that are packed in them, never the channel's folder: these are laid
out in ``FOLDER``, which is its own. What it remembers is bounded by number, and by its own size: a painter that has
grown heavy says so and is replaced.
"""

from __future__ import annotations

import gc
import logging
import os
import shutil
import sys
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

from broadcaster.painters.cache import ROOM, Cache
from broadcaster.painters.keys import ground_of, recipe, script_key
from broadcaster.painters.wire import (
    READY,
    Done,
    Order,
    PaintedFile,
    PaintedPage,
    Picture,
    decode_order,
    encode,
)
from broadcaster.places import PAINTED, STORE
from channel.build.jobs import unpack_folder
from channel.estates import DISTRICT
from channel.fingerprint import engine
from channel.memory import Shelf
from channel.paint.output import MEDIA, PaintedDocument, Rendered
from channel.painting import Choice, choose, plain
from channel.release import Release, Store
from channel.release.artefact import add_document
from channel.release.objects import MAP
from channel.release.tree import REMOTE, group_of, unit_of
from channel.render import Renderer
from channel.settings import Channel
from feeds.base.children import framed, receive, resident, settle
from feeds.base.errors import ChannelError, NotFound, StoreError

log = logging.getLogger(__name__)

_RELEASES, _DECLARED = 8, 2
_MAPS = 512
_NICE = 5
"""Hits go first: a painter takes what answering leaves."""


class Studio:
    """What paints: a store, the releases that were asked for last, a renderer for each of their declarations."""

    def __init__(self, state: Path, folder: Path | None = None, room: int = ROOM) -> None:
        self._store = Store.open(state / STORE, cache=_MAPS)
        self._cache = Cache(state / PAINTED, room)
        self._folder = folder
        self._releases: Shelf[Release] = Shelf(_RELEASES)
        self._renderers: Shelf[Renderer] = Shelf(_DECLARED)

    def do(self, order: Order) -> Done:
        """Paint what is ordered, and put it into the cache. Raises nothing that a page could be blamed for."""
        try:
            return self._painted(order)
        except NotFound:
            return Done("gone")
        except ChannelError as error:
            log.error("not painted", extra={"release": order.release, "document": order.name, "error": str(error)})
        except Exception:
            log.exception("not painted", extra={"release": order.release, "document": order.name})
        return Done("failed")

    def warm_up(self) -> None:
        """Load what every page needs, by painting the first page of what is on air."""
        with suppress(ChannelError):
            release = self._store.current()
            if release is None or not release.root.declared:
                return
            renderer = self._renderer(release.root.declared)
            kinds = {renderer.profiles[name].kind: name for name in reversed(renderer.channel.settings.profiles)}
            for page in sorted(release.root.contents)[:1]:
                for profile in kinds.values():
                    choose(renderer, release, page, DISTRICT, profile)

    def _painted(self, order: Order) -> Done:
        release = self._releases.get(order.release, lambda: self._store.release(order.release))
        renderer = self._renderer(release.root.declared)
        if order.profile not in renderer.profiles:
            raise NotFound(f"profile: found {order.profile!r}")
        if group_of(order.name) == REMOTE:
            return self._script(order, release, renderer)
        found = recipe(release, renderer.profiles[order.profile], order.estate, order.name, engine())
        if found is None:
            raise NotFound(f"{order.name}: release {order.release} says nothing there")
        page, _, item = unit_of(order.name).partition(".")
        if order.plain:
            choice = plain(renderer, page, order.profile, item)
        else:
            choice = choose(renderer, release, page, order.estate, order.profile, item)
        return self._done(order, found.key, choice)

    def _script(self, order: Order, release: Release, renderer: Renderer) -> Done:
        document = renderer.script(order.profile)
        if document is None:
            raise NotFound(f"script: {order.profile} runs none")
        key = script_key(order.profile, ground_of(engine(), release.root.declared))
        page = PaintedPage(key, {document.name: _file(document)})
        return Done("painted", page, cached=self._cache.put(page, {}))

    def _done(self, order: Order, key: bytes, choice: Choice) -> Done:
        rendered = choice.rendered
        page = PaintedPage(key, {d.name: _file(d) for d in rendered.documents}, choice.shown, choice.findings)
        pictures = _pictures(rendered)
        # What stands in because of our own trouble must not stay.
        kept = not order.plain and choice.lasting
        cached = kept and self._cache.put(page, pictures)
        if order.pictures or not cached:
            page = PaintedPage(page.key, page.documents, page.shown, page.findings, pictures)
        return Done("painted", page, cached=cached or not kept, sound=choice.shown == "content")

    def _renderer(self, declared: str) -> Renderer:
        return self._renderers.get(declared, lambda: self._opened(declared))

    def _opened(self, declared: str) -> Renderer:
        if not declared:
            raise StoreError("a release without declarations", hint="build the channel anew")
        folder = Path(tempfile.mkdtemp(prefix="declared-", dir=self._folder))
        unpack_folder(self._store.object(MAP, bytes.fromhex(declared)), folder)
        renderer = Renderer(Channel.open(folder), unbuilt=True)
        weakref.finalize(renderer, shutil.rmtree, folder, ignore_errors=True)
        return renderer


def _file(document: PaintedDocument) -> PaintedFile:
    parts: dict[bytes, bytes] = {}

    def add(kind: int, data: bytes, key: bytes) -> bytes:
        parts[key] = data
        return key

    artefact = add_document(add, document)
    return PaintedFile(artefact, b"".join([parts[key] for key in artefact.parts]))


def _pictures(rendered: Rendered) -> dict[str, Picture]:
    return {name: Picture(MEDIA[asset.ext], asset.body) for name, asset in rendered.assets.items()}


def main(arguments: list[str]) -> None:
    """Paint until there is no more to do."""
    connection = settle(int(arguments[0]), int(arguments[1]))
    with suppress(OSError):
        os.nice(_NICE)
    studio = Studio(Path(arguments[2]), Path(arguments[3]), int(arguments[4]))
    memory = int(arguments[5])
    studio.warm_up()
    gc.collect()
    # What is loaded by now stays: looking through it again and again would cost as much as painting.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    connection.sendall(framed(READY))
    while message := receive(connection):
        done = studio.do(decode_order(message))
        if resident() > memory:
            done = Done(done.status, done.page, done.cached, done.sound, heavy=True)
        connection.sendall(framed(encode(done)))


if __name__ == "__main__":
    main(sys.argv[1:])
