"""A release says what every page says for every estate, apart from its looks: painted again it is the same bytes."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from datetime import date, timedelta

import msgspec
import pytest
from conftest import EXAMPLE
from said_store import MOMENT, PROFILES, say, small_example, snapshots_of

from channel.estates import DISTRICT
from channel.folder import Channel
from channel.keys import key_of
from channel.release import Release
from channel.release.contents import (
    MOST_BOOKS,
    Entry,
    PageMap,
    Told,
    decode_map,
    encode_map,
    read_book,
    without_lost,
    written,
)
from channel.release.objects import BOOK
from channel.render import Renderer
from channel.views.content import Content, Item, List, ListRow
from channel.views.words import item_targets, item_words, read_content, read_item, words_of
from channel.words import Say
from feeds.base.clock import parse_moment
from feeds.base.errors import RenderError, StoreError

NOON = parse_moment("2026-11-24T12:00")
DAY = date(2026, 11, 24)


class Shelves:
    """A store in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, bytes], bytes] = {}

    def add(self, kind: int, data: bytes) -> bytes:
        key = key_of(data)
        self.kept[kind, key] = data
        return key

    def get(self, kind: int, key: bytes) -> bytes:
        if (kind, key) not in self.kept:
            raise StoreError(f"store: object {key.hex()} is missing")
        return self.kept[kind, key]


class Said:
    """What a scope is told, with its words and its items' as a view would say them."""

    def __init__(
        self, words: str, *, until: int = 0, items: tuple[str, ...] = (), day: date = DAY, placed: bool = False
    ) -> None:
        made = tuple(Item(id=ident, title=ident, layout="list", body=rows_of(ident)) for ident in items)
        end = NOON + timedelta(seconds=until) if until else None
        place = ("莘庄镇", "景城花苑") if placed else None
        self.content = Content(body=rows_of(words), items=made, place=place, valid_until=end)
        self.words = words_of(self.content)
        self.items = {item.id: item_words(item, self.content) for item in made}
        self.told = Told(key_of(self.words), placed, day, end)


def rows_of(title: str) -> List:
    return List(rows=(ListRow(to="", title=title),))


def lay_down(
    shelves: Shelves,
    base: PageMap,
    scopes: dict[str, Said],
    *,
    kept: dict[str, Entry] | None = None,
    failed: Collection[bytes] = (),
) -> PageMap:
    new = {key_of(words): words for said in scopes.values() for words in (said.words, *said.items.values())}
    district = scopes.get(DISTRICT)
    items = None if district is None else {ident: key_of(words) for ident, words in district.items.items()}
    told = {scope: said.told for scope, said in scopes.items()}
    page = written(base, told, items, new, kept=kept, add=shelves.add, get=shelves.get, failed=failed)
    assert decode_map(encode_map(page)) == page
    return page


def read(shelves: Shelves, page: PageMap, key: bytes) -> bytes:
    return read_book(shelves.get(BOOK, page.books[page.where[key]]))[key]


def test_equal_words_are_one_object() -> None:
    """Neither when a content ends nor its items are part of its hash."""
    shelves = Shelves()
    scopes = {"a": Said("x", until=60), "b": Said("x", until=90), DISTRICT: Said("y", items=("i1",))}
    page = lay_down(shelves, PageMap(), scopes)
    assert page.entries["a"].content == page.entries["b"].content != page.entries[DISTRICT].content
    assert page.entries["b"].until - page.entries["a"].until == 30 and page.entries[DISTRICT].until == 0
    assert len(page.books) == 1 and len(page.where) == 3
    assert read_content(read(shelves, page, page.entries["a"].content)) == Content(body=rows_of("x"))
    assert read_item(read(shelves, page, page.items["i1"])).title == "i1"
    assert page.entry("c") is page.entries[DISTRICT]


def test_a_page_tells_where_it_names_the_estate() -> None:
    """Only there does a home see bytes that no other estate sees, though it is told the same."""
    page = lay_down(Shelves(), PageMap(), {"a": Said("x", placed=True), DISTRICT: Said("x")})
    assert page.entries["a"].placed and not page.entries[DISTRICT].placed
    assert page.entries["a"].content != page.entries[DISTRICT].content


def test_the_content_before_is_kept_until_another_one_comes() -> None:
    """What may stand in for a page that fails on its first look."""
    shelves = Shelves()
    one, two, three = (key_of(Said(words).words) for words in ("one", "two", "three"))
    first = lay_down(shelves, PageMap(), {"a": Said("one")})
    second = lay_down(shelves, first, {"a": Said("two")})
    again = lay_down(shelves, second, {"a": Said("two", until=60, day=DAY + timedelta(days=1))})
    third = lay_down(shelves, again, {"a": Said("three")})
    assert first.entries["a"] == Entry(one, b"", DAY.toordinal(), 0)
    assert (second.entries["a"].content, second.entries["a"].before) == (two, one)
    assert (again.entries["a"].before, again.entries["a"].day) == (one, DAY.toordinal() + 1)
    assert (third.entries["a"].content, third.entries["a"].before) == (three, two)
    assert set(third.where) == {two, three}


def test_what_failed_its_checks_never_stands_in() -> None:
    """What stood before it stays in its place, and its own words go."""
    shelves = Shelves()
    one, two, three = (key_of(Said(words).words) for words in ("one", "two", "three"))
    page = lay_down(shelves, lay_down(shelves, PageMap(), {"a": Said("one")}), {"a": Said("two")})
    page = lay_down(shelves, page, {"a": Said("three")}, failed={two})
    assert (page.entries["a"].content, page.entries["a"].before) == (three, one)
    assert set(page.where) == {one, three}
    unfit = lay_down(shelves, lay_down(shelves, PageMap(), {"a": Said("one")}), {"a": Said("two")}, failed={one})
    assert unfit.entries["a"] == Entry(two, b"", DAY.toordinal(), 0)


def test_books_never_grow_many_and_lose_nothing() -> None:
    """A minute is a book of what is new; when they are many, what is needed is one again."""
    shelves, most = Shelves(), 0
    scopes = {f"e{n}": Said(f"old {n}") for n in range(20)} | {DISTRICT: Said("d", items=("i",))}
    page = lay_down(shelves, PageMap(), scopes)
    for minute in range(30):
        page = lay_down(shelves, page, {f"e{minute % 20}": Said(f"minute {minute}")})
        most = max(most, len(page.books))
        needed = {k for e in page.entries.values() for k in (e.content, e.before) if k} | set(page.items.values())
        assert set(page.where) == needed
        for key in needed:
            assert key_of(read(shelves, page, key)) == key
    assert most == MOST_BOOKS


def test_scopes_that_are_no_more_are_gone_with_their_words() -> None:
    """Nothing of theirs is needed; the items that the district said stay."""
    shelves = Shelves()
    page = lay_down(shelves, PageMap(), {"a": Said("x"), "b": Said("y"), DISTRICT: Said("z", items=("i",))})
    district = page.entries[DISTRICT]
    page = lay_down(shelves, page, {"a": Said("x")}, kept={DISTRICT: district})
    assert set(page.entries) == {"a", DISTRICT} and set(page.items) == {"i"} and len(page.where) == 3


def test_what_only_a_lost_book_held_is_not_taken_for_known() -> None:
    """Said again it is written again, though it be the same; what other books hold stays."""
    shelves = Shelves()
    first = lay_down(shelves, PageMap(), {"a": Said("x"), DISTRICT: Said("d", items=("i",))})
    page = lay_down(shelves, first, {"b": Said("y"), "a": Said("new")})
    [lost] = first.books
    del shelves.kept[BOOK, lost]
    left = without_lost(page, shelves.get)
    assert set(left.entries) == {"a", "b"} and left.entries["a"].before == b"" and left.items == {}
    again = lay_down(shelves, left, {DISTRICT: Said("d", items=("i",))})
    assert key_of(read(shelves, again, again.items["i"])) == again.items["i"] == page.items["i"]
    assert without_lost(again, shelves.get) is again


@pytest.mark.parametrize("data", [b"", b"nonsense", encode_map(PageMap(format=99))])
def test_what_cannot_be_read_is_named(data: bytes) -> None:
    """Damage, and a map of another time, are errors of the store and nothing worse."""
    for reader in (decode_map, read_book):
        with pytest.raises(StoreError):
            reader(data)


@pytest.mark.parametrize("words", [b"", b"nonsense", msgspec.msgpack.encode([1, 2]), msgspec.msgpack.encode({"a": 1})])
def test_words_of_another_time_are_not_painted(words: bytes) -> None:
    """They are whole, so it is no error of the store: whoever paints passes on to what was said before."""
    for reader in (read_content, read_item):
        with pytest.raises(RenderError):
            reader(words)


@pytest.mark.parametrize("size", [5, 27, 28, 31, 40, 255])
def test_every_item_that_words_lead_to_is_found_in_them(size: int) -> None:
    """However the string before and after it is written, and nowhere in what people wrote."""
    rows = tuple(ListRow(to=to, title="字" * size, summary="to: 201.h99") for to in ("201.h17", "201", "888.a1"))
    assert item_targets(words_of(Content(body=List(rows=rows)))) == {"201.h17", "888.a1"}
    item = Item(id="i", title="t" * size, layout="list", body=List(rows=(ListRow(to="111." + "x" * 24, title="t"),)))
    assert item_targets(item_words(item, Content(body=item.body))) == {"111." + "x" * 24}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Channel, Release]:
    """The example with three estates, and what all its pages say."""
    folder = tmp_path_factory.mktemp("said")
    shutil.copytree(EXAMPLE, folder / "channel", ignore=shutil.ignore_patterns("var", "records", "__pycache__"))
    (folder / "channel" / "records").symlink_to(EXAMPLE / "records", target_is_directory=True)
    channel = small_example(folder / "channel", folder / "state")
    return channel, say(channel, snapshots_of(channel))


@pytest.mark.slow
def test_words_that_were_read_are_the_same_words_again(example: tuple[Channel, Release]) -> None:
    """A picture is named by the words that were read, and whoever is asked for it looks them up by that name: they are
    found under it. Every content and every item of the example."""
    _, release = example
    found, lost = 0, []
    for page in release.pages:
        for scope, entry in release.map(page).entries.items():
            content = release.content(page, entry.content, entry.until, items=False)
            found += 1
            if key_of(words_of(content)) != entry.content:
                lost.append(f"{page} for {scope}")
            for ident in release.item_ids(page) if scope == DISTRICT else ():
                found += 1
                if key_of(item_words(release.item(page, ident), content)) != release.item_key(page, ident):
                    lost.append(f"{page}.{ident}")
    assert found > 1000 and lost == []


@pytest.mark.slow
def test_painted_from_a_release_a_page_is_the_same_bytes(example: tuple[Channel, Release]) -> None:
    """The example: every page for two scopes, asked, published, read again and painted in two families by a renderer
    that has never asked a view."""
    channel, release = example
    snapshots, asking, painting = snapshots_of(channel), Renderer(channel), Renderer(channel)
    day, items = Say().day_of(MOMENT), 0
    for page in channel.lineup.pages.values():
        for scope in (DISTRICT, "mh0002") if page.scope == "estate" else (DISTRICT,):
            entry = release.said(page.number, scope)
            assert entry is not None and date.fromordinal(entry.day) == day
            content = release.content(page.number, entry.content, entry.until)
            asked = asking.content(page, scope, snapshots, MOMENT)
            # One item of each page is enough to see that an item is whole.
            content, asked = (msgspec.structs.replace(one, items=one.items[:1]) for one in (content, asked))
            items += len(content.items)
            for profile in (PROFILES[0], PROFILES[2]):
                fresh = asking.painted(page.number, scope, profile, asked, day)
                again = painting.painted(page.number, scope, profile, content, day)
                assert again.documents == fresh.documents, (page.number, scope, profile)
                assert again.assets == fresh.assets and again.valid_until == fresh.valid_until
    assert items > 30
