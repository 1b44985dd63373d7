"""What an estate was shown at a moment, made again: asked from the archive's snapshots, proved by its hash, painted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from broadcaster.places import STORE
from broadcaster.tools.showing import album_of, declared_by
from channel.asking import Asker
from channel.fingerprint import engine
from channel.folder import Channel
from channel.keys import key_of
from channel.paint.output import Rendered
from channel.release import Air, Made, Served, Store
from channel.release.asrun import SIZE, items_digest
from channel.render import Renderer
from channel.views.content import Content
from channel.views.words import item_words, words_of
from feeds.archive import Archive
from feeds.base.errors import NotFound, StoreError
from feeds.source import Snapshot, Source, confirmed, confirmed_step


class Witness(msgspec.Struct, frozen=True):
    """A page made again. ``proved`` says that its words are those of the record, ``same_engine`` that the code is too;
    where it is another one, the words are the same and their look may not be."""

    rendered: Rendered
    proved: bool
    same_engine: bool
    same_declarations: bool = True

    @property
    def sentence(self) -> str:
        """For people."""
        words = "these are the words that were on air" if self.proved else "NOT PROVED: the archive says something else"
        look = "painted by the same engine" if self.same_engine else "painted by another engine: the look may differ"
        titles = "" if self.same_declarations else "; its declarations are gone: titles and order are those of today"
        return f"{words}; {look}{titles}"


class Told(msgspec.Struct, frozen=True):
    """What a page said, asked again, at the moment that it was made for; ``proved`` as of a ``Witness``."""

    content: Content
    moment: datetime
    proved: bool


def witness(channel: Channel, air: Air, page: str, profile: str) -> Witness:
    """Page ``page`` of ``air``, an answer of the as-run record of this channel's store. Raises NotFound for a page that
    was not on air, or of which nobody knows what it was made from."""
    then = _declared_then(channel, air)
    found, scope = told_again(then or channel, air, page), _served(air, page)[0].scope
    renderer = Renderer(then or channel)
    day = (then or channel).say.day_of(found.moment)
    rendered = renderer.painted(page, scope, profile, found.content, day, items=True, album=album_of(channel))
    return Witness(rendered, found.proved, air.engine == engine(), then is not None)


def told_again(channel: Channel, air: Air, page: str) -> Told:
    """What ``page`` of ``air`` said, asked of ``channel``, whose archive knows what sources had said by then. Raises as
    ``witness`` does."""
    served, made = _served(air, page)
    moment = datetime.fromtimestamp(made.moment, UTC)
    content = _asked(channel, served, page, moment)
    return Told(content, moment, _proved(content, served))


def _served(air: Air, page: str) -> tuple[Served, Made]:
    served = next((served for served in air.pages if served.page == page), None)
    if served is None:
        raise NotFound(f"page: found {page!r}, which was not on air then")
    if served.made is None:
        raise NotFound(f"page {page}: nobody knows any more what it was made from")
    return served, served.made


def _declared_then(channel: Channel, air: Air) -> Channel | None:
    """The channel as it was declared in that release; None when nobody has its record any more."""
    store = Store.open(channel.state / STORE)
    release = next((release for release in store.recent() if release.id == air.release), None)
    try:
        return declared_by(channel, release) if release is not None and release.root.declared else None
    except StoreError:
        return None


def _asked(channel: Channel, served: Served, page: str, moment: datetime) -> Content:
    """What the page says, over the snapshots of that moment."""
    declared = channel.lineup.page(page)
    archive = Archive.open(channel.archive_url, datasets=channel.datasets_folder)
    try:
        found = archive.latest_all(sorted(set(declared.sources.values())), moment)
    finally:
        archive.close()
    snapshots = {name: _as_known(channel.sources[name], snapshot, served, moment) for name, snapshot in found.items()}
    return Asker(channel).content(declared, served.scope, snapshots, moment)


def _as_known(source: Source, snapshot: Snapshot, served: Served, moment: datetime) -> Snapshot:
    """``snapshot`` as it was known then: the archive knows only the last time that a source confirmed it."""
    made = served.made.sources.get(source.id) if served.made else None
    if made is None or confirmed(source, snapshot).timestamp() == made[1]:
        return snapshot
    last = datetime.fromtimestamp(made[1], UTC) + confirmed_step(source) - timedelta(microseconds=1)
    return msgspec.structs.replace(snapshot, checked=min(last, moment))


def _proved(content: Content, served: Served) -> bool:
    words = key_of(words_of(content))[:SIZE].hex() == served.digest
    items = {item.id: key_of(item_words(item, content)) for item in content.items}
    return words and (not served.items or served.scope != "district" or items_digest(items).hex() == served.items)
