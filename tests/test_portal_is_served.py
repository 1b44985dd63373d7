"""The portal and the open interface as a phone and a program have them: over HTTP, from an origin with real painters.

What is taken down is gone on every terminal at once; what is not there is answered by what there is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

import feedparser
import lxml.html
import pytest
from painted_site import Origin, Site, until_on_air
from portal_help import words
from small_origin import Answer, get, wait_for

from channel.render import Renderer

pytestmark = pytest.mark.slow
HOSPITAL = "h03"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("portal"), ("web-hd", "bitmap-hd"))
    yield made
    made.archive.close()


@pytest.fixture(scope="module")
def origin(site: Site) -> Iterator[Origin]:
    with site.served(site.state) as found:
        yield found


def test_a_page_is_what_painting_gives_and_is_asked_for_again_by_its_tag(origin: Origin) -> None:
    """The bytes of the same pure function; the policy allows the style by its hash, our own scripts, and no other."""
    site = origin.site
    entry = site.release.said("201", "mh0001")
    assert entry is not None
    content = site.release.content("201", entry.content, items=False)
    answer = origin.look("/m/mh0001/201")
    assert answer.status == 200 and answer.fields["content-type"] == "text/html; charset=utf-8"
    (style,) = re.findall(r"style-src '(sha256-[^']+)'", answer.fields["content-security-policy"])
    assert style == Renderer(site.channel).terminals.portal.style
    assert "script-src 'self'" in answer.fields["content-security-policy"]
    assert "unsafe" not in answer.fields["content-security-policy"]
    assert answer.fields["x-release"] == site.store.current_id()
    assert get(origin.port, "/m/mh0001/201", if_none_match=answer.fields["etag"]).status == 304
    for row in content.body.rows[:3]:  # type: ignore[union-attr]
        assert row.name.encode() in answer.body


def test_estates_have_pages_of_their_own(origin: Origin) -> None:
    """Each names its estate; a page of the whole district does so too, for the household's is in the header of all."""
    for page in ("201", "111"):
        here, there = (origin.look(f"/m/{estate}/{page}") for estate in ("mh0001", "mh0002"))
        names = [origin.site.channel.estates[estate].name.encode() for estate in ("mh0001", "mh0002")]
        assert names[0] in here.body and names[1] in there.body and names[1] not in here.body
        assert here.fields["etag"] != there.fields["etag"]


def test_an_estate_is_chosen_by_list_or_search_and_remembered(origin: Origin) -> None:
    """No script: links and a form; the cookie is the estate and nothing else, and one tap changes it."""
    port, channel = origin.port, origin.site.channel
    estate = channel.estates["mh0001"]
    start = get(port, "/m/")
    assert start.status == 200 and estate.town.encode() in start.body and start.fields["cache-control"] == "no-store"
    found = get(port, f"/m/?q={quote(estate.name)}")
    assert b"go?estate=mh0001&amp;keep=1&amp;page=100" in found.body
    none = get(port, "/m/?q=%3Cscript%3E")
    assert b"&lt;script&gt;" in none.body and b"<script>" not in none.body
    chosen = get(port, "/m/go?estate=mh0001&keep=1&page=201")
    assert (chosen.status, chosen.fields["location"]) == (302, "/m/mh0001/201")
    cookie = chosen.fields["set-cookie"].partition(";")[0]
    assert cookie == "estate=mh0001"
    assert get(port, "/m/402", cookie=cookie).fields["location"] == "/m/mh0001/402"
    assert get(port, "/m/402").fields["location"] == "/m/district/402"
    assert get(port, "/m/402", cookie="estate=nowhere").fields["location"] == "/m/district/402"
    assert "set-cookie" not in get(port, "/m/go?estate=mh0002&page=100", cookie=cookie).fields
    assert get(port, "/m/mh0001").fields["location"] == "/m/mh0001/100"
    assert get(port, "/m/mh0001/").fields["location"] == "/m/mh0001/100"
    assert get(port, "/m/district").fields["location"] == "/m/district/100"
    back = get(port, "/m/go?estate=district&keep=1&page=100", cookie=cookie)
    assert "Max-Age=0" in back.fields["set-cookie"]


def test_a_number_is_typed(origin: Origin) -> None:
    """What grandmother sees on 201 is what her daughter opens; an address is never made of what was sent."""
    port = origin.port
    assert get(port, "/m/go?page=201&estate=mh0002").fields["location"] == "/m/mh0002/201"
    wide = quote("２０１")
    assert get(port, f"/m/go?page={wide}&estate=mh0002").fields["location"] == "/m/mh0002/201"
    for nonsense in ("//evil.example", "20", "201/../..", "%0d%0aX:y", ""):
        answer = get(port, f"/m/go?page={nonsense}")
        assert answer.status == 404 and "location" not in answer.fields
    assert get(port, "/m").fields["location"] == "/m/"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/m/mh0001/299", "299"), ("/m/nowhere/201", "/m/"), ("/m/i/201.nobody", "201"), ("/m/mh0001/../..", ""),
        ("/m/mh0001/201.html", ""), ("/m/i/201", ""), ("/m/unknown", ""),
    ],
)  # fmt: skip
def test_what_is_not_there_is_answered_by_what_there_is(origin: Origin, path: str, told: str) -> None:
    """A whole page with links to pages near it, which nobody keeps."""
    answer = get(origin.port, path)
    assert (answer.status, answer.fields["cache-control"]) == (404, "no-store")
    body = answer.body.decode()
    assert told in body or path.startswith("/m/nowhere")
    links = re.findall(r'<li><a href="((?:\.\./)*(?:district|mh0001)/[0-9]{3})">', body)
    assert links
    depth = path.count("/") - 2
    assert all(link.count("../") == depth for link in links)


def test_an_estate_is_not_forgotten_where_nothing_is(origin: Origin) -> None:
    """Its name, the form and the links go on to its own pages; and a warning in force stands there too."""
    estate = origin.site.channel.estates["mh0002"]
    for path in ("/m/mh0002/299", "/m/go?page=2&estate=mh0002"):
        page = lxml.html.document_fromstring(get(origin.port, path).body.decode())
        assert estate.name in words(page.xpath("//*[@class='place']")[0])
        assert page.xpath("//form[@class='jump']/input[@name='estate']/@value") == ["mh0002"]
        assert all("mh0002/" in link for link in page.xpath("//main//li/a/@href"))
    alerted = json.loads(get(origin.port, "/api/v1/alerts/mh0002.json").body)
    for path, cookie in (("/m/mh0002/299", ""), ("/m/", "estate=mh0002")):
        page = lxml.html.document_fromstring(get(origin.port, path, cookie=cookie).body.decode())
        (box,) = page.xpath("//*[@role='alert']")
        assert alerted["alert"]["headline"] in words(box) and box.get("data-id") == alerted["id"]


def test_a_warning_says_how_severe_where_and_until_when(origin: Origin) -> None:
    """On every page of whoever is in its area, from what its own page says."""
    alerted = json.loads(get(origin.port, "/api/v1/alerts/mh0001.json").body)["alert"]
    page = lxml.html.document_fromstring(origin.look("/m/mh0001/201").body.decode())
    (box,) = page.xpath("//*[@role='alert']/div")
    assert alerted["severity"] in box.get("class").split()
    assert alerted["area"] in words(box) and alerted["times"] in words(box)
    assert datetime.fromisoformat(box.get("data-ends")) == datetime.fromisoformat(alerted["ends"])


@pytest.mark.parametrize(
    ("asked", "name"),
    [(asked, "景城花苑") for asked in ("jingcheng", "jchy", "景城花园", "景城", "ＭＨ０００１")],
)  # fmt: skip
def test_an_estate_is_found_by_what_is_remembered_of_its_name(origin: Origin, asked: str, name: str) -> None:
    """By its Pinyin, the first letters of it, and a name that is nearly right."""
    page = lxml.html.document_fromstring(get(origin.port, f"/m/?q={quote(asked)}").body.decode())
    assert name in [words(link) for link in page.xpath("//a[contains(@href, 'keep=1')]")]
    assert not page.xpath("//*[@role='status'][contains(@class, 'empty')]")


def test_what_no_screen_shows_is_no_part_of_a_search(origin: Origin) -> None:
    answer = get(origin.port, "/m/?q=%00%1b%E2%80%8B")
    assert answer.status == 200 and not {"\x00", "\x1b", "\u200b"} & set(answer.body.decode())


def test_what_is_like_no_name_finds_nothing(origin: Origin) -> None:
    page = lxml.html.document_fromstring(get(origin.port, "/m/?q=zzqqxx").body.decode())
    assert page.xpath("//*[@role='status'][contains(@class, 'empty')]")


def test_a_program_has_the_same(origin: Origin) -> None:
    """JSON and feeds that any site may read, with tags; what is not there is said in JSON too."""
    answer = origin.look("/api/v1/mh0001/201.json")
    assert answer.fields["content-type"] == "application/json; charset=utf-8"
    assert answer.fields["access-control-allow-origin"] == "*"
    value = json.loads(answer.body)
    assert value["page"] == "201" and value["sources"][0]["licence"]
    assert get(origin.port, "/api/v1/mh0001/201.json", if_none_match=answer.fields["etag"]).status == 304
    item = json.loads(origin.look(f"/api/v1/i/201.{HOSPITAL}.json").body)
    assert item["item"] == HOSPITAL and item["body"]["type"] == "sheet"
    for name in ("lineup.json", "estates.json", "openapi.json", "estates.geojson"):
        assert json.loads(origin.look(f"/api/v1/{name}").body)
    assert feedparser.parse(origin.look("/api/v1/mh0001/111.atom").body).entries
    assert origin.look("/api/v1/mh0001/341.ics").body.startswith(b"BEGIN:VCALENDAR")
    assert json.loads(origin.look("/api/v1/mh0001/201.geojson").body)["features"]
    for path in ("mh0001/999.json", "nowhere/201.json", "i/201.nobody.json", "mh0001/201.atom", "mh0001/201.exe", "x"):
        missing = get(origin.port, f"/api/v1/{path}")
        assert missing.status == 404 and json.loads(missing.body)["see"] == "/api/v1/openapi.json"
        assert missing.fields["access-control-allow-origin"] == "*"
    assert get(origin.port, "/api/v1/mh0001/201.json", "POST", b"").status == 405
    for path, method in (("/api/v1/mh0001/201.json", "POST"), ("/api", "GET"), ("/api/", "GET"), ("/api/v2/x", "GET")):
        refused = get(origin.port, path, method, b"" if method == "POST" else None)
        assert json.loads(refused.body)["see"] == "/api/v1/openapi.json", path
    # A page of another site asks first, whether it may say what it has already.
    first = get(origin.port, "/api/v1/mh0001/201.json", "OPTIONS", origin="https://app.example")
    assert first.status == 204 and "If-None-Match" in first.fields["access-control-allow-headers"]
    assert "ETag" in answer.fields["access-control-expose-headers"]


def test_alerts_are_never_kept_past_five_seconds(origin: Origin) -> None:
    answer = origin.look("/api/v1/alerts/mh0001.json")
    told, spoken = json.loads(answer.body), json.loads(get(origin.port, "/web-hd/mh0001/alert.json").body)
    assert answer.fields["cache-control"] == "public, max-age=5, must-revalidate"
    assert {key: told[key] for key in spoken} == spoken and told["alert"]["headline"]
    assert told["text"].encode() in origin.look("/m/mh0001/201").body
    assert get(origin.port, "/api/v1/alerts/nowhere.json").status == 404


def test_what_a_phone_adds_is_there(origin: Origin) -> None:
    kinds = {"portal.js": "application/javascript", "worker.js": "application/javascript", "icon.svg": "image/svg+xml",
             "manifest.json": "application/manifest+json"}  # fmt: skip
    for name, kind in kinds.items():
        answer = origin.look(f"/m/{name}")
        assert answer.status == 200 and answer.fields["content-type"].startswith(kind), name
    manifest = json.loads(origin.look("/m/manifest.json").body)
    assert manifest["name"] == origin.site.channel.settings.title and manifest["start_url"] == "100"


def test_what_is_taken_down_is_gone_on_every_terminal_at_once_and_comes_back(origin: Origin) -> None:
    """Television, portal and interface by one step; and a roll back is one for all of them."""
    site, port = origin.site, origin.port
    paths = (f"/web-hd/mh0001/i/201.{HOSPITAL}.html", f"/m/i/201.{HOSPITAL}", f"/api/v1/i/201.{HOSPITAL}.json")
    pages = ("/web-hd/mh0001/111.html", "/m/mh0001/111", "/api/v1/mh0001/111.json", "/api/v1/mh0001/111.atom")
    before: list[Answer] = [origin.look(path) for path in (*paths, *pages)]
    assert [answer.status for answer in before] == [200] * 7
    until_on_air(port, site.store.take_down(f"201.{HOSPITAL}"))
    assert [get(port, path).status for path in paths] == [404] * 3
    until_on_air(port, site.store.take_down("111"))
    assert [get(port, path).status for path in pages] == [404] * 4
    near = lxml.html.document_fromstring(get(port, "/m/mh0001/119").body.decode()).xpath("//main//a/@href")
    assert any(link.endswith("/112") for link in near) and not any(link.endswith("/111") for link in near)
    site.store.put_back("111")
    until_on_air(port, site.store.put_back(f"201.{HOSPITAL}"))
    after = [origin.look(path) for path in (*paths, *pages)]
    assert [answer.body for answer in after] == [answer.body for answer in before]


def test_a_roll_back_is_one_for_all_terminals(origin: Origin) -> None:
    site, port = origin.site, origin.port
    first = site.release.id
    rolled = site.store.rollback(first)
    until_on_air(port, rolled)
    for path in ("/web-hd/mh0001/201.html", "/m/mh0001/201", "/api/v1/mh0001/201.json"):
        wait_for(lambda path=path: origin.look(path).fields["x-release"] == rolled)
