"""The preview renders the present snapshots at any moment, tells what it found, and leaves the air alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

import msgspec
import pytest
from conftest import EXAMPLE
from flask.testing import FlaskClient
from preview_site import MOMENT, STAMP, application, editor, example

from broadcaster.preview import facts
from broadcaster.preview.blueprint import search
from broadcaster.preview.studio import Assets, Studio, parse
from channel.estates import load_estates
from channel.paint.output import Asset
from channel.settings import Channel
from feeds.archive import Archive
from feeds.base.errors import NotFound
from feeds.source import Freshness


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    """The example with its records as archive."""
    return example(EXAMPLE, tmp_path_factory.mktemp("preview"))


@pytest.fixture
def client(channel: Channel) -> Iterator[FlaskClient]:
    """Asks the preview."""
    with editor(application(channel)) as made:
        yield made


def test_a_document_is_what_the_renderer_makes_and_its_pictures_are_there(
    client: FlaskClient, channel: Channel
) -> None:
    """HTML, navigation map, picture and script at the origin's own addresses below the moment."""
    studio = Studio(channel)
    page = studio.document("web-hd", "mh0001", "201.html", MOMENT)
    answer = client.get(f"/preview/at/{STAMP}/web-hd/mh0001/201.html")
    assert (answer.status_code, answer.data, answer.content_type) == (200, page.body, page.media)
    assert all(hash_ in answer.headers["Content-Security-Policy"] for hash_ in page.style)
    for name in page.assets:
        assert client.get(f"/preview/at/{STAMP}/assets/{name}").status_code == 200
    for name in ("201.html", "i/201.h1.html"):
        script = client.get(urljoin(f"/preview/at/{STAMP}/web-hd/mh0001/{name}", "../" * name.count("/") + "remote.js"))
        assert (script.status_code, script.mimetype) == (200, "application/javascript")
        assert b"profile=web-hd" in script.data
    assert client.get(f"/preview/at/{STAMP}/bitmap-hd/mh0001/remote.js").status_code == 404
    walk = client.get(f"/preview/at/{STAMP}/bitmap-hd/mh0001/201.json").get_json()
    picture = client.get(urljoin(f"/preview/at/{STAMP}/bitmap-hd/mh0001/201.json", walk["image"]))
    assert picture.data.startswith(b"\x89PNG")
    redirect = client.get(f"/preview/at/{STAMP}/bitmap-hd/mh0001/201.png", follow_redirects=True)
    assert redirect.data == picture.data
    item = next(link["to"] for link in walk["links"].values() if link["to"].startswith("i/")).partition("#")[0]
    assert client.get(f"/preview/at/{STAMP}/bitmap-hd/mh0001/{item}").get_json()["links"]


def test_another_moment_shows_another_page(client: FlaskClient) -> None:
    """The same records in the evening: what is open changes, and nothing of the first look is shown again."""
    morning, night = (client.get(f"/preview/at/20261124T{t}/web-hd/mh0001/205.html").data for t in ("101200", "233000"))
    assert morning != night


def test_what_is_on_air_is_not_touched(client: FlaskClient, channel: Channel) -> None:
    """Looking makes no store and no bundle, and what is stored stays as it was."""
    before = _stored(channel)
    for profile in ("web-hd", "ipanel-hd", "bitmap-hd"):
        assert client.get(f"/preview/at/{STAMP}/{profile}/mh0002/100.html").status_code == 200
    after = _stored(channel)
    assert before == after
    assert {path.name.partition(".")[0] for path in channel.state.iterdir()} == {"archive"}


def _stored(channel: Channel) -> dict[str, object]:
    archive = Archive.open(channel.archive_url)
    try:
        return {name: (found.digest, found.checked) for name, found in archive.latest_all(channel.sources).items()}
    finally:
        archive.close()


def test_a_picture_that_had_to_make_room_is_painted_again(channel: Channel) -> None:
    """Memory is bounded, yet a page never lacks its pictures: who asks names the page."""
    asset = {f"{n}.png": Asset((bytes(100),), "png") for n in range(5)}
    assets = Assets(most=250)
    assets.add(asset)
    assert [assets.get(f"{n}.png") is not None for n in range(5)] == [False, False, False, True, True]
    client = editor(application(channel))
    place = f"/preview/at/{STAMP}/bitmap-hd/mh0003/201"
    walk = client.get(f"{place}.json").get_json()
    name = walk["image"].rpartition("/")[2]
    fresh = editor(application(channel))
    assert fresh.get(f"/preview/at/{STAMP}/assets/{name}").status_code == 404
    found = fresh.get(f"/preview/at/{STAMP}/assets/{name}", headers={"Referer": f"http://localhost{place}.json"})
    assert found.data.startswith(b"\x89PNG")


def test_facts_tell_findings_and_sources(client: FlaskClient) -> None:
    """Each source with who publishes it, its age, freshness, count and what was quarantined and why."""
    told = client.get(f"/preview/facts/{STAMP}/web-hd/mh0001/201").get_json()
    assert (told["number"], told["title"], told["scope"], told["estate"]["id"]) == (
        "201",
        "附近医院",
        "estate",
        "mh0001",
    )
    assert told["sound"] is (told["faults"] == 0)
    (source,) = told["sources"]
    assert (source["id"], source["words"], source["age"]) == ("hospitals", "正常", "0 秒前")
    assert source["publisher"]
    assert source["count"] > 10
    assert source["quarantined"] == len(source["problems"]) == 1
    assert source["problems"][0]["reason"]
    later = client.get("/preview/facts/20270124T081200/web-hd/mh0001/201").get_json()["sources"][0]
    assert later["state"] in (Freshness.STALE, Freshness.EXPIRED)
    assert later["age"] == "61 天前"
    earlier = client.get("/preview/facts/20261123T081200/web-hd/mh0001/201").get_json()["sources"][0]
    assert earlier["age"] == "所选时刻之后 1 天"


def test_a_page_without_any_data_is_shown_and_says_so(tmp_path: Path) -> None:
    """Before anything was gathered the page is there, and its source is named as never gathered."""
    client = editor(application(Channel.open(EXAMPLE, tmp_path / "state")))
    assert client.get(f"/preview/at/{STAMP}/web-hd/mh0001/201.html").status_code == 200
    (source,) = client.get(f"/preview/facts/{STAMP}/web-hd/mh0001/201").get_json()["sources"]
    assert (source["state"], source["count"], source["age"]) == ("never", 0, "")


@pytest.mark.parametrize(
    "path",
    [
        "at/20261124T081200/web-hd/mh0001/999.html",
        "at/20261124T081200/web-hd/mh9999/201.html",
        "at/20261124T081200/nothing/mh0001/201.html",
        "at/20261124T081200/web-hd/mh0001/201-99.html",
        "at/20261124T081200/web-hd/mh0001/i/201.nothing.html",
        "at/20261124T081200/web-hd/mh0001/..%2f..%2fetc/passwd",
        "at/20261399T081200/web-hd/mh0001/201.html",
        "at/00010101T000000/web-hd/mh0001/201.html",
        "at/99991231T235959/web-hd/mh0001/201.html",
        "at/now/web-hd/mh0001/201.html",
        "at/20261124T081200/assets/" + "0" * 32 + ".png",
        "at/20261124T081200/assets/nothing",
        "facts/20261124T081200/web-hd/mh0001/999",
        "facts/20261124T081200/web-hd/nowhere/201",
    ],
)
def test_what_is_not_there_is_a_sentence(client: FlaskClient, path: str) -> None:
    """404 as plain text that names what was found; never a traceback, never another page."""
    answer = client.get(f"/preview/{path}")
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")
    assert "Traceback" not in answer.get_data(as_text=True)


def test_the_way_to_large_text_stays_in_the_preview(client: FlaskClient) -> None:
    """A link to the root with a profile and a page lands on that page of the same estate and moment."""
    came = {"Referer": f"http://localhost/preview/at/{STAMP}/web-hd/mh0001/201.html"}
    answer = client.get(f"/preview/at/{STAMP}/?profile=ipanel-hd&page=201", headers=came)
    assert answer.headers["Location"] == f"/preview/at/{STAMP}/ipanel-hd/mh0001/201.html"
    wild = client.get(f"/preview/at/{STAMP}/?profile=//evil&page=../x&estate=%3Cb%3E")
    assert wild.headers["Location"] == f"/preview/at/{STAMP}/web-hd/district/100.html"


def test_a_box_is_chosen_among_those_that_are_served(channel: Channel) -> None:
    """In the order of the settings; where these name none, all that there are, and first the one of a box that nobody
    knows."""
    few = replace(channel, settings=msgspec.structs.replace(channel.settings, profiles=("ipanel-hd", "web-hd")))
    for one, first in ((few, ["ipanel-hd", "web-hd"]), (channel, ["web-hd"])):
        text = editor(application(one)).get("/preview/").get_data(as_text=True)
        offered = re.findall(r'<option value="([a-z-]+)"', text)
        assert offered[: len(first)] == first and sorted(offered) == sorted(one.profiles)


def test_alerts_are_those_of_the_moment(client: FlaskClient) -> None:
    """Each estate is told what its box would be told."""
    body = client.get(f"/preview/at/{STAMP}/web-hd/mh0001/alert.json").data
    assert set(json.loads(body)) == {"id", "level", "text", "page"}
    assert len(body) <= 400


def test_estates_are_found_by_what_one_knows_of_them(client: FlaskClient) -> None:
    """The beginning of a name goes before its middle, a name before a town; without words the district is first."""
    estates = load_estates(EXAMPLE / "estates.csv")
    some = list(estates.values())[100]
    found = search(some.name[:2], estates.values())
    assert some in found
    assert [e.name.startswith(some.name[:2]) for e in found] == sorted(
        (e.name.startswith(some.name[:2]) for e in found), reverse=True
    )
    assert some in search(some.id, estates.values())
    assert len(search(some.town, estates.values())) == 20
    assert search("没有这个小区", estates.values()) == []
    rows = client.get("/preview/estates?q=").get_json()
    assert rows[0] == {"id": "district", "name": "全区", "note": "未设置小区的机顶盒"}
    assert client.get(f"/preview/estates?q={some.id}").get_json()[0]["name"] == some.name


def test_moments_and_ages_are_read_and_written_as_the_district_does() -> None:
    """An address holds the district's wall clock; ages are in the largest whole unit."""
    assert parse(STAMP) == MOMENT
    with pytest.raises(NotFound):
        parse("20261124T0812")
    assert [facts.age(s) for s in (-3, 0, 59, 60, 3599, 3600, 86_400)] == [
        "0 秒", "0 秒", "59 秒", "1 分钟", "59 分钟", "1 小时", "1 天",
    ]  # fmt: skip


def test_what_came_within_the_chosen_minute_is_of_now(client: FlaskClient) -> None:
    """An editor chooses minutes; a source that answered some seconds later is not from the future."""
    told = client.get("/preview/facts/20261124T081130/web-hd/mh0001/201").get_json()["sources"][0]
    assert told["age"] == "刚刚"
