"""Trying an address or a file tells its format and field map, and gives a table that works as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from feeding import NOW, SAMPLES
from upstream import Upstream, answer, status

from feeds.base.clock import SetClock
from feeds.formats import format_names
from feeds.guess import Trial, suggest_id, trial
from feeds.source import load_sources

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[1] / "examples" / "minhang" / "records"


def attempt(address: str | Path, base: Path = Path()) -> Trial:
    return trial(str(address), base, SetClock(NOW))


@pytest.mark.parametrize(
    ("text", "format", "record", "count"),
    [
        ("名称,经度,纬度,电话\n第五人民医院,121.4,31.1,021\n古美医院,121.3,31.2,022\n", "table", "place", 2),
        ("服务,号码\n供电,95598\n", "table", "contact", 1),
        ("品名,市场,价格\n青菜,莘庄菜场,3.5\n", "table", "price", 1),
        ("名称,产地,市场,价格(元/500g)\n青菜,上海,莘庄菜场,3.5\n", "table", "price", 1),
        ("item,value,station,lon,lat,time\nAQI,78,莘庄站,121.4,31.1,2026-11-23\n", "table", "reading", 1),
        ("职位,招聘单位,月薪\n药师,药房,6000\n", "table", "job", 1),
        ("车站,班次,发车时间,终点站\n莘庄,K1,09:30,苏州\n", "table", "departure", 1),
        ('{"data": {"list": [{"bt": "停水通知", "fbsj": "2026-11-24", "nr": "正文"}]}}', "table", "article", 1),
        ("<rss><channel><item><title>一</title></item></channel></rss>", "rss", "", 1),
        ("BEGIN:VEVENT\nUID:1\nSUMMARY:会\nDTSTART:20050101T000000Z\nEND:VEVENT\n", "ical", "", 1),
        ('{"hourly": {"time": ["2026-11-24T08:00"], "temperature_2m": [9]}}', "weather", "", 1),
        ('{"type": "Feature", "properties": {"名称": "园"}, "geometry": null}', "geojson", "place", 1),
        ('[{"service_request_id": "1", "service_name": "路灯", "status": "open"}]', "open311", "", 1),
    ],
)
def test_the_format_and_the_fields_are_guessed(tmp_path: Path, text: str, format: str, record: str, count: int) -> None:
    """In UTF-8 and in GBK alike, and the printed table declares a source that reads the same."""
    for codec in ("utf-8", "gbk"):
        (tmp_path / "given").write_bytes(text.encode(codec))
        done = attempt(tmp_path / "given")
        assert done.ok, done.error
        assert done.source is not None and done.parsed is not None
        assert (done.source.format, done.source.record, len(done.parsed.records)) == (format, record, count)
        (tmp_path / "sources.toml").write_text(done.toml, encoding="utf-8")
        (declared,) = load_sources(tmp_path / "sources.toml", format_names()).values()
        assert (declared.format, declared.record, declared.fields) == (format, record, done.source.fields)


def test_an_address_is_tried_over_the_network(tmp_path: Path) -> None:
    """A discovery file leads to its stations; the table keeps the address."""
    feeds = [{"name": name, "url": f"{name}.json"} for name in ("station_information", "station_status")]
    station = {"station_id": "1", "name": "莘庄", "lat": 31.1, "lon": 121.4, "num_bikes_available": 3}
    with Upstream() as up:
        up.serve("/bikes/gbfs.json", answer(json.dumps({"data": {"feeds": feeds}}).encode()))
        for feed in feeds:
            up.serve(f"/bikes/{feed['url']}", answer(json.dumps({"data": {"stations": [station]}}).encode()))
        address = up.url("/bikes/gbfs.json")
        done = attempt(address, tmp_path)
    assert done.ok, done.error
    assert done.source is not None and (done.source.id, done.source.format) == ("bikes", "gbfs")
    assert f'url = "{address}"' in done.toml


@pytest.mark.parametrize(
    "body",
    [b"", b"<!DOCTYPE html><html><body>404</body></html>", b"\x00" * 20, b"only words", b"1,2\n3,4\n", b"[" * 100_000,
     b"PK\x03\x04x", b"<rss><channel/></rss>", b'<!DOCTYPE a [<!ENTITY x "y">]><rss>&x;</rss>', bytes(range(256)) * 50],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_reason(tmp_path: Path, body: bytes) -> None:
    """Never an exception."""
    (tmp_path / "given").write_bytes(body)
    done = attempt(tmp_path / "given")
    assert not done.ok
    assert done.error


def test_what_is_not_there_is_refused_with_a_reason(tmp_path: Path) -> None:
    """Missing files, dead servers, folders without a file, files outside the channel."""
    with Upstream() as up:
        up.serve("/", status(404))
        assert "404" in attempt(up.url("/")).error
    for address in (
        tmp_path / "nothing",
        tmp_path,
        "http://127.0.0.1:1/",
        "file:../x",
        "ftp://x/",
        "http://[x/",
        "http://",
    ):
        assert attempt(address, tmp_path).error


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample files are not here")
def test_every_real_sample_is_read_or_refused() -> None:
    """What others publish is read, or refused with a reason; nothing breaks."""
    done = {path.name: attempt(path) for path in sorted(SAMPLES.glob("*/*")) if path.is_file() and path.suffix != ".md"}
    refused = {name for name, one in done.items() if not one.ok}
    assert all(done[name].error for name in refused)
    assert all(one.toml for one in done.values() if one.ok)
    assert {"xee.cap", "invalid.cap"} <= refused


@pytest.mark.skipif(not EXAMPLE.exists(), reason="the example's records are not here")
def test_every_record_of_the_example_is_read() -> None:
    """Whatever the example's departments deliver, trying it gives records."""
    for path in sorted(EXAMPLE.iterdir()):
        if path.is_file():
            done = attempt(path)
            assert done.ok, (path.name, done.error)


def test_a_big_source_is_read_and_its_size_declared(tmp_path: Path) -> None:
    """A file beyond the usual cap is tried all the same, once, and the table allows for twice as much."""
    body = "name,phone\n" + "".join(f"热线{number:06},{'1' * 94}\n" for number in range(200_000))
    with Upstream() as up:
        up.serve("/big.csv", answer(body.encode()))
        done = trial(up.url("/big.csv"), tmp_path, SetClock(NOW), record="contact", fields={})
        assert len(up.requests) == 1
    assert done.ok
    assert "max_bytes = 42_000_000" in done.toml or "max_bytes = 43_000_000" in done.toml
    (tmp_path / "sources.toml").write_text(done.toml, encoding="utf-8")
    assert load_sources(tmp_path / "sources.toml", format_names())


def test_a_file_of_the_channel_is_declared_where_it_lies(tmp_path: Path) -> None:
    """Inside the channel's folder the table works as it is; a file from elsewhere is to be brought there."""
    (tmp_path / "channel" / "inbox").mkdir(parents=True)
    inside, outside = tmp_path / "channel" / "inbox" / "a.csv", tmp_path / "b.csv"
    for path in (inside, outside):
        path.write_text("name,phone\n供电,95598\n", encoding="utf-8")
    assert 'url = "file:inbox/a.csv"' in attempt(inside, tmp_path / "channel").toml
    assert 'url = "file:b.csv"  # a path in the channel' in attempt(outside, tmp_path / "channel").toml


def test_ids_are_suggested_from_the_address() -> None:
    """Short, plain, and never only digits."""
    assert suggest_id("https://data.example.org/api/3/Hospital-List_2026.csv?x=1") == "hospital-list-2026"
    assert suggest_id("http://bikes.example.org/gbfs.json") == "bikes-example-org"
    assert suggest_id("/a/b/2026.csv") == "source-2026"
    assert len(suggest_id("http://x/" + "y" * 300)) <= 40
