"""GeoJSON, CKAN, Open-Meteo, QWeather and Open311 become the records of the house."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from feeding import Station, parse, sample, samples, source
from upstream import Connection, Request, Upstream, answer

from feeds.base.errors import FormatError
from feeds.formats.weather import beaufort, wind_name


def features(*geometries: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "id": f"f{n}", "properties": {"名称": f"第{n}处"}, "geometry": geometry}
        for n, geometry in enumerate(geometries)
    ]})  # fmt: skip


SQUARE = [[121.0, 31.0], [121.2, 31.0], [121.2, 31.2], [121.0, 31.2], [121.0, 31.0]]


def test_every_geometry_has_a_place() -> None:
    """A point its own, anything else the middle of its extent, none at all none."""
    text = features(
        {"type": "Point", "coordinates": [121.5, 31.5, 8.0]}, {"type": "Polygon", "coordinates": [SQUARE]},
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]}, {"type": "LineString", "coordinates": SQUARE[:2]},
        {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]}, None,
    )  # fmt: skip
    found: Any = parse("geojson", text, fields={"name": "名称"}).records
    assert [(r.lon, r.lat) for r in found] == [
        (121.5, 31.5), (121.1, 31.1), (121.1, 31.1), (121.1, 31.0), (1.0, 2.0), (None, None),
    ]  # fmt: skip
    assert [r.id for r in found] == [f"f{n}" for n in range(6)]


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [31.1, 121.4]}, {"type": "Point", "coordinates": ["a", "b"]},
        {"type": "Circle"}, {"type": "Point", "coordinates": [1]}, {"type": "Point"}, 7,
        {"type": "Polygon", "coordinates": [[[[[[1, 2]]]]]]},
    ],
)  # fmt: skip
def test_a_bad_geometry_is_quarantined(geometry: Any) -> None:
    """Latitude first, too deep, no numbers: that feature alone is refused."""
    parsed = parse("geojson", features(geometry, {"type": "Point", "coordinates": [121, 31]}), fields={"name": "名称"})
    assert (len(parsed.records), len(parsed.problems)) == (1, 1)


@pytest.mark.parametrize("path", samples("geojson"), ids=lambda path: path.name)
def test_real_maps_are_read(path: Path) -> None:
    """Collections, bare geometries, holes and null geometries."""
    parsed = parse("geojson", path.read_bytes(), fields={"name": "prop0 || stop_name || '没有名字'"})
    assert parsed.records
    assert parsed.total == len(parsed.records) + len(parsed.problems)


def test_a_portals_rows_are_read_page_by_page(tmp_path: Path) -> None:
    """The datastore is asked for the next page until all rows are there, whatever the page size."""
    rows = [{"_id": n, "机构": f"第{n}家", "电话": str(n)} for n in range(25)]

    def page(connection: Connection, request: Request) -> None:
        query = dict(part.split("=") for part in request.path.partition("?")[2].split("&"))
        offset = int(query.get("offset", 0))
        result = {"total": 25, "records": rows[offset : offset + 10]}
        answer(json.dumps({"success": True, "result": result}).encode())(connection, request)

    with Upstream() as up:
        up.serve("/api/3/action/datastore_search", page)
        station = Station(tmp_path)
        url = up.url("/api/3/action/datastore_search?resource_id=r1&limit=10")
        feed = source(
            "ckan", url, record="contact", fields={"name": "机构", "phone": "电话", "id": "_id"}, private=True
        )
        assert (station.gather(feed).count, len(up.requests)) == (25, 3)
        assert all("resource_id=r1&limit=10" in request.path for request in up.requests)
        station.close()


def test_a_datasets_file_is_followed(tmp_path: Path) -> None:
    """``package_show`` leads to the file in the format that can be read best."""
    with Upstream() as up:
        resources = [{"format": "PDF", "url": up.url("/x.pdf")}, {"format": "csv", "url": up.url("/x.csv")}]
        shown = {"success": True, "result": {"title": "t", "resources": resources}}
        up.serve("/show", answer(json.dumps(shown).encode()))
        up.serve("/x.csv", answer("name,phone\n供电,95598\n".encode("gbk")))
        station = Station(tmp_path)
        assert station.gather(source("ckan", up.url("/show"), record="contact", private=True)).count == 1
        assert up.asked("/x.pdf") == []
        station.close()


@pytest.mark.parametrize(("name", "count"), [("packages.json", 3), ("62513382-3b26-4bc8-9096-40b6ce8383c0.json", 1)])
def test_real_portals_are_read(name: str, count: int) -> None:
    """Datasets become articles with their licence and formats."""
    found: Any = parse("ckan", sample("ckan", name).read_bytes()).records
    assert len(found) == count
    assert dict(found[0].facts)["licence"]


@pytest.mark.parametrize(
    "body",
    [
        "{}", "[]", "<html>", '{"success": false, "error": {"message": "no"}, "result": {}}',
        '{"success": true, "result": {}}', '{"success": true, "result": []}',
    ],
)  # fmt: skip
def test_a_portal_that_refuses_is_an_error(body: str) -> None:
    """With the portal's own words where it gives any."""
    with pytest.raises(FormatError):
        parse("ckan", body, record="contact")


def test_open_meteo_is_read() -> None:
    """Now, hours and days, local times with their offset, and units turned into ours."""
    body = {
        "utc_offset_seconds": 28800, "current_units": {"wind_speed_10m": "km/h"},
        "current": {"time": "2026-11-24T08:00", "temperature_2m": 9.4, "weather_code": 61, "wind_speed_10m": 30,
                    "wind_direction_10m": 135, "relative_humidity_2m": 80},
        "hourly_units": {"temperature_2m": "°F"},
        "hourly": {"time": ["2026-11-24T09:00", "2026-11-24T10:00"], "temperature_2m": [50, None],
                   "precipitation_probability": [30, 40]},
        "daily": {"time": ["2026-11-24"], "temperature_2m_max": [15.2], "temperature_2m_min": [7], "weather_code": [3]},
    }  # fmt: skip
    now, hour, later, day = parse("weather", json.dumps(body)).records
    first: Any = now
    assert (first.span, first.begins, first.temperature) == ("now", datetime(2026, 11, 24, tzinfo=UTC), 9.4)
    assert (first.wind, first.force, first.humidity, first.code) == ("SE", 5, 80, 61)
    assert (hour.temperature, hour.rain, later.temperature) == (10.0, 30, None)  # type: ignore[union-attr]
    assert (day.high, day.low, day.begins) == (15.2, 7, datetime(2026, 11, 23, 16, tzinfo=UTC))  # type: ignore[union-attr]


def test_qweather_is_read() -> None:
    """Its icons are WMO codes here, its scales the upper force."""
    body = {"code": "200", "updateTime": "2026-11-24T08:05+08:00", "fxLink": "x", "daily": [
        {"fxDate": "2026-11-24", "tempMax": "15", "tempMin": "7", "iconDay": "305", "windDirDay": "北风",
         "windScaleDay": "1-3", "humidity": "70"}]}  # fmt: skip
    parsed = parse("weather", json.dumps(body))
    record: Any = parsed.records[0]
    assert (record.high, record.low, record.code, record.wind, record.force) == (15, 7, 61, "北风", 3)
    assert parsed.updated == datetime(2026, 11, 24, 0, 5, tzinfo=UTC)
    with pytest.raises(FormatError, match="401"):
        parse("weather", '{"code": "401"}')


def test_a_real_forecast_is_read() -> None:
    """Twenty-four hours of New York, in its own offset."""
    found: Any = parse("weather", sample("weather", "forecast_precipitation_probabilities.json").read_bytes()).records
    assert (len(found), found[0].begins, found[0].rain) == (24, datetime(2026, 10, 5, 4, tzinfo=UTC), 24)


def test_wind_is_named_and_ranked() -> None:
    """Eight directions; Beaufort by its limits in any unit."""
    assert [wind_name(d) for d in (0, 22, 23, 180, 359, None)] == ["N", "N", "NE", "S", "N", ""]
    assert [beaufort(s, "m/s") for s in (0, 0.3, 5.5, 13.9, 32.7)] == [0, 1, 4, 7, 12]
    assert (beaufort(30, "km/h"), beaufort(10, "kn"), beaufort(10, "furlongs"), beaufort(None, "m/s")) == (
        5,
        3,
        None,
        None,
    )


def test_requests_lose_every_person() -> None:
    """What citizens wrote is never read; what looks like a person in the office's note is masked."""
    body = [{"service_request_id": "1", "service_name": "路灯", "status": "open", "address": "沪闵路 1 号",
             "description": "我是张三，13800001111", "media_url": "http://x/1.jpg", "first_name": "张",
             "phone": "13800001111", "requested_datetime": "2026-11-24T08:00:00+08:00",
             "status_notes": "已联系 138 0000 1111，证号 31011219800101123X，a@b.cn"}]  # fmt: skip
    record: Any = parse("open311", json.dumps(body)).records[0]
    assert "138" not in str(record) and "张" not in str(record) and "1980" not in str(record) and "@" not in str(record)
    assert (record.service, record.note) == ("路灯", "已联系 …，证号 …，…")
    real: Any = parse("open311", sample("open311", "service-requests.xml").read_bytes()).records
    assert [(r.service, r.status) for r in real] == [
        ("Sidewalk and Curb Issues", "closed"),
        ("Sidewalk and Curb Issues", "open"),
    ]


@pytest.mark.parametrize("format", ["geojson", "weather", "open311", "ckan"])
@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"{}", b"[" * 100_000, b"null", b"\xff\xfe", b'"x"'])
def test_rubbish_is_refused(format: str, body: bytes) -> None:
    """A FormatError or nothing, never anything else."""
    try:
        assert parse(format, body, record="article" if format == "ckan" else "").records == ()
    except FormatError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("icon", "code"), [("100", 0), ("305", 61), ("502", 5), ("999", None), ("", None), (None, None), ("新", None)]
)  # fmt: skip
def test_an_icon_that_nobody_knows_is_no_sky(icon: str | None, code: int | None) -> None:
    """QWeather's 999 means unknown; a new number is no overcast day."""
    body = {"code": "200", "daily": [{"fxDate": "2026-11-24", "tempMax": "15", "tempMin": "7", "iconDay": icon}]}
    record: Any = parse("weather", json.dumps(body)).records[0]
    assert record.code == code


def test_odd_weather_is_read_as_it_is() -> None:
    """Days without a code have no sky; seconds since 1970, Fahrenheit and knots are turned; a place is no weather."""
    days: Any = parse("weather", sample("tries", "weather_days_without_code.json").read_bytes()).records
    assert [(r.code, r.rain, r.high) for r in days] == [(None, 95, 12), (None, 95, 13), (None, 95, 14)]
    (hour,) = parse("weather", sample("tries", "weather_unixtime.json").read_bytes()).records
    found: Any = hour
    assert (found.begins, found.temperature, found.force) == (datetime(2026, 11, 30, tzinfo=UTC), 10, 5)
    with pytest.raises(FormatError, match="expected one; the address must ask for it"):
        parse("weather", sample("tries", "om_no_series.json").read_bytes())


def test_odd_requests_are_read_without_a_person() -> None:
    """Numbers as ids, a time without a zone, a telephone in the office's note; lists of services are refused."""
    (request,) = parse("open311", sample("tries", "open311.json").read_bytes()).records
    found: Any = request
    assert (found.service, found.address, found.note) == ("井盖缺失", "水清路1号", "已派单，联系人…")
    assert found.requested == datetime(2026, 11, 28, 2, tzinfo=UTC)
    with pytest.raises(FormatError, match="found <services>, expected <service_requests>"):
        parse("open311", sample("open311", "dc-services.xml").read_bytes())
    with pytest.raises(FormatError, match="found no list of requests, expected the answer of"):
        parse("open311", sample("open311", "discovery-boston.json").read_bytes())


def test_a_portals_reason_is_told_in_its_own_words() -> None:
    """The sentence, and no data structure around it."""
    body = {"success": False, "error": {"message": "Not found: Resource", "__type": "Not Found Error"}, "result": {}}
    with pytest.raises(FormatError, match=r"^ckan: the portal refused: Not found: Resource$"):
        parse("ckan", json.dumps(body), record="contact")
