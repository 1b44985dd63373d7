"""A kind is guessed with evidence of its own; a part of something says what it is part of, and what to give instead."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import msgspec
import pytest
from feeding import NOW, SAMPLES
from upstream import Upstream, answer, status

from feeds.base.clock import SetClock
from feeds.guess import Trial, trial
from feeds.records import Price
from feeds.source import load_sources

STATIONS = [{"station_id": "1", "name": "莘庄", "lat": 31.1, "lon": 121.4}]
BIKES = [{"bike_id": "b1f0c5a2-77aa-4f0e-9b0c-0e9f7f3f4c11", "lat": 31.1, "lon": 121.4, "is_reserved": False}]
PACKAGE = {"name": "wards", "title": "街镇名单", "notes": "说明", "resources": [{"format": "CSV", "url": "https://x.cn/a.csv"}]}


def attempt(body: str | bytes, folder: Path, name: str = "given", **facts: object) -> Trial:
    """The trial of a file with these bytes."""
    path = folder / name
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return trial(str(path), folder, SetClock(NOW), **facts)  # type: ignore[arg-type]


def gbfs(**data: object) -> str:
    return json.dumps({"last_updated": 1764400000, "ttl": 60, "version": "2.3", "data": data}, ensure_ascii=False)


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "a,b\n1,2\n")
    return out.getvalue()


PARTS = {
    "station_information": (gbfs(stations=STATIONS), ("station_information", "gbfs.json")),
    "station_status": (gbfs(stations=[{"station_id": "1", "num_bikes_available": 2}]), ("station_status", "gbfs.json")),
    "stations alone": (json.dumps({"data": {"stations": STATIONS}}), ("station_information", "gbfs.json")),
    "mopeds by UUID": (gbfs(bikes=BIKES), ("free_bike_status", "gbfs.json")),
    "vehicles of GBFS 3": (gbfs(vehicles=BIKES), ("vehicle_status", "gbfs.json")),
    "versions of GBFS": (gbfs(versions=[{"version": "3.0", "url": "https://x.cn/g"}]), ("versions", "gbfs.json")),
    "discovery without stations": (gbfs(feeds=[{"name": "system_information", "url": "https://x.cn/s"}]), ("neither",)),
    "prices of GBFS": (gbfs(plans=[{"plan_id": "a", "name": "日票", "price": 5}]), ("system_pricing_plans",)),
    "stops.txt": ("stop_id,stop_name,stop_lat,stop_lon\n1,莘庄,31.1,121.4\n", ("stops.txt", "archive")),
    "routes.txt": ('"route_id","route_short_name","route_type"\n1,莘庄1路,3\n', ("routes.txt", "archive")),
    "stop_times.txt": ("trip_id,departure_time,stop_id,stop_sequence\n1,8:00,1,1\n", ("stop_times.txt",)),
    "agency.txt": ("agency_id,agency_name,agency_timezone\n1,公交,Asia/Shanghai\n", ("agency.txt",)),
    "timetable without times": (archive("stops.txt", "routes.txt"), ("without stop_times.txt",)),
    "services of Open311, XML": (
        "<services><service><service_code>1</service_code><service_name>路灯</service_name></service></services>",
        ("service definitions", "/requests"),
    ),
    "services of Open311, JSON": (
        '[{"service_code": "1", "service_name": "路灯", "metadata": true, "type": "realtime"}]',
        ("service definitions", "/requests"),
    ),
    "discovery of Open311": (
        json.dumps({"endpoints": [{"specification": "http://wiki.open311.org/GeoReport_v2", "url": "https://x.cn/v2"}]}),
        ("https://x.cn/v2/requests.json",),
    ),
    "a model's weather": (
        '{"latitude": 31.1, "longitude": 121.4, "utc_offset_seconds": 0, "timezone": "GMT"}',
        ("Open-Meteo", "&current="),
    ),
    "names of CKAN": ('{"success": true, "result": ["a", "b"]}', ("package_show",)),
    "a portal that refuses": ('{"success": false, "error": {"message": "Not found"}}', ("refused", "Not found")),
    "a package of CKAN": (json.dumps(PACKAGE, ensure_ascii=False), ("catalogue", "https://x.cn/a.csv")),
    "a catalogue of DCAT": (
        json.dumps({"dataset": [{"title": "表", "distribution": [{"format": "CSV", "downloadURL": "https://x.cn/a.csv"}]}]}),
        ("catalogue", "https://x.cn/a.csv"),
    ),
    "words in CSV": ("颜色,大小,心情\n红,大,好\n蓝,小,坏\n", ("颜色, 大小, 心情", "--record")),
    "words in JSON": ('{"service": {"mode": "快", "owner": "甲"}, "words": ["一", "二"]}', ("--record",)),
    "settings in JSON": ('{"name": "app", "version": "1.0", "scripts": {"start": "x"}}', ("--record",)),
    "coordinates beyond the earth": ("name,x,y\na,13514700.0,3645600.0\nb,13514701.0,3645601.0\n", ("--record",)),
    "a page": ("<!DOCTYPE html><html><body><p>你好</p></body></html>", ("HTML page",)),
    "a PDF": (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", ("PDF",)),
    "a Word file": (archive("word/document.xml"), ("Word",)),
    "a list of feeds": ('<opml><body><outline text="a" xmlUrl="https://x.cn"/></body></opml>', ("OPML", "xmlUrl")),
    "prose": ("这是一段文字。\n没有表格，只有话。\n", ("no format that we know",)),
    "an address that is a link": ("name,address\na,https://x.cn/\nb,https://y.cn/\n", ("--record",)),
}  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_a_part_says_what_it_is_part_of(tmp_path: Path, name: str) -> None:
    """No table of places is made of it, and the sentence holds what to give."""
    body, words = PARTS[name]
    done = attempt(body, tmp_path)
    assert not done.ok and not done.toml
    assert all(word in done.error for word in words), done.error


def test_a_price_without_a_market_asks_for_it(tmp_path: Path) -> None:
    """The item is 品名, not 产地; the unit stands in the head; a market is not invented, and once said is enough."""
    body = "品名,规格,产地,批发价（元/公斤）\n青菜,散装,上海,3.5\n番茄,散装,山东,4.2\n"
    done = attempt(body, tmp_path)
    assert done.ok != any(field.required and field.name == "market" for field in msgspec.structs.fields(Price))
    asked = done.error or done.notes[0]
    assert 'constants = { market = "…" }' in asked and "产地" in asked
    assert done.source is not None and done.source.fields == {"item": "品名", "value": "批发价（元/公斤）"}
    assert 'unit = "元/公斤"\n# market = "…"' in done.toml
    (tmp_path / "sources.toml").write_text(done.toml.replace("# market", "market"), encoding="utf-8")
    assert load_sources(tmp_path / "sources.toml", frozenset({"table"}))
    done = attempt(body, tmp_path, constants={"market": "莘庄菜场"})
    assert done.ok and done.parsed is not None and len(done.parsed.records) == 2


def test_a_map_without_names_asks_for_them(tmp_path: Path) -> None:
    """A place is not named after its file."""
    point = '{"type": "Point", "coordinates": [121.4, 31.1]}'
    feature = f'{{"type": "Feature", "properties": {{"prop0": "value0"}}, "geometry": {point}}}'
    for body in (feature, point):
        done = attempt(body, tmp_path)
        assert not done.ok and 'name = "…"' in done.error
    assert attempt(feature, tmp_path, fields={"name": "prop0"}).ok


def test_names_under_several_heads_are_all_found(tmp_path: Path) -> None:
    """Rows that say ``title`` where others say ``name`` are not without a name."""
    rows = [{"name": "甲", "address": "路1号"}, {"title": "乙", "名称": "乙", "address": "路2号"}]
    done = attempt(json.dumps(rows), tmp_path)
    assert done.ok and done.parsed is not None
    assert [record.name for record in done.parsed.records] == ["甲", "乙"]  # type: ignore[union-attr]


def test_an_editors_word_on_the_record_is_enough(tmp_path: Path) -> None:
    """With the kind of record said, columns are found for it, and a name in whatever text there is."""
    done = attempt("起,止,flow\n徐泾东,虹桥,1223\n虹桥,徐泾东,1785\n", tmp_path, record="reading")
    assert done.ok and done.source is not None
    assert done.source.fields == {"name": "起", "value": "flow"}
    assert "expected one of" in attempt("a,b\n1,2\n", tmp_path, record="nonsense").error


def index(entry: str, title: str = "通知") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{title}</title><entry><title>一</title>{entry}</entry></feed>'


CAP = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>W</identifier><sender>a@b.cn</sender>'
    "<sent>2026-11-24T08:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info>"
    "<category>Met</category><event>大风</event><urgency>Immediate</urgency><severity>Minor</severity>"
    "<certainty>Observed</certainty></info></alert>"
)


@pytest.mark.parametrize(
    "link",
    [
        '<link href="w1.cap"/>',
        '<link href="w1" type="application/cap+xml"/>',
        '<link href="page.html" type="text/html"/><link rel="related" type="application/cap+xml" href="w1"/>',
        '<link href="w1"/><cap:event xmlns:cap="urn:oasis:names:tc:emergency:cap:1.1">大风</cap:event>',
        '<link href="get?capID=1"/>',
        '<link href="GetCapAlert.aspx?id=1"/>',
    ],
)
def test_an_index_of_warnings_is_no_news(tmp_path: Path, link: str) -> None:
    """Told by its links and elements, or by the first document that it links to."""
    with Upstream() as up:
        up.serve("/index", answer(index(link).encode()))
        for name in ("/w1", "/w1.cap", "/get", "/GetCapAlert.aspx"):
            up.serve(name, answer(CAP.encode()))
        done = trial(up.url("/index"), tmp_path, SetClock(NOW))
    assert done.source is not None and (done.ok, done.source.format) == (True, "cap"), done.error


def test_news_of_warnings_stay_news(tmp_path: Path) -> None:
    """A title that speaks of warnings, links that speak of capitals: the linked page decides."""
    page = answer(b"<html><body>news</body></html>")
    with Upstream() as up:
        up.serve("/n/cap/1.html", page)
        up.serve("/n/1.html", page)
        for link, title in (("n/cap/1.html", "通知"), ("n/1.html", "气象预警")):
            up.serve("/index", answer(index(f'<link href="{link}"/>', title).encode()))
            done = trial(up.url("/index"), tmp_path, SetClock(NOW))
            assert done.source is not None and (done.ok, done.source.format, done.notes) == (True, "rss", ())


def test_what_may_be_warnings_is_not_taken_for_news_unseen(tmp_path: Path) -> None:
    """When the document that would decide cannot be had, the editor decides; a mere title is only remarked upon."""
    with Upstream() as up:
        up.serve("/index", answer(index('<link href="get?capID=1"/>').encode()))
        up.serve("/get", status(503))
        done = trial(up.url("/index"), tmp_path, SetClock(NOW))
        assert not done.ok and "--format cap" in done.error and "--format rss" in done.error
        assert trial(up.url("/index"), tmp_path, SetClock(NOW), format="rss").ok
        up.serve("/index", answer(index('<link href="gone"/>', "预警").encode()))
        done = trial(up.url("/index"), tmp_path, SetClock(NOW))
        assert done.ok and "--format cap" in done.notes[0]


TABLE = {
    # file: (ok, format, record or a word of the sentence)
    "cap/weather.cap": (True, "cap", ""),
    "cap/weather.atom": (True, "cap", ""),
    "cap/invalid.cap": (False, "cap", "scope"),
    "cap/xee.cap": (False, "", "entities"),
    "cap/no_entries.atom": (False, "cap", "no item"),
    "cap/ny_index.rss": (False, "", "--format cap"),
    "ckan/packages.json": (True, "ckan", "article"),
    "csv/metrodata-sample.csv": (False, "", "FROMSTATIONAME"),
    "csv/metrostop2.csv": (True, "table", "place"),
    "csv/shanghai_urban.csv": (True, "table", "place"),
    "csv/shanghai_urban.gb18030.csv": (True, "table", "place"),
    "gbfs/helsinki/gbfs.json": (False, "gbfs", "min_valid"),
    "gbfs/lillestrombysykkel/gbfs.json": (True, "gbfs", ""),
    "gbfs/helsinki/station_information.json": (False, "", "station_information"),
    "gbfs/helsinki/station_status.json": (False, "", "station_status"),
    "gbfs/helsinki/system_information.json": (False, "", "system_information"),
    "gbfs/lillestrombysykkel/vehicle_types.json": (False, "", "vehicle_types"),
    "gbfs/lillestrombysykkel/system_pricing_plans.json": (False, "", "system_pricing_plans"),
    "geojson/good-featurecollection.geojson": (False, "geojson", "prop0"),
    "geojson/hole.json": (False, "geojson", "name"),
    "gtfs/example.zip": (False, "gtfs", "its timetable ended on 2010-12-31"),
    "gtfs_realtime/bart-alerts.pb": (True, "gtfs_rt", ""),
    "icalendar/example.ics": (True, "ical", ""),
    "icalendar/bom_calendar.ics": (False, "ical", "no item"),
    "open311/dc-services.xml": (False, "", "service definitions"),
    "open311/service-requests.xml": (True, "open311", ""),
    "open311/discovery-boston.json": (False, "", "mayors24.cityofboston.gov/open311/v2/requests.json"),
    "rss/rss20.xml": (True, "rss", ""),
    "rss/w3cn.org.xml": (True, "rss", ""),
    "weather/forecast_precipitation_probabilities.json": (True, "weather", ""),
    "xlsx/errors.xlsx": (False, "", "no table"),
    "xlsx/merge_cells.xlsx": (False, "", "Row Merge"),
    "xlsx/date.xls": (False, "", "2021-01-01"),
    "xmltv/test.xml": (True, "xmltv", ""),
    "tries/cancel_page/index.atom": (True, "cap", ""),
    "tries/gbfs3/station_information.json": (False, "", "station_information"),
    "tries/gbfs3/gbfs.json": (True, "gbfs", ""),
    "tries/gbfs3/station_status.json": (False, "", "station_status"),
    "tries/geo_collection.geojson": (True, "geojson", "place"),
    "tries/om_no_series.json": (False, "", "Open-Meteo"),
    "tries/open311.json": (True, "open311", ""),
    "tries/csv_spaces_num.csv": (True, "table", "place"),
    "tries/xls_merged_town.xls": (True, "table", "place"),
    "tries/csv_news_dates.csv": (True, "table", "article"),
    "tries/rss_dates.xml": (True, "rss", ""),
    "tries/weather_unixtime.json": (True, "weather", ""),
    "tries/xmltv_midnight.xml": (True, "xmltv", ""),
}


@pytest.mark.parametrize("name", TABLE)
def test_real_files_are_taken_for_what_they_are(name: str) -> None:
    """What other people publish: its format and record, or the sentence that an editor gets."""
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("the sample files are not here")
    ok, format, word = TABLE[name]
    done = trial(str(path), SAMPLES, SetClock(NOW))
    assert done.ok == ok, done.error
    assert done.source is not None
    if format:
        assert done.source.format == format
    assert word == done.source.record if ok else word in done.error
