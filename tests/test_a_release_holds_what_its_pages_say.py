"""A release says what every page says for every estate, apart from its looks: painted again it is the same bytes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from channel.asking import Asker
from channel.estates import DISTRICT
from channel.release.contents import (
    Entry,
    PageMap,
    Told,
    decode_map,
    encode_map,
    read_book,
    read_content,
    read_item,
    words_of,
    written,
)
from channel.keys import key_of
from channel.release.objects import BOOK
from channel.views.content import Content, Item, List, ListRow
from feeds.base.clock import parse_moment
from feeds.base.errors import StoreError

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
        return self.kept[kind, key]


def told(words: str, *, until: int = 0, items: tuple[str, ...] = (), day: date = DAY) -> Told:
    rows = (ListRow(to="", title=words),)
    bodies = {ident: List(rows=(ListRow(to="", title=ident),)) for ident in items}
    made = tuple(Item(id=ident, title=ident, layout="list", body=body) for ident, body in bodies.items())
    content = Content(body=List(rows=rows), items=made, valid_until=NOON + timedelta(seconds=until))
    return Told(content, day, content.valid_until if until else None)


def say(shelves: Shelves, base: PageMap, scopes: dict[str, Told], *, kept: dict[str, Entry] | None = None) -> PageMap:
    page = written(base, scopes, kept=kept, add=shelves.add, get=shelves.get)
    assert decode_map(encode_map(page)) == page
    return page


def read(shelves: Shelves, page: PageMap, key: bytes) -> bytes:
    return read_book(shelves.get(BOOK, page.books[page.where[key]]))[key]


def test_equal_words_are_one_object() -> None:
    """Neither when a content ends nor its items are part of its hash."""
    shelves = Shelves()
    scopes = {"a": told("x", until=60), "b": told("x", until=90), DISTRICT: told("y", items=("i1",))}
    page = say(shelves, PageMap(), scopes)
    assert page.entries["a"].content == page.entries["b"].content != page.entries[DISTRICT].content
    assert page.entries["a"].until != page.entries["b"].until
    assert len(page.books) == 1 and len(page.where) == 3
    assert read_content(read(shelves, page, page.entries["a"].content)).body == List(rows=(ListRow(to="", title="x"),))
    assert read_item(read(shelves, page, page.items["i1"])).title == "i1"
    assert page.entry("c") is page.entries[DISTRICT]


def test_the_content_before_is_kept_until_another_one_comes() -> None:
    """What may stand in for a page that fails on its first look."""
    shelves = Shelves()
    first = say(shelves, PageMap(), {"a": told("one")})
    second = say(shelves, first, {"a": told("two")})
    again = say(shelves, second, {"a": told("two", until=60, day=DAY + timedelta(days=1))})
    third = say(shelves, again, {"a": told("three")})
    one, two, three = (key_of(words_of(told(words).content)) for words in ("one", "two", "three"))
    assert first.entries["a"] == Entry(one, b"", DAY.toordinal(), 0)
    assert (second.entries["a"].content, second.entries["a"].before) == (two, one)
    assert (again.entries["a"].before, again.entries["a"].day) == (one, DAY.toordinal() + 1)
    assert (third.entries["a"].content, third.entries["a"].before) == (three, two)
    assert set(third.where) == {two, three}


def test_books_never_grow_many_and_lose_nothing() -> None:
    """A minute is a book of what is new; when they are many, what is needed is one again."""
    shelves = Shelves()
    page = say(shelves, PageMap(), {f"e{n}": told(f"old {n}") for n in range(20)} | {DISTRICT: told("d", items=("i",))})
    for minute in range(30):
        page = say(shelves, page, {f"e{minute % 20}": told(f"minute {minute}")})
        assert len(page.books) <= 7
        needed = {k for e in page.entries.values() for k in (e.content, e.before) if k} | set(page.items.values())
        assert set(page.where) == needed
        for key in needed:
            assert key_of(read(shelves, page, key)) == key


def test_scopes_that_are_no_more_are_gone_with_their_words() -> None:
    shelves = Shelves()
    page = say(shelves, PageMap(), {"a": told("x"), "b": told("y")})
    page = say(shelves, page, {"a": told("x")}, kept={})
    assert set(page.entries) == {"a"} and len(page.where) == 1


@pytest.mark.parametrize("data", [b"", b"nonsense", encode_map(PageMap(format=99))])
def test_what_cannot_be_read_is_named(data: bytes) -> None:
    """Damage, and the contents of another time, are errors of the store and nothing worse."""
    with pytest.raises(StoreError):
        decode_map(data)
    for reader in (read_book, read_content, read_item):
        with pytest.raises(StoreError):
            reader(msgspec.msgpack.encode([1, 2]))


@pytest.mark.slow
def test_painted_from_a_release_a_page_is_the_same_bytes(tmp_path: Path) -> None:
    """The example: every page for three scopes, asked, written, read again and painted in two families."""
    from channel.render import Renderer
    from channel.settings import Channel
    from channel.views.base import day_of
    from feeds.folder import read_records

    folder = Path(__file__).parents[1] / "examples" / "minhang"
    channel = Channel.open(folder, tmp_path)
    found = (read_records(s, folder / "records", NOON, channel.datasets) for s in channel.sources.values())
    snapshots = {snapshot.source: snapshot for snapshot in found if snapshot}
    asker, renderer, shelves = Asker(channel), Renderer(channel), Shelves()
    for page in channel.lineup.pages.values():
        scopes = [DISTRICT, "mh0001", "mh0500"] if page.scope == "estate" else [DISTRICT]
        said = {scope: asker.content(page, scope, snapshots, NOON) for scope in scopes}
        given = {scope: Told(content, day_of(NOON), content.valid_until) for scope, content in said.items()}
        kept = say(shelves, PageMap(), given)
        for scope in scopes:
            entry = kept.entries[scope]
            content = read_content(read(shelves, kept, entry.content), entry.until)
            items = tuple(read_item(read(shelves, kept, key)) for key in kept.items.values())
            content = msgspec.structs.replace(content, items=items)
            for profile in ("web-hd", "bitmap-hd"):
                plain = renderer.page(page.number, scope, profile, snapshots, NOON, items=scope == DISTRICT)
                again = renderer.painted(
                    page.number, scope, profile, content, date.fromordinal(entry.day), items=scope == DISTRICT
                )
                assert again.documents == plain.documents, (page.number, scope, profile)
