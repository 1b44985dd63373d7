"""Text in, answer out. Every word of an answer is of the release on air; nothing is invented."""

from __future__ import annotations

import logging
import re
import threading
import unicodedata
from collections.abc import Sequence

import msgspec

from broadcaster.talk.accounts import Accounts
from broadcaster.talk.index import Hit, Index, name_of, plain
from broadcaster.talk.lines import fitted, lines_of
from channel.estates import DISTRICT, Estate
from channel.folder import Channel
from channel.heading import source_line
from channel.lineup import Page
from channel.paint.addresses import ALERTS, HOME
from channel.paint.portal import read_notice
from channel.release import Release, Store
from channel.views.content import Body, SourceLine
from channel.words import N_
from feeds.base.clock import Clock
from feeds.base.errors import ChannelError, NotFound

_LOG = logging.getLogger(__name__)
MOST_ASKED = 200
"""Letters of a question that are looked at."""
_NUMBER = re.compile(r"(?P<page>[1-9][0-9]{2})(?:\.(?P<item>[a-z0-9]{1,24}))?")
_PAGE = re.compile(r"(?<![0-9])[1-9][0-9]{2}(?![0-9])")
_AROUND = " \t\n#.,;:!?。，；：！？、"
"""What stands around a word and says nothing."""
_FAR_KM = 30.0
_ALSO = 3
"""Further pages and items that an answer names."""
_FORGET = N_("forget me")


class Link(msgspec.Struct, frozen=True):
    """Where there is more: a page or an item."""

    target: str
    title: str
    url: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered: a title, a few lines, whose data and as of when, and where there is more."""

    title: str
    lines: tuple[str, ...] = ()
    source: str = ""
    links: tuple[Link, ...] = ()
    """The first is the page itself."""
    alert: str = ""
    """The warning in force where the account lives: it comes before everything."""

    def text(self, most: int) -> str:
        """As one message of at most ``most`` bytes of UTF-8."""
        url = self.links[0].url if self.links else ""
        head, foot = filter(None, (self.alert, self.title)), filter(None, (self.source, url))
        return fitted([*head], self.lines, [*foot], most)


class Talk:
    """Answers from the release on air of a channel. Safe to share among threads.

    ``portal`` is the address below which the pages stand on a phone (``https://life.example.org``); empty: no links.
    """

    def __init__(self, channel: Channel, store: Store, accounts: Accounts, clock: Clock, portal: str = "") -> None:
        self._channel, self._store, self._accounts, self._clock = channel, store, accounts, clock
        self._say, self._portal = channel.say, portal.rstrip("/")
        self._lock = threading.Lock()
        self._index: Index | None = None

    def answer(self, text: str, account: str = "", estate: str = "") -> Answer:
        """The answer to what somebody writes. ``account`` is whose estate is remembered (empty: nobody's); ``estate``
        goes before that. Raises StoreError."""
        release = self._release()
        where = estate or self._accounts.estate(account)
        where = where if where in self._channel.estates else DISTRICT
        made = self._answer(release, _legible(text), account, where)
        return msgspec.structs.replace(made, alert=self._alert(release, where))

    def _answer(self, release: Release, asked: str, account: str, where: str) -> Answer:
        if not asked:
            return self.greeting(where)
        if plain(asked) in {plain(self._say(_FORGET)), plain(_FORGET)}:
            return self._forgotten(account)
        if number := _NUMBER.fullmatch(asked):
            return self._numbered(release, number["page"], number["item"] or "", where)
        if (chosen := self._estate(asked)) is not None:
            return self._chosen(account, chosen)
        return self._found(release, asked, where)

    def at(self, lon: float, lat: float, account: str = "") -> Answer:
        """The estate at a position (WGS 84, degrees), remembered for the account."""
        near = [(d, e) for e in self._channel.estates.values() if (d := e.distance_km(lon, lat)) is not None]
        distance, estate = min(near, key=lambda pair: pair[0], default=(_FAR_KM, None))
        if estate is None or distance >= _FAR_KM:
            say = self._say
            return Answer(title=say("No estate of {district} is near there", district=self._channel.settings.district))
        return self._chosen(account, estate)

    def greeting(self, where: str = DISTRICT) -> Answer:
        """What there is, for somebody who is new or says nothing that can be read."""
        say, lineup = self._say, self._channel.lineup
        menus = [page for page in lineup.pages.values() if page.layout == "menu" and page.number != HOME]
        lines = [
            say("Send a page number, or a word such as the name of a place."),
            *(f"{page.number} {page.title}" for page in menus),
        ]
        if where == DISTRICT:
            lines.append(say("Send your position or the name of your estate, and answers are for your home."))
        return Answer(title=self._channel.settings.title, lines=tuple(lines), links=(self._link(HOME, where),))

    def _alert(self, release: Release, where: str) -> str:
        """The warning in force there, with the page that says what to do; empty where there is none."""
        notice = read_notice(release.alert(where))
        return self._say("Warning in force: {headline} ({page})", headline=notice.text, page=ALERTS) if notice else ""

    # --- what can be asked ------------------------------------------------------------------------------------------

    def _numbered(self, release: Release, number: str, ident: str, where: str) -> Answer:
        page = self._channel.lineup.pages.get(number)
        if page is None or number not in release.pages:
            return self._not_found(release, number)
        if ident:
            try:
                return self._item(release, page, ident)
            except NotFound:
                return self._not_found(release, number)
        return self._page(release, page, where)

    def _found(self, release: Release, asked: str, where: str) -> Answer:
        # The index may be of the release before: what it names may be gone.
        hits = [hit for hit in self._known(release).find(asked) if _is_there(release, hit.target)]
        if not hits or not hits[0].sure:
            numbers = _PAGE.findall(asked)
            if len(numbers) == 1 and numbers[0] in release.pages:
                # As one speaks of it: page 201, please.
                return self._numbered(release, numbers[0], "", where)
        if not hits:
            return self._not_found(release, asked)
        best = hits[0]
        if not best.sure:
            title = self._say("Nothing is called {words}. Near it are:", words=asked[:20])
            return self._offered(title, hits, where)
        number, _, ident = best.target.partition(".")
        page = self._channel.lineup.pages[number]
        made = self._item(release, page, ident) if ident else self._page(release, page, where)
        others = {hit.title: hit for hit in hits[1:] if hit.title != best.title}
        further = [self._link(hit.target, where, hit.title) for hit in list(others.values())[:_ALSO]]
        also = self._say.joined(_named(link.target, link.title) for link in further)
        source = " ".join(filter(None, (made.source, also and self._say("See also: {pages}", pages=also))))
        return msgspec.structs.replace(made, source=source, links=(*made.links, *further))

    def _not_found(self, release: Release, asked: str) -> Answer:
        title = self._say("{words} is not there.", words=asked[:20])
        return self._offered(title, self._nearest_pages(release, asked), DISTRICT)

    def _nearest_pages(self, release: Release, asked: str) -> Sequence[Hit]:
        """The three pages whose numbers are nearest; of words the page that lists all services, and the menus."""
        lineup = self._channel.lineup
        numbers = [number for number in release.pages if number in lineup.pages and not lineup.pages[number].unlisted]
        if asked.isdecimal():
            numbers.sort(key=lambda number: (abs(int(number) - int(asked)), number))
        else:
            everything = [number for number in numbers if lineup.pages[number].view == "services"]
            numbers = [*everything, *(number for number in numbers if lineup.pages[number].layout == "menu")]
        return [Hit(number, lineup.pages[number].title, sure=False) for number in numbers[:3]]

    def _offered(self, title: str, hits: Sequence[Hit], where: str) -> Answer:
        links = tuple(self._link(hit.target, where, hit.title) for hit in hits)
        return Answer(title=title, lines=tuple(_named(hit.target, hit.title) for hit in hits), links=links)

    def _page(self, release: Release, page: Page, where: str) -> Answer:
        entry = release.said(page.number, where)
        if entry is None:
            return self._not_found(release, page.number)
        content = release.content(page.number, entry.content, items=False)
        place = content.place[-1] if content.place else ""
        title = " ".join(filter(None, (page.number, page.title, place and f"· {place}")))
        return self._said(title, content.body, content.sources, self._link(page.number, where, page.title))

    def _item(self, release: Release, page: Page, ident: str) -> Answer:
        item = release.item(page.number, ident)
        link = self._link(f"{page.number}.{ident}", DISTRICT, name_of(item))
        return self._said(f"{page.number} {name_of(item)}", item.body, item.sources or (), link)

    def _said(self, title: str, body: Body, sources: tuple[SourceLine, ...], link: Link) -> Answer:
        today = self._say.day_of(self._clock.now())
        source = source_line(sources, today, self._say, short=False).forms[0] if sources else ""
        return Answer(title=title, lines=tuple(lines_of(body, self._say)), source=source, links=(link,))

    # --- estates ----------------------------------------------------------------------------------------------------

    def _estate(self, asked: str) -> Estate | None:
        """The estate of that very name, if it is one alone."""
        wanted = plain(asked)
        named = [estate for estate in self._channel.estates.values() if wanted in (plain(estate.name), estate.id)]
        return named[0] if len(named) == 1 else None

    def _chosen(self, account: str, estate: Estate) -> Answer:
        say = self._say
        self._accounts.remember(account, estate.id, self._clock.now())
        lines = [say("Answers are for this estate from now on.")] if account else []
        if account:
            lines.append(say("Send “{words}”, and it is forgotten.", words=say(_FORGET)))
        title = say("Your estate is {estate}, {town}", estate=estate.name, town=estate.town)
        return Answer(title=title, lines=tuple(lines), links=(self._link(HOME, estate.id),))

    def _forgotten(self, account: str) -> Answer:
        self._accounts.forget(account)
        return Answer(title=self._say("Nothing is remembered of you any more."))

    # --- the release ------------------------------------------------------------------------------------------------

    def _release(self) -> Release:
        release = self._store.current()
        if release is None or not release.has_pages:
            raise ChannelError(self._say("The channel is being prepared. Please ask again in a minute."))
        return release

    def prepare(self) -> None:
        """Make the index of what is on air, so that nobody's question waits for it. Raises StoreError."""
        release = self._store.current()
        if release is not None and release.has_pages:
            with self._lock:
                if self._index is None or self._index.release != release.id:
                    self._index = Index(release, self._channel.lineup, self._say, self._index)

    def _known(self, release: Release) -> Index:
        """The index of the release, or of the one before while another is made."""
        if self._index is None:
            self.prepare()
        known = self._index
        if known is None:
            raise ChannelError(self._say("The channel is being prepared. Please ask again in a minute."))
        if known.release != release.id and not self._lock.locked():
            threading.Thread(target=self._prepare, name="index", daemon=True).start()
        return known

    def _prepare(self) -> None:
        try:
            self.prepare()
        except ChannelError as error:
            _LOG.error("what can be asked is that of a release before", extra={"error": str(error)})

    def _link(self, target: str, where: str, title: str = "") -> Link:
        path = f"/m/i/{target}" if "." in target else f"/m/{where}/{target}"
        return Link(target=target, title=title, url=f"{self._portal}{path}" if self._portal else "")


def _is_there(release: Release, target: str) -> bool:
    page, _, ident = target.partition(".")
    return page in release.pages and (not ident or ident in release.item_ids(page))


def _legible(text: str) -> str:
    """What somebody wrote, as it is looked up and said back: letters of any width as plain ones, nothing unseen."""
    # Cut on both sides: one letter may stand for eighteen.
    spelt = unicodedata.normalize("NFKC", text[:MOST_ASKED])[:MOST_ASKED]
    kept = (" " if char.isspace() else char for char in spelt)
    return "".join(char for char in kept if unicodedata.category(char)[0] != "C").strip(_AROUND)


def _named(target: str, title: str) -> str:
    """A page with its number; the ids of items are nobody's words."""
    return title if "." in target else f"{target} {title}"
