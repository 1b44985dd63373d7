"""What is answered is the first that passes: what is said, what was said before, 暂不可用."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from said_store import MOMENT, small_example

from broadcaster.painters.keys import recipe
from broadcaster.places import STORE
from channel.declared import pack_folder
from channel.estates import DISTRICT
from channel.folder import Channel
from channel.keys import key_of
from channel.paint.pictures import IconOf, PictureOf, named
from channel.painting import Choice, choose, pictures, plain
from channel.release import Release, Store
from channel.release.contents import PageMap, Told, decode_map, encode_map, written
from channel.release.objects import BOOK, MAP
from channel.release.pack import Pack
from channel.render import Renderer
from channel.views.content import Content, Item, List, ListRow
from channel.views.words import item_words, words_of
from feeds.base.errors import NotFound

pytestmark = pytest.mark.slow

PAGE = "111"
DAY = date(2026, 11, 24)


def words(*titles: str, to: str = "", items: tuple[str, ...] = ()) -> Content:
    made = tuple(Item(id=ident, title=ident, layout="list", body=rows_of(ident)) for ident in items)
    return Content(body=List(rows=tuple(ListRow(to=to, title=title) for title in titles)), items=made)


def rows_of(title: str) -> List:
    return List(rows=(ListRow(to="", title=title),))


FIT, FIT_TOO = words("一切照常", items=("a1", "a2")), words("照常", items=("a1",))
PLACED = Content(body=FIT.body, place=("莘庄镇", "景城花苑"))
DEAD_LINK = words("哪里都不去", to="999")
TOO_LONG = words(*[f"第{number}行" for number in range(900)])


class World:
    """The example's declarations, and a release that says on one page what it is told."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.store = Store.open(channel.state / STORE)
        self.renderer = Renderer(channel)

    def say(self, content: Content, **own: Content) -> Release:
        """The page says ``content`` from now on, and to the estates named what is theirs."""
        current = self.store.current()
        over = current.root.contents.get(PAGE, "") if current else ""
        base = decode_map(self.store.object(MAP, bytes.fromhex(over))) if over else PageMap()
        said = {DISTRICT: content, **own}
        told = {e: Told(key_of(words_of(c)), c.place is not None, DAY, None) for e, c in said.items()}
        shown = {item.id: item_words(item, content) for item in content.items}
        new = {key_of(words): words for words in (*map(words_of, said.values()), *shown.values())}
        items = {ident: key_of(words) for ident, words in shown.items()}
        with self.store.changes() as changes:
            changes.declared = changes.keep(MAP, pack_folder(self.channel)).hex()
            page = written(base, told, items, new, kept=None, add=changes.keep, get=self.store.object)
            changes.said(PAGE, changes.keep(MAP, encode_map(page)), over, said)
            self.store.publish(changes, at=MOMENT)
        release = self.store.current()
        assert release is not None
        return release

    def chosen(self, release: Release, item: str = "", profile: str = "web-hd") -> Choice:
        return choose(self.renderer, release, PAGE, "mh0001", profile, item)


@pytest.fixture
def world(channel_dir: Path, state: Path) -> World:
    return World(small_example(channel_dir, state))


@pytest.mark.parametrize(
    ("unfit", "reason"),
    [(DEAD_LINK, "link to '999', which is not there"), (TOO_LONG, "screens, expected at most 20")],
    ids=["a dead link", "too many screens"],
)
@pytest.mark.parametrize("profile", ["web-hd", "bitmap-hd"])
def test_the_first_that_passes(world: World, unfit: Content, reason: str, profile: str) -> None:
    """A page that fails its checks is what it was before, and where that fails too it is not to be had now; the finding
    is told each time."""
    assert world.chosen(world.say(FIT), profile=profile).shown == "content"
    before = world.chosen(world.say(unfit), profile=profile)
    assert before.shown == "before" and reason in before.findings[0].sentence
    assert before.rendered.documents == world.chosen(world.say(FIT), profile=profile).rendered.documents
    world.say(DEAD_LINK)
    nothing = world.chosen(world.say(TOO_LONG), profile=profile)
    assert nothing.shown == "unsaid" and [f.level for f in nothing.findings].count("fault") >= 2
    assert nothing.rendered.sound and nothing.rendered.documents == world.renderer.unavailable(PAGE, profile).documents
    if profile == "web-hd":
        assert "这一页暂不可用" in nothing.rendered.documents[0].body.decode()


def test_an_item_that_fails_is_not_to_be_had(world: World) -> None:
    """It keeps its address and its way back, for links to it stay."""
    bad = Item(id="a1", title="a1", layout="list", body=DEAD_LINK.body)
    release = world.say(Content(body=FIT.body, items=(bad, *FIT.items[1:])))
    nothing, sound = world.chosen(release, "a1"), world.chosen(release, "a2")
    assert (nothing.shown, sound.shown) == ("unsaid", "content")
    assert [d.name for d in nothing.rendered.documents] == [f"i/{PAGE}.a1.html"]
    assert "这一页暂不可用" in nothing.rendered.documents[0].body.decode()
    with pytest.raises(NotFound):
        world.chosen(release, "a3")


def test_what_stands_in_is_plain(world: World) -> None:
    """Where the right painting did not come in time, the same screen says so, of a page and of an item."""
    for item, name in (("", f"{PAGE}.html"), ("a1", f"i/{PAGE}.a1.html")):
        choice = plain(world.renderer, PAGE, "web-hd", item)
        assert choice.shown == "unsaid" and [d.name for d in choice.rendered.documents] == [name]
        assert "这一页暂不可用" in choice.rendered.documents[0].body.decode()


def test_what_the_store_cannot_read_now_is_not_chosen_for_good(world: World) -> None:
    """Its words are damaged: the page stands in for itself as long as that is so, and whoever asks later finds more."""
    release = world.say(FIT)
    folder = world.store.folder / "packs"
    whole = {path: path.read_bytes() for path in folder.glob("*.pack")}
    for path, data in whole.items():
        flipped = bytearray(data)
        for offset in (offset for kind, _, offset, _ in Pack(folder, path.stem) if kind == BOOK):
            flipped[offset] ^= 1
        path.write_bytes(flipped)
    choice = choose(world.renderer, Store.open(world.store.folder).release(release.id), PAGE, "mh0001", "web-hd")
    assert (choice.shown, choice.lasting) == ("unsaid", False) and "is damaged" in choice.findings[0].sentence
    for path, data in whole.items():
        path.write_bytes(data)
    choice = choose(world.renderer, Store.open(world.store.folder).release(release.id), PAGE, "mh0001", "web-hd")
    assert (choice.shown, choice.lasting) == ("content", True)


@pytest.mark.parametrize("profile", ["web-hd", "bitmap-hd"])
@pytest.mark.parametrize("what", ["a page", "an item", "not to be had"])
def test_a_picture_is_painted_from_its_name_alone(world: World, profile: str, what: str) -> None:
    """A box that was given a document asks for its pictures: each name tells what it is painted from, and nothing but
    the words of that hash is needed; another renderer's are the same bytes."""
    item = "a1" if what == "an item" else ""
    release = world.say(DEAD_LINK if what == "not to be had" else FIT, mh0001=PLACED)
    shown = choose(world.renderer, release, PAGE, DISTRICT, profile, item).rendered
    own = {name: of for name in shown.assets if isinstance(of := named(name), PictureOf)}
    # A browser's page has one of its own: the code that opens it on a phone.
    assert len(set(own.values())) == (1 if own else 0)
    assert bool(own) == (profile == "bitmap-hd" or what != "not to be had")
    for of in own.values():
        words = release.words(PAGE, of.said) if of.day else b""
        again = pictures(Renderer(world.channel), of, profile, words)
        assert {name: again[name].body for name in own} == {name: shown.assets[name].body for name in own}
    assert all(isinstance(named(name), PictureOf | IconOf) for name in shown.assets)


def test_a_key_names_all_that_bytes_come_from(world: World) -> None:
    """Another content, content before, day, family, engine or item is another key; another estate is none, where the
    page does not name it."""
    profiles = world.renderer.profiles

    def key(release: Release, profile: str = "web-hd", estate: str = "mh0001", name: str = f"{PAGE}.html") -> bytes:
        found = recipe(release, profiles[profile], estate, name, "engine")
        assert found is not None and len(found.key) == 16
        return found.key

    first = world.say(FIT)
    same = [key(first), key(first, estate="mh0002"), key(first, name=f"{PAGE}-2.html"), key(first, name=f"{PAGE}.json")]
    assert len(set(same)) == 1
    second = world.say(FIT_TOO, mh0001=PLACED, mh0002=PLACED)
    again = world.say(FIT)
    other = recipe(first, profiles["web-hd"], "mh0001", f"{PAGE}.html", "another engine")
    assert other is not None
    different = [
        key(first), key(second, estate="mh0001"), key(second, estate="mh0002"), key(again, estate="district"),
        key(first, "bitmap-hd"), other.key, key(first, name=f"i/{PAGE}.a1.html"), key(first, name=f"i/{PAGE}.a2.html"),
        key(first, name="remote.js"), key(first, "ipanel-hd", name="remote.js"),
    ]  # fmt: skip
    assert len(set(different)) == len(different)
    # An item is its own words, whatever else its page says by now.
    assert key(second, name=f"i/{PAGE}.a1.html") == key(first, name=f"i/{PAGE}.a1.html")
    other_item = Item(id="a1", title="另一条", layout="list", body=rows_of("a1"))
    third = world.say(Content(body=FIT.body, items=(other_item,)))
    assert key(third, name=f"i/{PAGE}.a1.html") != key(first, name=f"i/{PAGE}.a1.html")
    gone = (f"{PAGE}", "999.html", f"i/{PAGE}.a3.html", "nonsense", "")
    absent = [recipe(second, profiles["web-hd"], "mh0001", name, "engine") for name in gone]
    assert absent[1:] == [None] * 4
    assert recipe(first, profiles["bitmap-hd"], "mh0001", "remote.js", "engine") is None


def test_what_was_taken_down_has_no_recipe(world: World) -> None:
    """Neither a page nor an item, and nobody paints them."""
    world.say(FIT)
    for unit, name in ((f"{PAGE}.a1", f"i/{PAGE}.a1.html"), (PAGE, f"{PAGE}.html")):
        world.store.take_down(unit)
        release = world.store.current()
        assert release is not None
        assert recipe(release, world.renderer.profiles["web-hd"], "mh0001", name, "engine") is None
        with pytest.raises(NotFound):
            world.chosen(release, unit.partition(".")[2])


def test_the_store_holds_all_that_painting_needs(world: World, tmp_path: Path) -> None:
    """The channel's folder may be gone."""
    release = world.say(FIT)
    assert release.root.declared
    expected = world.chosen(release).rendered
    from broadcaster.painters.painter import Studio
    from broadcaster.painters.wire import Order

    shutil.rmtree(world.channel.folder)
    done = Studio(world.channel.state, tmp_path).do(Order(b"", release.id, "web-hd", "mh0001", f"{PAGE}.html"))
    assert done.page is not None and done.sound and done.cached
    assert list(done.page.documents) == [d.name for d in expected.documents]
