"""Nothing is painted before somebody looks, at whatever origin he looks, and nobody is held up or misled by it.

Real origins with real painters over the small example; what comes late is looked at where nobody paints at all.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from painted_site import WAITS, Origin, Site, until_on_air
from said_store import PROFILES, counts
from small_origin import Answer, get, get_quietly, html, publish, served, wait_for, warn

from broadcaster.origin.paintings import EXPIRED_S, NotPainted, Paintings
from broadcaster.painters import BOX, WARNING, Line
from broadcaster.places import PAINTED, STORE
from channel.build.builder import Builder
from channel.estates import DISTRICT
from channel.fingerprint import engine
from channel.folder import Channel
from channel.painting import choose
from channel.release import Store
from feeds.archive import Archive
from feeds.base.clock import SystemClock
from feeds.records import Place
from feeds.source import records_digest

pytestmark = pytest.mark.slow
HTML, BITMAP = "ipanel-hd", "bitmap-sd"
PAGES = ("100", "201", "402", "700", "900")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("said"))
    yield made
    made.archive.close()


@pytest.fixture(scope="module")
def origin(site: Site) -> Iterator[Origin]:
    """An origin that no test harms; nobody has looked at it before."""
    with site.served(site.state) as found:
        yield found


@pytest.fixture
def own(site: Site, tmp_path: Path) -> Iterator[Origin]:
    """An origin of the test's own."""
    with site.served(site.copied(tmp_path)) as found:
        yield found


@pytest.mark.parametrize("profile", [HTML, BITMAP])
@pytest.mark.parametrize("number", PAGES)
def test_a_first_look_is_the_whole_page(origin: Origin, profile: str, number: str) -> None:
    """Every document and picture that painting gives, with a tag to ask again by; pages of alerts too."""
    site = origin.site
    shown = choose(site.renderer, site.release, number, "mh0001", profile)
    assert shown.shown == "content"
    for document in shown.rendered.documents:
        path = f"/{profile}/mh0001/{document.name}"
        answer = origin.look(path)
        if document.location:
            assert (answer.status, answer.fields["location"]) == (302, document.location)
            continue
        assert (answer.status, answer.body) == (200, document.body), path
        assert answer.fields["x-release"] == site.release.id
        assert get(origin.port, path, if_none_match=answer.fields["etag"]).status == 304
    for name, picture in shown.rendered.assets.items():
        found = origin.look(f"/assets/{name}")
        assert (found.body, found.fields["content-type"]) == (picture.body, "image/png")


def test_an_alert_of_its_own_and_an_items_page_are_painted_too(origin: Origin) -> None:
    """What the page of alerts leads to, and a hospital, for an estate and for a box of which nobody knows where it
    is: the same bytes."""
    site = origin.site
    for page in ("900", "201"):
        item = site.release.item_ids(page)[0]
        (document,) = choose(site.renderer, site.release, page, DISTRICT, HTML, item).rendered.documents[:1]
        answers = [origin.look(f"/{HTML}/{estate}/{document.name}") for estate in ("mh0001", DISTRICT)]
        assert [(a.status, a.body) for a in answers] == [(200, document.body)] * 2
        assert len({a.fields["etag"] for a in answers}) == 1


def test_what_is_asked_for_first_is_what_warns(site: Site) -> None:
    """A page of alerts, and one of its alerts, go before what boxes wait for otherwise."""
    paintings = Paintings(site.renderer.profiles, engine(), site.state / "nothing", Line(site.state))
    item = site.release.item_ids("900")[0]
    for name, urgency in (("900.html", WARNING), (f"i/900.{item}.html", WARNING), ("201.html", BOX)):
        with pytest.raises(NotPainted) as missing:
            paintings.document(site.release, HTML, "mh0001", name)
        assert missing.value.ask.urgency == urgency


def test_what_is_not_there_is_not_painted(origin: Origin) -> None:
    """Unknown pages, screens, items, estates and profiles are 404; nothing but a question is answered."""
    for path in (
        f"{HTML}/mh0001/999.html",
        f"{HTML}/mh0001/201-99.html",
        f"{HTML}/mh0001/201.json",
        f"{HTML}/mh0001/i/201.nobody.html",
        f"{HTML}/mh9999/100.html",
        f"{BITMAP}/mh0001/remote.js",
        "no/mh0001/100.html",
    ):
        assert origin.look(f"/{path}").status == 404, path
    assert get(origin.port, f"/{HTML}/mh0002/661.html", "POST", b"").status == 405


def test_a_made_up_name_of_a_picture_is_nothing(origin: Origin) -> None:
    """404 that nobody may keep: words that nobody says, a look that no family has, an icon or a screen that is none."""
    shown = choose(origin.site.renderer, origin.site.release, "201", "mh0001", BITMAP).rendered
    icons = choose(origin.site.renderer, origin.site.release, "100", "mh0001", HTML).rendered.assets
    own = next(name for name in shown.assets if not name.startswith("i"))
    icon = next(name for name in icons if name.startswith("i"))
    said, look = slice(0, 32), slice(49, 57)
    made_up = [
        own.replace(own[said], "0" * 32), own.replace(own[look], "0" * 8), own.replace("-1-", "-47-"),
        icon.replace(icon[1:9], "0" * 8), f"{icon[:9]}fff{icon[12:]}", icon.replace(icon[-8:-4], "0000"),
        "0" * 32 + ".png", "nothing", f"../{own}", own.replace(".png", ".gif"),
    ]  # fmt: skip
    assert len({own, icon, *made_up}) == len(made_up) + 2
    for name in made_up:
        answer = origin.look(f"/assets/{name}")
        assert (answer.status, answer.fields["cache-control"]) == (404, "no-store"), name
    assert origin.look(f"/assets/{own}").status == 200 and origin.look(f"/assets/{icon}").status == 200


def test_two_origins_that_share_nothing_but_the_store_are_one(origin: Origin, own: Origin) -> None:
    """The same bytes by the same tags; and what one gave out the pictures of, the other one has too, though nobody has
    ever looked at that page there."""
    site = origin.site
    pictures: list[str] = []
    for number, profile, estate in (
        ("201", BITMAP, "mh0001"), ("402", BITMAP, "mh0002"), ("503", BITMAP, "mh0001"), ("100", HTML, DISTRICT),
    ):  # fmt: skip
        for document in choose(site.renderer, site.release, number, estate, profile).rendered.documents:
            body = origin.look(f"/{profile}/{estate}/{document.name}").body.decode("gbk", "replace")
            pictures += re.findall(r"assets/([^\"'\s)]+\.png)", body)
    item = site.release.item_ids("201")[0]
    found = origin.look(f"/{BITMAP}/mh0003/i/201.{item}.json").body.decode()
    pictures += re.findall(r"assets/([^\"]+\.png)", found)
    assert len({name[:32] for name in pictures if name[0] != "i"}) >= 3 and any(name[0] == "i" for name in pictures)
    for name in set(pictures):
        here, there = origin.look(f"/assets/{name}"), own.look(f"/assets/{name}")
        assert (there.status, there.body) == (200, here.body) and here.status == 200, name
        assert there.fields["etag"] == here.fields["etag"] and "immutable" in there.fields["cache-control"]
    for profile in PROFILES:
        for number in ("100", "201", "900"):
            path = f"/{profile}/mh0001/{number}.html"
            one, other = origin.look(path), own.look(path)
            assert (one.status, one.body, one.fields["etag"]) == (200, other.body, other.fields["etag"]), path


def test_a_picture_that_was_lost_is_painted_again(own: Origin) -> None:
    """The cache goes between a document and its pictures: they are there all the same."""
    page = own.look(f"/{BITMAP}/mh0002/201.json").body
    names = re.findall(rb"assets/([^\"]+\.png)", page)
    assert len(names) > 2
    (own.state / PAINTED).rename(own.state / "gone")
    for name in names:
        assert own.look(f"/assets/{name.decode()}").status == 200
    assert own.look(f"/{BITMAP}/mh0002/201.json").body == page


def test_where_nothing_can_be_kept_pages_and_pictures_are_there(site: Site, tmp_path: Path) -> None:
    """No room for a cache at all: whoever looks is answered, for every picture too, however many a page has."""
    state = site.copied(tmp_path)
    (state / PAINTED).write_bytes(b"in the way")
    with site.served(state) as own:
        for number in ("100", "201"):
            page = own.look(f"/{BITMAP}/mh0001/{number}.json", 10)
            assert page.status == 200, number
            names = re.findall(rb"assets/([^\"]+\.png)", page.body)
            assert len(names) > 2
            told = {name: own.look(f"/assets/{name.decode()}", 10).status for name in names}
            assert told == dict.fromkeys(names, 200)


def test_what_was_taken_down_is_not_to_be_had(own: Origin) -> None:
    """Its documents, its screens' pictures and its items' are 404 from then on, though they lie there painted; other
    pages live, and what is put back is there again."""
    site, store = own.site, Store.open(own.state / STORE)
    item = site.release.item_ids("201")[0]
    addresses, kept = _addresses(own, "201", item), _addresses(own, "202", site.release.item_ids("202")[0])
    hospital = _addresses(own, "201", item, only_item=True)
    everything = [*addresses, *kept]
    assert {path: own.look(path).status for path in everything} == dict.fromkeys(everything, 200)
    release = store.take_down(f"201.{item}")
    until_on_air(own.port, release)
    told = {path: own.look(path).status for path in everything}
    assert told == {path: 404 if path in hospital else 200 for path in everything}
    release = store.take_down("201")
    until_on_air(own.port, release)
    told = {path: own.look(path).status for path in everything}
    assert told == {path: 404 if path in addresses else 200 for path in everything}
    store.put_back(f"201.{item}")
    release = store.put_back("201")
    until_on_air(own.port, release)
    assert {own.look(path).status for path in everything} == {200}


def _addresses(own: Origin, number: str, item: str, *, only_item: bool = False) -> list[str]:
    """Where a page's and one of its items' documents are and all their own pictures."""
    found = []
    for name in ("", item)[1 if only_item else 0 :]:
        shown = choose(own.site.renderer, own.site.release, number, "mh0001", BITMAP, name).rendered
        found += [f"/{BITMAP}/mh0001/{document.name}" for document in shown.documents if not document.location]
        found += [f"/assets/{name}" for name in shown.assets if not name.startswith("i")]
    return found


def test_painters_may_be_killed_while_boxes_ask(own: Origin) -> None:
    """Every now and then one dies: no box is refused or sees a broken page, and in the end each has its own."""
    dice, site = random.Random(11), own.site
    pages = dice.sample(sorted(set(site.release.pages) - set(PAGES)), 24)
    paths = [(number, *box) for number in pages for box in (("mh0001", HTML), ("mh0002", BITMAP))]
    kills, ended = 0, threading.Event()

    def kill() -> None:
        nonlocal kills
        while not ended.wait(0.1) and kills < 6:
            if alive := counts(own.state).painters:
                with suppress(ProcessLookupError):
                    os.kill(dice.choice(alive), signal.SIGKILL)
                    kills += 1

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with ThreadPoolExecutor(6) as boxes:
            answers = list(boxes.map(lambda p: own.look(f"/{p[2]}/{p[1]}/{p[0]}.html"), paths))
    finally:
        ended.set()
        killer.join()
    assert kills >= 1 and {answer.status for answer in answers} == {200}
    right = [answer.body == site.body(*place) for place, answer in zip(paths, answers, strict=True)]
    # Whoever waits for a page that two painters died of sees for a minute that it is not to be had.
    assert right.count(False) <= kills // 2
    log = (own.state / "serve.log").read_text()
    assert "Traceback" not in log


def test_who_waits_holds_up_nobody(own: Origin) -> None:
    """The painters stand still: sixty boxes wait for pages, and what is painted is answered; then each is told to ask
    again, and has its page once they go on."""
    seen = f"/{HTML}/mh0001/100.html"
    assert own.look(seen).status == 200
    stopped = own.painters()
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    paths = [f"/{HTML}/{estate}/{n}.html" for estate in ("mh0001", "mh0002", "mh0003") for n in PAGES[1:]] * 5
    try:
        with ThreadPoolExecutor(len(paths)) as boxes:
            waiting = [boxes.submit(get, own.port, path) for path in paths]
            for _ in range(50):
                assert get(own.port, seen).status == 200
                assert get(own.port, f"/{HTML}/mh0001/alert.json").status == 200
            answers: list[Answer] = [one.result() for one in waiting]
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    late = [one for one in answers if one.status != 200]
    assert late and all(one.status == 503 and WAITS in one.body for one in late)
    assert {one.fields["cache-control"] for one in late} == {"no-store"}
    assert {own.look(path).status for path in set(paths)} == {200}


def test_the_house_may_be_killed(own: Origin) -> None:
    """What is painted is answered all the while; what is not is there again once the house is."""
    seen, killed = f"/{HTML}/mh0001/201.html", own.house()
    assert own.look(seen).status == 200
    failed, done = [], threading.Event()

    def watch() -> None:
        while not done.is_set():
            if get_quietly(own.port, seen) != 200:
                failed.append(1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        os.kill(killed, signal.SIGKILL)
        assert own.look(f"/{HTML}/mh0003/661.html").status == 200
    finally:
        done.set()
        watcher.join()
    assert not failed and own.house() != killed


def test_what_comes_late_is_what_was_seen_before(site: Site, tmp_path: Path) -> None:
    """Another release is on air and the painters stand still: a box gets the page as it was, which says of which
    release it is and is kept two seconds; then it gets the new one."""
    shutil.copytree(site.state, tmp_path / "s", ignore=shutil.ignore_patterns(PAINTED, "*.sock", "*.lock", "*.log"))
    state, channel = tmp_path / "s", Channel.open(site.folder, tmp_path / "s")
    store, archive = Store.open(state / STORE), Archive.open(channel.archive_url)
    # What is said for a moment to come holds longer than this test takes.
    builder, moment = Builder(channel, archive, store), SystemClock().now() + timedelta(hours=12)
    first, path = builder.build(moment).release_id, f"/{HTML}/mh0001/201.html"
    with site.served(state) as own:
        old = own.look(path)
        assert old.fields["x-release"] == first
        stopped = own.painters()
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            snapshot = archive.latest("hospitals")
            assert snapshot is not None
            records = tuple(
                msgspec.structs.replace(record, name=f"新{record.name}") if isinstance(record, Place) else record
                for record in snapshot.records
            )
            archive.save(msgspec.structs.replace(snapshot, records=records, digest=records_digest(records)))
            release = builder.build(moment).release_id
            until_on_air(own.port, release)
            late = get(own.port, path)
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        assert (late.status, late.body) == (200, old.body)
        assert late.fields["x-release"] == first != release
        assert late.fields["cache-control"] == "public, max-age=2"
        wait_for(lambda: get(own.port, path).fields["x-release"] == release)
        fresh = get(own.port, path)
        assert fresh.body != old.body and fresh.fields["etag"] != old.fields["etag"]
    archive.close()


def test_each_page_is_as_the_newest_has_it_that_was_painted(tmp_path: Path) -> None:
    """Where nobody paints: one page is of the release before, another of the one before that, each says so; packed and
    plain, items and screens."""
    store = Store.open(tmp_path / STORE)
    first = publish(store, "一", valid_until=int(time.time()) + 3600)
    with served(tmp_path) as (port, _):

        def told(path: str) -> tuple[int, bytes, str]:
            answer = get(port, path)
            return answer.status, answer.body, answer.fields["x-release"]

        second = publish(store, "二", unpainted=("201", "201.h17"))
        until_on_air(port, second)
        assert told("/web-hd/mh0001/201-2.html") == (200, html("医院二 一"), first)
        assert told("/ipanel-hd/mh0002/i/201.h17.html") == (200, html("一家医院 一", "gbk"), first)
        assert told("/web-hd/mh0001/100.html") == (200, html("首页 二"), second)
        late = get(port, "/web-hd/mh0001/201.html", accept_encoding="gzip")
        assert late.fields["cache-control"] == "public, max-age=2" and late.fields["content-encoding"] == "gzip"
        again = get(port, "/web-hd/mh0001/201.html", if_none_match=late.fields["etag"], accept_encoding="gzip")
        assert (again.status, again.fields["x-release"]) == (304, first)
        third = publish(store, "三", unpainted=("101", "201", "201.h17"))
        until_on_air(port, third)
        assert told("/web-hd/mh0001/201.html") == (200, html("医院 一"), first)
        assert told("/web-hd/mh0001/101.html") == (200, html("小区一 二"), second)
        fourth = publish(store, "四", unpainted=("100", "101"))
        until_on_air(port, fourth)
        assert told("/web-hd/mh0001/100.html") == (200, html("首页 三"), third)
        assert told("/web-hd/mh0001/201.html") == (200, html("医院 四"), fourth)


def test_what_holds_no_more_is_not_shown(tmp_path: Path) -> None:
    """What was said until a moment two minutes ago waits for those who paint what is said now; what held a minute ago
    is shown meanwhile."""
    store = Store.open(tmp_path / STORE)
    publish(store, "一", valid_until=int(time.time()) - int(EXPIRED_S) - 1)
    with served(tmp_path) as (port, _):
        assert get(port, "/web-hd/mh0001/201.html").body == html("医院 一")
        until_on_air(port, publish(store, "二", unpainted=("201",)))
        gone = get(port, "/web-hd/mh0001/201.html")
        assert gone.status == 503 and WAITS in gone.body and gone.fields["cache-control"] == "no-store"
        until_on_air(port, publish(store, "三", valid_until=int(time.time()) - 1))
        until_on_air(port, publish(store, "四", unpainted=("201",)))
        shown = get(port, "/web-hd/mh0001/201.html")
        assert shown.body == html("医院 三") and shown.fields["cache-control"] == "public, max-age=2"


def test_no_alert_and_nothing_taken_down_is_shown_as_it_was(tmp_path: Path) -> None:
    """A page of alerts waits until it is painted; what an editor took down stays down; and what nobody has painted
    yet, or cannot be read of the release before, asks again by itself."""
    store = Store.open(tmp_path / STORE)
    publish(store, "一", unpainted=("101",))
    with served(tmp_path) as (port, _):
        warn(store, "大风")
        wait_for(lambda: get(port, "/web-hd/mh0001/900.html").body == html("大风"))
        warn(store, "暴雨", painted=False)
        publish(store, "二", unpainted=("101", "201", "201.h17"))
        release = store.take_down("201.h17")
        until_on_air(port, release)
        for path in ("/web-hd/mh0001/900.html", "/web-hd/mh0001/101.html"):
            answer = get(port, path)
            assert answer.status == 503 and WAITS in answer.body, path
        assert get(port, "/web-hd/mh0001/i/201.h17.html").status == 404
        assert get(port, "/web-hd/mh0001/201.html").body == html("医院 一")
        release = store.take_down("201")
        until_on_air(port, release)
        assert get(port, "/web-hd/mh0001/201.html").status == 404
