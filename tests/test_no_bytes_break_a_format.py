"""Whatever the bytes, a format gives records and problems, or a FormatError: nothing else, and nothing invalid."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from feeding import NOW, source
from gtfs_files import FILES, gtfs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.base.errors import FormatError
from feeds.formats import Document, Parsed, format_names, get, links_of
from feeds.records import KINDS, AnyRecord, Problem
from feeds.source import Source

pytestmark = pytest.mark.slow

BOUNDED = settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
CAP = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>1</identifier><sender>s</sender>
<sent>2026-11-24T08:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
<references>a,b,c</references><info><language>zh-CN</language><category>Met</category><event>暴雨</event>
<urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty><expires>2026-11-25T08:00:00Z</expires>
<area><areaDesc>区</areaDesc><polygon>1,2 3,4 5,6 1,2</polygon><circle>31.1,121.4 5</circle>
<geocode><valueName>n</valueName><value>v</value></geocode></area></info></alert>"""
RSS = """<rss version="2.0"><channel><title>t</title><link>http://x/</link><item><title>一</title><link>/a</link>
<guid>g</guid><pubDate>Tue, 24 Nov 2026 08:00:00 +0800</pubDate><category>通知</category>
<description><![CDATA[<p>甲</p>]]></description></item><item><title>二</title></item></channel></rss>"""
XMLTV = """<tv><channel id="1"><display-name lang="zh">台</display-name></channel>
<programme start="20261124080000 +0800" stop="20261124090000 +0800" channel="1"><title lang="zh">新闻</title>
<desc>d</desc><length units="minutes">30</length>
</programme></tv>"""
ICAL = """BEGIN:VCALENDAR\nX-WR-TIMEZONE:Asia/Shanghai\nBEGIN:VEVENT\nUID:1\nSUMMARY:会
DTSTART;TZID=Asia/Shanghai:20261125T090000
DURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;TZID=Asia/Shanghai:20261202T090000\nEND:VEVENT\nEND:VCALENDAR\n"""
STATION = {"station_id": "1", "name": "站", "lat": 31.1, "lon": 121.4, "capacity": 20, "num_bikes_available": 7}
NAMED = [{"name": "station_information", "url": "a"}, {"name": "station_status", "url": "b"}]
GBFS = json.dumps({"last_updated": 1795479120, "data": {"feeds": NAMED, "stations": [STATION]}})
POINT = {"type": "Point", "coordinates": [121.4, 31.1]}
GEOJSON = json.dumps({
    "type": "FeatureCollection",
    "features": [{"type": "Feature", "id": 1, "properties": {"name": "处"}, "geometry": POINT}],
})  # fmt: skip
WEATHER = json.dumps({"utc_offset_seconds": 28800, "hourly": {"time": ["2026-11-24T09:00"], "temperature_2m": [9],
                      "weather_code": [3], "wind_speed_10m": [3], "wind_direction_10m": [90]}})  # fmt: skip
CKAN = json.dumps({"success": True, "result": {"total": 1, "records": [{"name": "处", "lon": 121.4, "lat": 31.1}]}})
REQUEST = {"service_request_id": "1", "service_name": "路灯", "status": "open", "requested_datetime": "2026-11-24"}
OPEN311 = json.dumps([REQUEST])
SEEDS: dict[str, bytes] = {
    "rss": RSS.encode(), "cap": CAP.encode(), "xmltv": XMLTV.encode(), "ical": ICAL.encode(), "gbfs": GBFS.encode(),
    "geojson": GEOJSON.encode(), "weather": WEATHER.encode(), "ckan": CKAN.encode(), "open311": OPEN311.encode(),
    "table": "name,lon,lat,phone\n医院,121.4,31.1,021\n".encode(), "gtfs": gtfs(),
    "gtfs_rt": b"\n\x0b\n\x032.0\x18\x90\xb8\x93\xd8\x06",
}  # fmt: skip
_ANY = msgspec.msgpack.Decoder(tuple[AnyRecord, ...])
_HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def read(format: str, body: bytes) -> Parsed | None:
    one: Source = source(format, record="place" if format in ("table", "ckan", "geojson") else "", max_items=500)
    documents = [Document(url=one.url, body=body)]
    if format == "gbfs":
        documents += [Document(url="http://example.org/a", body=body), Document(url="http://example.org/b", body=body)]
    try:
        links = links_of(get(format))(documents, one)
        assert all(isinstance(link, str) for link in links)
        return get(format).parse(documents, one, NOW)
    except FormatError as error:
        assert 0 < len(str(error)) < 2_000
        return None


def hold(parsed: Parsed | None) -> None:
    """What must be true of anything that was read."""
    if parsed is None:
        return
    again = _ANY.decode(msgspec.msgpack.encode(parsed.records))
    assert again == parsed.records
    ids = [record.id for record in parsed.records]
    assert len(ids) == len(set(ids))
    msgspec.convert(msgspec.to_builtins(parsed.problems), list[Problem])
    for record in parsed.records:
        for text in texts(record):
            assert not _HIDDEN.search(text), repr(text)


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, msgspec.Struct):
        return [text for name in value.__struct_fields__ for text in texts(getattr(value, name))]
    if isinstance(value, tuple):
        return [text for part in value for text in texts(part)]
    return []


def test_every_format_has_a_seed_that_it_reads() -> None:
    """A new format is fuzzed from its first day; only what comes from the desk has no bytes from outside."""
    assert set(SEEDS) == format_names() - {"desk"}
    for name, body in SEEDS.items():
        parsed = read(name, body)
        assert parsed is not None, name
        assert parsed.records or parsed.dataset is not None, name


@pytest.mark.parametrize("format", sorted(SEEDS))
@BOUNDED
@given(data=st.data())
def test_damaged_feeds_do_no_harm(format: str, data: st.DataObject) -> None:
    """Real feeds with bytes changed, cut, doubled and inserted."""
    body = bytearray(SEEDS[format])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(body) - 1)))
        kind = data.draw(st.sampled_from(["set", "cut", "insert", "double", "end", "nasty"]))
        if kind == "set" and body:
            body[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del body[at : at + data.draw(st.integers(1, 40))]
        elif kind == "insert":
            body[at:at] = data.draw(st.binary(min_size=1, max_size=12))
        elif kind == "double":
            body[at:at] = body[at : at + 60]
        elif kind == "end":
            del body[at:]
        else:
            body[at:at] = data.draw(st.sampled_from(NASTY))
    hold(read(format, bytes(body)))


@pytest.mark.parametrize(
    ("format", "body"),
    [
        ("cap", b"<" + b"A" * 25_000 + CAP.encode()[1:]),
        ("rss", b"<" + b"A" * 25_000 + RSS.encode()[1:]),
        ("gtfs", gtfs().replace(b"\x09\x00\x00\x00stops.txt", b"\x09\x03\x00\x03stops.txt")),
        # Every programme of a channel ends before it starts.
        ("xmltv", XMLTV.replace("20261124090000", "20261124070000").encode()),
        # A member whose name is nothing but a NUL byte.
        ("gtfs", gtfs().replace(b"stops.txt", b"\x00tops.txt")),
        ("rss", RSS.replace("http://x/", "http://[x/").replace("/a<", "//[b<").encode()),
        ("cap", b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="http://[x/"/></entry></feed>'),
        ("gbfs", GBFS.replace('"a"', '"http://[a"').encode()),
    ],
    ids=["root", "feed-root", "member", "nothing-lasts", "nameless", "address", "alert-address", "file-address"],
)
def test_what_fuzzing_found_stays_mended(format: str, body: bytes) -> None:
    """Cases that once broke a promise."""
    hold(read(format, body))


NASTY = [
    "\u202e\u2066\u200b\ufeff".encode(), b"\x00\x1b[31m\x85", b"&#0;&#xD800;&amp;lt;", b"<!--", b"]]>", b"<![CDATA[",
    b"NaN", b"1e999", b"-0", b"99999999999999999999999", b"0000-00-00", b"9999-12-31T23:59:59-12:00", b"0001-01-01",
    b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xa1\xfe\x81\x30", b"<script>alert(1)</script>", b'"', b"'", b"\r",
    b"\n", b"|", "：".encode(), b"${HOME}", b"%s%n{0}", b"[[[[[[", b"null", b"true", b"{}", b"[]", "长".encode() * 700,
    b"../../etc/passwd", b"A" * 25_000,
]  # fmt: skip


@pytest.mark.parametrize("format", sorted(SEEDS))
@BOUNDED
@given(body=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_rubbish_does_no_harm(format: str, body: bytes) -> None:
    """Any bytes at all."""
    hold(read(format, body))


VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.sampled_from(
        ["2026-11-24", "08:12", "25:10", "1795479120", "121.4", "-1", "是", "：", "a：b|c：d", "<p>x", "1" * 400]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(BOUNDED, max_examples=60)
@given(data=st.data())
def test_any_row_becomes_a_valid_record_or_a_problem(kind: str, data: st.DataObject) -> None:
    """Every field of every record type, filled with anything that JSON can say; a field that a spreadsheet has rounded
    may be left out of a row that holds."""
    names = list(KINDS[kind].__struct_fields__)
    rows = data.draw(st.lists(st.dictionaries(st.sampled_from(names), VALUES, max_size=8), min_size=1, max_size=3))
    body = json.dumps(rows).encode("utf-8", "replace")
    one = source("table", record=kind)
    try:
        parsed = get("table").parse([Document(url="u", body=body)], one, NOW)
    except FormatError:
        return
    hold(parsed)
    assert parsed.total == len(rows)
    refused = [problem for problem in parsed.problems if " was left out: " not in problem.reason]
    assert len(parsed.records) + len(refused) == len(rows)


@BOUNDED
@given(
    name=st.sampled_from(sorted(FILES)),
    at=st.integers(0, 400),
    text=st.text(max_size=20) | st.sampled_from([",,,,", '"', "\n\n"]),
)
def test_damaged_timetables_do_no_harm(name: str, at: int, text: str) -> None:
    """Text put anywhere into any file of an archive; what can still be asked is answered."""
    changed = FILES[name][:at] + text + FILES[name][at:]
    try:
        parsed: Any = get("gtfs").parse(
            [Document(url="u", body=gtfs({name: changed.encode("utf-8", "replace").decode()}))], source("gtfs"), NOW
        )
    except FormatError:
        return
    hold(parsed)
    for stop, _ in parsed.dataset.nearest(121.385, 31.111, 3):
        found = parsed.dataset.departures([stop], datetime(2026, 11, 24, tzinfo=UTC), 8)
        assert found == sorted(found, key=lambda departure: departure.departs)


def workbook() -> bytes:
    import io

    import openpyxl

    book = openpyxl.Workbook()
    for row in (["name", "lon", "lat", "phone"], ["医院", 121.4, 31.1, "021"], ["诊所", 121.3, 31.2, None]):
        book.active.append(row)
    book.active.merge_cells("A4:B5")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


WORKBOOK = workbook()
REFERENCES = [b"9" * 12, b"XFD1048576", b"A1:XFD1048576", b"-1", b"1e999"]


@settings(BOUNDED, max_examples=200)
@given(data=st.data())
def test_damaged_workbooks_do_no_harm(data: st.DataObject) -> None:
    """Bytes changed inside any part of a workbook, references and counts among them."""
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as old, zipfile.ZipFile(out, "w") as new:
        victim = data.draw(st.sampled_from(sorted(old.namelist())))
        for name in old.namelist():
            body = bytearray(old.read(name))
            if name == victim:
                for _ in range(data.draw(st.integers(1, 3))):
                    at = data.draw(st.integers(0, len(body)))
                    put = data.draw(st.binary(max_size=4) | st.sampled_from(REFERENCES))
                    body[at : at + data.draw(st.integers(0, 30))] = put
            new.writestr(name, bytes(body))
    hold(read("table", out.getvalue()))


@settings(BOUNDED, max_examples=40)
@given(names=st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=4), data=st.binary(max_size=200))
def test_any_archive_does_no_harm(names: list[str], data: bytes) -> None:
    """Names of any kind inside a ZIP, for the formats that open one."""
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in dict.fromkeys(names):
            archive.writestr(name.encode("utf-8", "replace").decode().replace("\x00", "_") or "_", data)
    for format in ("gtfs", "table"):
        hold(read(format, out.getvalue()))
