"""The preview renders the present snapshots at any moment, tells what it found, and leaves the air alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch
from urllib.parse import unquote, urljoin

import msgspec
import pytest
from conftest import EXAMPLE
from flask.testing import FlaskClient
from preview_site import MOMENT, STAMP, application, editor, example

from broadcaster.preview import facts
from broadcaster.preview.blueprint import search
from broadcaster.preview.looks import Look, parse
from broadcaster.preview.studio import Studio
from channel.estates import load_estates
from channel.folder import Channel
from channel.words import Say
from feeds.archive import Archive
from feeds.base.errors import NotFound, RenderError
from feeds.source import Freshness

pytestmark = pytest.mark.slow


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
    page = studio.document("web-hd", "mh0001", "201.html", Look(MOMENT))
    answer = client.get(f"/preview/at/{STAMP}/web-hd/mh0001/201.html")
    assert (answer.status_code, answer.data, answer.content_type) == (200, page.body, page.media)
    assert all(hash_ in answer.headers["Content-Security-Policy"] for hash_ in page.style)
    for name in page.assets:
        assert client.get(f"/preview/at/{STAMP}/assets/{name}").status_code == 200
    for name in ("201.html", "i/201.h1.html"):
        script = client.get(urljoin(f"/preview/at/{STAMP}/web-hd/mh0001/{name}", "../" * name.count("/") + "remote.js"))
        assert (script.status_code, script.mimetype) == (200, "application/javascript")
        assert len(script.data) > 3_000
        later = client.get(urljoin(f"/preview/at/{STAMP}/web-hd/mh0001/{name}", "../" * name.count("/") + "later.js"))
        assert b"profile=web-hd" in later.data
    assert client.get(f"/preview/at/{STAMP}/bitmap-hd/mh0001/remote.js").status_code == 404
    walk = client.get(f"/preview/at/{STAMP}/bitmap-hd/mh0001/201.json").get_json()
    picture = client.get(urljoin(f"/preview/at/{STAMP}/bitmap-hd/mh0001/201.json", walk["image"]))
    assert picture.data.startswith(b"\x89PNG")
    redirect = client.get(f"/preview/at/{STAMP}/bitmap-hd/mh0001/201.png", follow_redirects=True)
    assert redirect.data == picture.data
    item = next(link["to"] for link in walk["links"].values() if link["to"].startswith("i/")).partition("#")[0]
    assert client.get(f"/preview/at/{STAMP}/bitmap-hd/mh0001/{item}").get_json()["links"]


def test_a_page_of_a_set_is_shown_by_a_desks_browser(client: FlaskClient) -> None:
    """HbbTV's own media type would be saved as a file: the same bytes go by their general name."""
    answer = client.get(f"/preview/at/{STAMP}/hbbtv/mh0001/201.html")
    assert answer.content_type == "application/xhtml+xml; charset=utf-8"
    assert "object-src 'self'" in answer.headers["Content-Security-Policy"]


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
    assert earlier["age"] == "晚于所选时刻"


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
        "at/20261124T081200~noon/web-hd/mh0001/201.html",
        "at/20261124T081200~~loud/web-hd/mh0001/201.html",
        "at/20261124T081200~day~severe~more/web-hd/mh0001/201.html",
        "facts/20261124T081200~noon/web-hd/mh0001/201",
        "at/20261124T081200/assets/" + "0" * 32 + ".png",
        "at/20261124T081200/assets/nothing",
        "facts/20261124T081200/web-hd/mh0001/999",
        "facts/20261124T081200/web-hd/nowhere/201",
        "at/20261124T081200/web-hd/nowhere/alert.json",
        "at/20261124T081200/nothing/mh0001/alert.json",
        "at/20261124T081200/nothing/nothing/alert.json",
        "at/20261124T081200/web-hd/mh0001/i/201.html",
        "facts/20261124T081200/web-hd/mh0001/201.nothing",
    ],
)
def test_what_is_not_there_is_a_sentence(client: FlaskClient, path: str) -> None:
    """404 as plain text in the editor's words, then what was asked for; never a traceback, never another page."""
    answer = client.get(f"/preview/{path}")
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")
    words, detail = answer.get_data(as_text=True).strip().split("\n")
    assert re.fullmatch(r"[\u4e00-\u9fff，。]+", words)
    asked = re.match(r"找的是“(.+)”。[^a-z]", detail)
    assert (asked and asked[1] in unquote(path)) or "/assets/" in path


def test_the_way_to_large_text_stays_in_the_preview(client: FlaskClient) -> None:
    """A link to the root with a profile and a page lands on that page of the same estate and moment."""
    came = {"Referer": f"http://localhost/preview/at/{STAMP}/web-hd/mh0001/201.html"}
    answer = client.get(f"/preview/at/{STAMP}/?profile=ipanel-hd&page=201", headers=came)
    assert answer.headers["Location"] == f"/preview/at/{STAMP}/ipanel-hd/mh0001/201.html"
    wild = client.get(f"/preview/at/{STAMP}/?profile=//evil&page=../x&estate=%3Cb%3E")
    assert wild.headers["Location"] == f"/preview/at/{STAMP}/web-hd/district/100.html"


def test_a_box_is_chosen_among_those_that_are_served(channel: Channel) -> None:
    """In the order of the settings; where these name none, all that there are, and first the one of a box that nobody
    knows. A twin in large text is the same choice in another size."""
    few = replace(
        channel,
        settings=msgspec.structs.replace(channel.settings, profiles=("ipanel-hd", "web-hd-large", "web-hd")),
    )
    for one, first in ((few, ["ipanel-hd", "web-hd"]), (channel, ["web-hd"])):
        text = editor(application(one)).get("/preview/").get_data(as_text=True)
        box = text.partition('id="profile"')[2].partition("</select>")[0]
        offered, twins = re.findall(r'value="([a-z-]+)"', box), re.findall(r'data-large="([a-z-]+)"', box)
        assert offered[: len(first)] == first and sorted(offered + twins) == sorted(one.profiles)


def test_a_twin_whose_usual_size_is_not_served_is_a_choice_of_its_own(channel: Channel) -> None:
    settings = msgspec.structs.replace(channel.settings, profiles=("web-hd-large", "bitmap-sd"))
    text = editor(application(replace(channel, settings=settings))).get("/preview/").get_data(as_text=True)
    assert 'value="web-hd-large"' in text and 'value="bitmap-sd"' in text and "data-large" not in text


def test_alerts_are_those_of_the_moment(client: FlaskClient) -> None:
    """Each estate is told what its box would be told."""
    body = client.get(f"/preview/at/{STAMP}/web-hd/mh0001/alert.json").data
    assert set(json.loads(body)) == {"id", "level", "mark", "text", "do", "page", "now"}
    assert len(body) <= 400


def test_a_page_is_seen_in_another_theme_with_its_own_pictures(client: FlaskClient, channel: Channel) -> None:
    """The themes go by their titles, the channel's own first; what a page names stays in its theme, and pictures of two
    themes never take each other's names."""
    home = client.get("/preview/").get_data(as_text=True)
    titles = re.findall(r"<option[^>]*>([^<]*)<", home.partition('id="theme"')[2].partition("</select>")[0])
    assert titles[0] == "夜间" and set(titles) == {"夜间", "日间", "高对比"}
    for profile, ending in (("web-hd", "html"), ("bitmap-hd", "json")):
        night, named, day = (
            client.get(f"/preview/at/{STAMP}{theme}/{profile}/mh0001/201.{ending}").data
            for theme in ("", "~night", "~day")
        )
        assert night == named != day
    pictures = []
    for theme in ("", "~day"):
        place = f"/preview/at/{STAMP}{theme}/bitmap-hd/mh0001/201.json"
        pictures.append(urljoin(place, client.get(place).get_json()["image"]))
        assert f"/at/{STAMP}{theme}/assets/" in pictures[-1]
    names = [picture.rpartition("/")[2] for picture in pictures]
    assert names[0] != names[1] and client.get(pictures[0]).data != client.get(pictures[1]).data
    came = {"Referer": f"http://localhost/preview/at/{STAMP}~day/web-hd/mh0001/201.html"}
    large = client.get(f"/preview/at/{STAMP}~day/?profile=web-hd-large&page=201", headers=came)
    assert large.headers["Location"] == f"/preview/at/{STAMP}~day/web-hd-large/mh0001/201.html"


@pytest.mark.parametrize(
    ("level", "told", "estate"),
    [
        ("minor", "strip", "mh0001"),
        ("moderate", "strip", "mh0001"),
        ("severe", "takeover", "mh0001"),
        ("extreme", "takeover", "mh0001"),
        ("moderate", "strip", "district"),
        ("severe", "takeover", "district"),
    ],
)
def test_a_warning_is_rehearsed_at_each_level(client: FlaskClient, level: str, told: str, estate: str) -> None:
    """Boxes would hear of it, page 900 says it, the home page too, and each says that it is a rehearsal."""
    place = f"/preview/at/{STAMP}~~{level}/web-hd/{estate}"
    heard = client.get(f"{place}/alert.json").get_json()
    assert (heard["id"], heard["level"], heard["mark"], heard["page"]) == ("rehearsal", told, "演练", "900")
    assert "演练" in heard["text"] and heard["do"]
    for name in ("900", "100", "i/900.rehearsal"):
        assert "【演练】" in client.get(f"{place}/{name}.html").get_data(as_text=True)


def test_a_louder_warning_that_is_real_goes_before_a_rehearsal(client: FlaskClient) -> None:
    """As on air: the district has a Moderate one in force, a Minor one is beside it on page 900."""
    place = f"/preview/at/{STAMP}~~minor/web-hd/district"
    assert client.get(f"{place}/alert.json").get_json()["mark"] == "大风"
    said = client.get(f"{place}/900.html").get_data(as_text=True)
    assert "大风蓝色预警" in said and "i/900.rehearsal.html" in said


def test_a_rehearsal_leaves_everything_else_as_it_is(client: FlaskClient, channel: Channel) -> None:
    """It is in no archive and in no other look; the sources of the page stand as they were gathered."""
    before = _stored(channel)
    for address in ("at/{}/web-hd/mh0001/900.html", "at/{}/web-hd/mh0001/alert.json", "facts/{}/web-hd/mh0001/900"):
        rehearsed, real = (client.get("/preview/" + address.format(look)) for look in (f"{STAMP}~~extreme", STAMP))
        assert rehearsed.status_code == real.status_code == 200
        assert "演练" not in real.get_data(as_text=True)
    source = client.get(f"/preview/facts/{STAMP}~~extreme/web-hd/mh0001/900").get_json()["sources"][0]
    assert source["count"] == client.get(f"/preview/facts/{STAMP}/web-hd/mh0001/900").get_json()["sources"][0]["count"]
    assert _stored(channel) == before


def test_a_rehearsal_needs_no_warning_before_it(tmp_path: Path, channel: Channel) -> None:
    """A channel that never heard its source can rehearse; one that carries no warnings says so."""
    silent = editor(application(Channel.open(EXAMPLE, tmp_path / "state")))
    assert silent.get(f"/preview/at/{STAMP}~~severe/web-hd/mh0001/alert.json").get_json()["level"] == "takeover"
    assert "【演练】" in silent.get(f"/preview/at/{STAMP}~~severe/web-hd/mh0001/900.html").get_data(as_text=True)
    none = replace(channel, settings=msgspec.structs.replace(channel.settings, alert_source=""))
    answer = editor(application(none)).get(f"/preview/at/{STAMP}~~severe/web-hd/mh0001/900.html")
    assert answer.status_code == 404 and "没有预警来源的频道" in answer.get_data(as_text=True)


def test_what_cannot_be_rendered_is_told_in_words(channel: Channel, caplog: pytest.LogCaptureFixture) -> None:
    """A layout that goes wrong, and a fault of our own: the editor's sentence first, then what an engineer needs."""
    studio = Studio(channel)
    faults = {"这一页排不出来": RenderError("201: <box>"), "预览自己出错了": ZeroDivisionError("by zero")}
    for words, error in faults.items():
        client = editor(application(channel, studio))
        with patch.object(studio, "page", side_effect=error):
            for path in (f"at/{STAMP}/web-hd/mh0001/201.html", f"facts/{STAMP}/web-hd/mh0001/201"):
                answer = client.get(f"/preview/{path}")
                assert (answer.status_code, answer.mimetype) == (500, "text/plain")
                said = answer.get_data(as_text=True)
                assert said.startswith(words) and str(error) in said.split("\n")[1]
    assert "201: <box>" in caplog.text and "ZeroDivisionError" in caplog.text


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
    assert [facts.age(s, Say("zh_Hans")) for s in (-3, 0, 59, 60, 3599, 3600, 86_400)] == [
        "0 秒", "0 秒", "59 秒", "1 分钟", "59 分钟", "1 小时", "1 天",
    ]  # fmt: skip


def test_what_came_soon_after_the_chosen_moment_is_of_then(client: FlaskClient) -> None:
    """A source that answered some minutes later is not from the future; what came later than that is called so."""
    for time, age in (("081130", "刚刚"), ("080700", "刚刚"), ("080659", "晚于所选时刻")):
        told = client.get(f"/preview/facts/20261124T{time}/web-hd/mh0001/201").get_json()["sources"][0]
        assert told["age"] == age
