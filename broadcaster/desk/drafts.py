"""What a notice or a warning would look like on the television, while it is being written: its own screens, by the real
engine, with what preflight finds."""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from broadcaster.desk import ticker
from broadcaster.desk.correction import directory_of
from broadcaster.desk.notice import SOURCE, Notice, article
from broadcaster.desk.takeover import WARNINGS, Takeover, alert
from broadcaster.desk.ticker import TickerLine
from broadcaster.desk.words import desk_source, places_of
from channel import preflight
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.lineup import Page
from channel.paint.addresses import ALERTS, HOME
from channel.painting import MOST_SCREENS
from channel.render import Renderer
from channel.views.content import Album
from feeds.archive import Archive
from feeds.base.errors import ChannelError
from feeds.corrections import Correction, corrected
from feeds.records import AnyRecord, Guide
from feeds.source import Snapshot, records_digest

PROFILES = ("bitmap-hd", "bitmap-hd-large", "bitmap-sd")
"""Families whose pictures are shown: what they show is what the families with a browser show."""
_SHORTEST = timedelta(minutes=1)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The screens of a draft in one family: pictures as data addresses, and what was found."""

    profile: str
    title: str
    pictures: tuple[str, ...]
    findings: tuple[str, ...]

    @property
    def told(self) -> dict[str, object]:
        """As JSON has it."""
        return msgspec.structs.asdict(self)


class Drafts:
    """Paints drafts. Safe to share among threads, which take turns. Opens nothing until it is used."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._lock = threading.Lock()
        self._renderer: Renderer | None = None

    def shown(self, archive: Archive, notice: Notice, estate: str, moment: datetime) -> tuple[Shown, ...]:
        """The notice's own page, for each family that is served, as if it were on air at ``moment``. What goes
        wrong is a finding."""
        page = self._channel.lineup.page(notice.page)
        now = msgspec.structs.replace(notice, begins=moment, ends=max(notice.ends, moment))
        record = article(0, now, self._channel.estates)
        return self._said(archive, page, SOURCE, record, record.id, estate, moment)

    def warned(self, archive: Archive, takeover: Takeover, estate: str, moment: datetime) -> tuple[Shown, ...]:
        """Page 900 with the warning in force at ``moment``, in the same families."""
        page = self._channel.lineup.page(ALERTS)
        ends = max(takeover.ends, moment + _SHORTEST)
        now = msgspec.structs.replace(takeover, begins=moment, ends=ends, drill=False)
        record = alert(0, now, 0, self._channel.estates)
        return self._said(archive, page, desk_source(self._channel, WARNINGS), record, "", estate, moment)

    def guided(
        self, archive: Archive, guide: Guide, source: str, estate: str, moment: datetime
    ) -> tuple[Shown, ...]:
        """The guide's page, in the same families."""
        page = self._channel.lineup.page(guide.page)
        return self._said(archive, page, source, guide, "", estate, moment)

    def corrected(self, archive: Archive, correction: Correction, moment: datetime) -> tuple[Shown, ...]:
        """The record's own page where it has one, else the first page that lists its source, as corrected; for a stop
        or a line of a timetable the board of the estate nearest to it."""
        said = archive.latest(correction.source, everything=True)
        pages = [p for p in self._channel.lineup.pages.values() if correction.source in p.sources.values()]
        if said is None or not pages:
            return ()
        snapshot = corrected(said, [correction])
        if snapshot.amendments:
            page = next((page for page in pages if page.layout == "board"), pages[0])
            estate = self._nearest(archive, snapshot) if page.scope == "estate" else DISTRICT
            return self._shown(archive, page, snapshot, "", estate, moment)
        with self._lock:
            self._renderer = self._renderer or Renderer(self._channel)
            opens = [p for p in pages if correction.item in self._items(self._renderer, archive, p, snapshot, moment)]
        page, item = (opens[0], correction.item) if opens else (pages[0], "")
        return self._shown(archive, page, snapshot, item, DISTRICT, moment)

    def ticker(self, archive: Archive, words: TickerLine, moment: datetime) -> tuple[Shown, ...]:
        """The home page of the first estate that it is for, with the line in its ticker."""
        page, source = self._channel.lineup.page(HOME), ticker.source_of(self._channel)
        now = msgspec.structs.replace(words, begins=moment, ends=max(words.ends, moment + _SHORTEST))
        is_for_some = words.towns or words.estates or words.area
        estate = places_of(words, self._channel.estates)[0] if is_for_some else DISTRICT
        record = ticker.article(0, now, self._channel.estates)
        return self._said(archive, page, source, record, "", estate, moment)

    def lineup(self, archive: Archive, channel: Channel, page: str, moment: datetime) -> tuple[Shown, ...]:
        """A page of ``channel``, whose line-up is not on air, and the menu that leads to it."""
        renderer = Renderer(channel)
        wanted = dict.fromkeys((page, channel.lineup.parent(channel.lineup.page(page)) or page))
        found = []
        for name in (name for name in PROFILES if name in channel.profiles):
            shown = [
                self._one(
                    renderer, one, archive.latest_all(one.sources.values(), moment), "", DISTRICT, moment, name,
                    archive.picture,
                )
                for one in map(channel.lineup.page, wanted)
            ]  # fmt: skip
            pictures = tuple(picture for one in shown for picture in one.pictures)
            findings = tuple(dict.fromkeys(sentence for one in shown for sentence in one.findings))
            found.append(Shown(profile=name, title=shown[0].title, pictures=pictures, findings=findings))
        return tuple(found)

    def proposed(self, archive: Archive, page: Page, said: Snapshot, moment: datetime) -> tuple[Shown, ...]:
        """A page of this channel with what one of its sources would say, for the first estate where it differs."""
        place = next(iter(self._channel.estates), DISTRICT) if page.scope == "estate" else DISTRICT
        return self._shown(archive, page, said, "", place, moment)

    def _nearest(self, archive: Archive, snapshot: Snapshot) -> str:
        """The estate nearest to what is amended."""
        directory, amendment = directory_of(archive, snapshot), snapshot.amendments[-1]
        estates = self._channel.estates.values()
        there = {e.id: (e.lon, e.lat) for e in estates if e.lon is not None and e.lat is not None}
        found = directory.nearest(amendment, list(there.values())) if directory else None
        return DISTRICT if found is None else list(there)[found]

    def _items(
        self, renderer: Renderer, archive: Archive, page: Page, snapshot: Snapshot, moment: datetime
    ) -> frozenset[str]:
        """The ids of a page's items."""
        snapshots = {**archive.latest_all(page.sources.values()), snapshot.source: snapshot}
        try:
            return frozenset(item.id for item in renderer.content(page, DISTRICT, snapshots, moment).items)
        except ChannelError:
            return frozenset()

    def _said(
        self, archive: Archive, page: Page, source: str, record: AnyRecord, item: str, estate: str, moment: datetime
    ) -> tuple[Shown, ...]:
        digest = records_digest((record,))
        said = Snapshot(source=source, observed=moment, checked=moment, digest=digest, records=(record,))
        return self._shown(archive, page, said, item, estate, moment)

    def _shown(
        self, archive: Archive, page: Page, drafted: Snapshot, item: str, estate: str, moment: datetime
    ) -> tuple[Shown, ...]:
        found = {**archive.latest_all(page.sources.values()), drafted.source: drafted}
        with self._lock:
            renderer = self._renderer = self._renderer or Renderer(self._channel)
            profiles = [name for name in PROFILES if name in self._channel.profiles]
            album = archive.picture
            return tuple(self._one(renderer, page, found, item, estate, moment, name, album) for name in profiles)

    def _one(
        self,
        renderer: Renderer,
        page: Page,
        snapshots: Mapping[str, Snapshot],
        item: str,
        estate: str,
        moment: datetime,
        profile: str,
        album: Album,
    ) -> Shown:
        """The page's own screens, or those of its ``item``."""
        shape, say = renderer.profiles[profile], self._channel.say
        title = say(shape.title)
        try:
            content = renderer.content(page, estate, snapshots, moment)
            day = say.day_of(moment)
            if item:
                own = next(one for one in content.items if one.id == item)
                made = renderer.item(page.number, profile, own, day, most=MOST_SCREENS, album=album)
            else:
                made = renderer.painted(
                    page.number, estate, profile, content, day, items=False, most=MOST_SCREENS, album=album
                )  # fmt: skip
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
            findings=tuple(dict.fromkeys(f.said(say) for f in checked.findings)),
        )  # fmt: skip
