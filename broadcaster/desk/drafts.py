"""What a notice would look like on the television, while it is being written: its own screens, by the real engine, with
what preflight finds."""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from datetime import datetime

import msgspec

from broadcaster.desk.notice import SOURCE, Notice, article
from channel import preflight
from channel.painting import MOST_SCREENS
from channel.render import Renderer
from channel.settings import Channel
from feeds.archive import Archive
from feeds.base.errors import ChannelError
from feeds.source import Snapshot

PROFILES = ("bitmap-hd", "bitmap-hd-large", "bitmap-sd")
"""Families whose pictures are shown: what they show is what the families with a browser show."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The screens of a draft in one family: pictures as data addresses, and what was found."""

    profile: str
    title: str
    pictures: tuple[str, ...]
    findings: tuple[str, ...]


class Drafts:
    """Paints drafts. Safe to share among threads, which take turns. Opens nothing until it is used."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._lock = threading.Lock()
        self._renderer: Renderer | None = None

    def shown(self, archive: Archive, notice: Notice, estate: str, moment: datetime) -> tuple[Shown, ...]:
        """The notice's own page, for each family that is served, as if it were on air at ``moment``. What goes
        wrong is a finding."""
        with self._lock:
            if self._renderer is None:
                self._renderer = Renderer(self._channel)
            return tuple(
                self._one(self._renderer, archive, notice, estate, moment, name)
                for name in PROFILES
                if name in self._channel.profiles
            )

    def _one(
        self, renderer: Renderer, archive: Archive, notice: Notice, estate: str, moment: datetime, profile: str
    ) -> Shown:
        title = renderer.profiles[profile].title
        page = self._channel.lineup.page(notice.page)
        now = msgspec.structs.replace(notice, begins=moment, ends=max(notice.ends, moment))
        record = article(0, now, self._channel.estates)
        drafted = Snapshot(source=SOURCE, observed=moment, checked=moment, digest=notice.digest, records=(record,))
        snapshots: Mapping[str, Snapshot] = {**archive.latest_all(page.sources.values()), SOURCE: drafted}
        try:
            content = renderer.content(page, estate, snapshots, moment)
            item = next(item for item in content.items if item.id == record.id)
            day = self._channel.say.day_of(moment)
            made = renderer.item(page.number, profile, item, day, most=MOST_SCREENS)
            shape = renderer.profiles[profile]
            checked = preflight.inspect(made, self._channel.lineup, self._channel.estates, shape, items=False)
        except (ChannelError, StopIteration) as error:
            return Shown(profile=profile, title=title, pictures=(), findings=(str(error),))
        pictures = tuple(
            "data:image/png;base64," + base64.b64encode(asset.body).decode()
            for document in made.documents
            if document.name.endswith(".png") and document.location
            and (asset := made.assets.get(document.location.rpartition("/")[2]))
        )  # fmt: skip
        return Shown(
            profile=profile, title=title, pictures=pictures,
            findings=tuple(dict.fromkeys(f.sentence for f in checked.findings)),
        )  # fmt: skip
