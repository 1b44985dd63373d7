"""GBFS 1.x, 2.x and 3.0: stations found through the discovery file and joined with their status."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from feeding import NOW, sample, source
from upstream import Upstream, answer, status

from feeds.base.errors import FormatError
from feeds.folder import read_records
from feeds.formats import Document, get, links_of
from feeds.formats.base import Parsed
from feeds.network.fetch import fetch
from feeds.records import BikeStation


@pytest.mark.parametrize(
    ("name", "count", "refused"), [("duplicate-stations-v3", 3, 0), ("helsinki", 5, 7), ("lillestrombysykkel", 6, 0)]
)
def test_real_systems_are_read(tmp_path: Path, name: str, count: int, refused: int) -> None:
    """Systems of three versions, from files beside their discovery file."""
    folder = sample("gbfs", name)
    (tmp_path / "bikes").symlink_to(folder)
    snapshot = read_records(source("gbfs", "http://example.org/gbfs.json", id="bikes"), tmp_path, NOW)
    assert snapshot is not None
    assert (len(snapshot.records), len(snapshot.problems)) == (count, refused)
    assert snapshot.observed == snapshot.updated
    assert snapshot.observed < snapshot.checked == NOW


def test_of_two_reports_the_later_counts() -> None:
    """A station that is reported twice shows its later numbers."""
    folder = sample("gbfs", "duplicate-stations-v3")
    names = ("gbfs.json", "station_information.json", "station_status.json")
    documents = [Document(url=name, body=(folder / name).read_bytes()) for name in names]
    found: Any = {r.name: r for r in get("gbfs").parse(documents, source("gbfs"), NOW).records}
    assert found["Station Duplicate First"].bikes == 8


def discovery(up: Upstream, **files: Any) -> str:
    feeds = [
        {"name": name, "url": f"{name}.json"} for name in ("station_information", "station_status", "system_alerts")
    ]
    for name, value in files.items():
        up.serve(f"/g/{name}.json", answer(json.dumps(value).encode()))
    return up.serve(
        "/g/gbfs.json", answer(json.dumps({"data": {"en": {"feeds": []}, "zh": {"feeds": feeds}}}).encode(), etag='"1"')
    )


def test_only_the_two_station_files_are_fetched(tmp_path: Path) -> None:
    """Relative addresses count from the discovery file, Chinese is preferred, and nothing else is asked."""
    information = {
        "data": {"stations": [{"station_id": "1", "name": "莘庄", "lat": 31.1, "lon": 121.4, "capacity": 20}]}
    }
    state = {
        "last_updated": 1795479120,
        "data": {"stations": [{"station_id": "1", "num_bikes_available": 7, "is_renting": 1}]},
    }
    with Upstream() as up:
        one = source("gbfs", discovery(up, station_information=information, station_status=state), private=True)
        got = fetch(one, tmp_path, links=links_of(get("gbfs")))
        parsed = get("gbfs").parse(got.documents, one, NOW)
    record: Any = parsed.records[0]
    assert (record.name, record.bikes, record.docks, record.capacity) == ("莘庄", 7, None, 20)
    assert parsed.updated == NOW
    assert sorted(r.path for r in up.requests) == [
        "/g/gbfs.json",
        "/g/station_information.json",
        "/g/station_status.json",
    ]


def test_a_missing_status_file_is_an_error_not_an_empty_system(tmp_path: Path) -> None:
    """Half a system is not believed: the last good snapshot stays."""
    with Upstream() as up:
        one = source("gbfs", discovery(up, station_information={"data": {"stations": []}}), private=True, retries=0)
        up.serve("/g/station_status.json", status(500))
        got = fetch(one, tmp_path, links=links_of(get("gbfs")))
        assert got.missing == (up.url("/g/station_status.json"),)
        with pytest.raises(FormatError, match="station_status missing"):
            get("gbfs").parse(got.documents, one, NOW)


def system(information: Any, status: Any, types: Any = None, **options: Any) -> Parsed:
    """A system of GBFS 3 with these stations, read."""
    files = {"station_information": {"stations": information}, "station_status": {"stations": status}}
    if types is not None:
        files["vehicle_types"] = {"vehicle_types": types}
    feeds = [{"name": name, "url": f"http://x.example/{name}.json"} for name in files]
    documents = [Document(url="http://x.example/gbfs.json", body=json.dumps({"data": {"feeds": feeds}}).encode())]
    documents += [
        Document(url=f"http://x.example/{name}.json", body=json.dumps({"data": data, "last_updated": 1}).encode())
        for name, data in files.items()
    ]
    return get("gbfs").parse(documents, source("gbfs", options=options), NOW)


PLACE = {"station_id": "1", "name": "莘庄", "lat": 31.1, "lon": 121.4}
STATE = {"station_id": "1", "num_vehicles_available": 7}


@pytest.mark.parametrize(
    ("names", "options", "expected"),
    [
        ([("en", "North Gate"), ("zh-Hans-CN", "北门")], {}, "北门"),
        ([("en", "North Gate"), ("zh-cn", "北门")], {}, "北门"),
        ([("zh-TW", "北門"), ("zh-CN", "北门")], {}, "北门"),
        ([("en-GB", "North Gate"), ("zh", "北门")], {"language": "en"}, "North Gate"),
        ([("de", "Nordtor"), ("en", "North Gate")], {}, "Nordtor"),
        ([("zh", ""), ("en", "North Gate")], {}, "North Gate"),
    ],
)
def test_names_are_in_the_channels_language(
    names: list[tuple[str, str]], options: dict[str, str], expected: str
) -> None:
    """Every tag of one language is of its family; without one of it the first counts."""
    name = [{"language": tag, "text": text} for tag, text in names]
    [record] = system([{**PLACE, "name": name}], [STATE], **options).records
    assert isinstance(record, BikeStation)
    assert record.name == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        # What is not said is not known.
        ({}, (7, None, None, None, None)),
        ({"is_renting": 1, "is_returning": 0}, (7, None, True, False, None)),
        ({"is_renting": False, "is_returning": True}, (7, None, False, True, None)),
        ({"last_reported": 0, "num_docks_available": 0}, (7, 0, None, None, None)),
        ({"last_reported": "0"}, (7, None, None, None, None)),
        ({"last_reported": "not yet"}, (7, None, None, None, None)),
        ({"last_reported": int(NOW.timestamp())}, (7, None, None, None, NOW)),
        ({"last_reported": "2026-11-24T08:12:00+08:00"}, (7, None, None, None, NOW)),
        ({"num_bikes_available": 3}, (3, None, None, None, None)),
    ],
)
def test_what_a_station_does_not_say_stays_unknown(state: dict[str, Any], expected: tuple[object, ...]) -> None:
    [record] = system([PLACE], [{**STATE, **state}]).records
    assert isinstance(record, BikeStation)
    assert (record.bikes, record.docks, record.renting, record.returning, record.reported) == expected


@pytest.mark.parametrize(
    ("information", "status", "reason"),
    [
        ([PLACE], [], "a station without a status"),
        ([], [STATE], "a status without a station"),
        ([PLACE, {**PLACE, "name": "又一个"}], [STATE], "the id was there before in this feed"),
        ([PLACE], [{"station_id": "1"}], "its status does not say how many bicycles are there"),
        (
            [PLACE],
            [{**STATE, "is_installed": 0}],
            "1 stations that are not there now (is_installed is false), left out",
        ),
    ],
)
def test_halves_and_doubles_are_counted(information: Any, status: Any, reason: str) -> None:
    assert [p.reason for p in system(information, status).problems] == [reason]


def test_of_two_reports_the_later_counts_however_it_is_written() -> None:
    """Moments are compared, not their letters: 10:00+08:00 is before 03:00Z."""
    reports = [("2026-11-24T03:00:00Z", 2), ("2026-11-24T10:00:00+08:00", 5)]
    status = [{**STATE, "num_vehicles_available": n, "last_reported": at} for at, n in reports]
    [record] = system([PLACE], status).records
    assert isinstance(record, BikeStation)
    assert record.bikes == 2


TYPES = [{"vehicle_type_id": form, "form_factor": form} for form in ("bicycle", "cargo_bicycle", "moped", "car")]


@pytest.mark.parametrize(
    ("counts", "bikes", "told"),
    [
        ({"bicycle": 3, "cargo_bicycle": 1}, 4, []),
        ({"bicycle": 3, "moped": 4}, 3, ["4 vehicles at stations that are no bicycles (moped), left out"]),
        ({"car": 7}, 0, ["7 vehicles at stations that are no bicycles (car), left out"]),
        ({"bicycle": 3, "moped": 0}, 3, []),
        ({"unheard of": 2}, 2, []),
        ({}, 7, []),
    ],
)
def test_bicycles_alone_are_bicycles(counts: dict[str, int], bikes: int, told: list[str]) -> None:
    """A station may have mopeds and cars too; where types are told, they are told apart."""
    kinds = [{"vehicle_type_id": name, "count": count} for name, count in counts.items()]
    parsed = system([PLACE], [{**STATE, "vehicle_types_available": kinds}], TYPES)
    [record] = parsed.records
    assert isinstance(record, BikeStation)
    assert (record.bikes, [p.reason for p in parsed.problems]) == (bikes, told)


FREE = [{"name": "free_bike_status", "url": "free.json"}]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"en": {"feeds": FREE}}, "its vehicles stand freely (free_bike_status), it has no stations"),
        ({"feeds": [{"name": "vehicle_status", "url": "v.json"}]}, "its vehicles stand freely (vehicle_status)"),
        ({"bikes": [{"bike_id": "6e4d"}]}, "a part of a system (vehicles that stand freely)"),
        ({"vehicles": []}, "a part of a system (vehicles that stand freely)"),
        ({"stations": [PLACE]}, "a part of a system (its stations), not its discovery file gbfs.json"),
        ({"datasets": [{"system_id": "x", "versions": []}]}, "a list of systems (manifest.json)"),
        (
            {"feeds": [*FREE, {"name": "station_status", "url": "s.json"}]},
            "station_information and station_status missing",
        ),
    ],
)
def test_what_has_no_stations_is_refused_as_what_it_is(data: Any, words: str) -> None:
    """Mopeds that stand anywhere are no stations; a part is no system. What was given is said."""
    with pytest.raises(FormatError, match=re.escape(words)):
        get("gbfs").parse(
            [Document(url="http://x.example/u", body=json.dumps({"data": data}).encode())], source("gbfs"), NOW
        )


def test_a_system_of_cars_is_refused() -> None:
    """Nothing of it is a bicycle, however many stations it has."""
    with pytest.raises(FormatError, match="its vehicles are no bicycles: car, moped"):
        system([PLACE], [STATE], TYPES[2:])


def test_a_system_of_version_3_is_read_in_chinese() -> None:
    """One of its files cannot be had: types of vehicles are not needed."""
    folder = sample("tries", "gbfs3")
    names = ("gbfs.json", "station_information.json", "station_status.json")
    documents = [Document(url=name, body=(folder / name).read_bytes()) for name in names]
    found: Any = get("gbfs").parse(documents, source("gbfs"), NOW).records
    assert [(r.name, r.bikes, r.docks, r.capacity, r.renting, r.returning) for r in found] == [
        ("北门", 3, 9, 12, True, True),
        ("公园", 0, None, None, False, True),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"data": 3}',
        b'{"data": {"en": 3}}',
        b"<html>",
        b"null",
        b'{"data":{"feeds":[{"name":[],"url":{}}]}}',
    ],
)
def test_a_strange_discovery_file_is_refused(body: bytes) -> None:
    """Whatever stands there, it is a FormatError."""
    with pytest.raises(FormatError):
        get("gbfs").parse([Document(url="u", body=body)], source("gbfs"), NOW)
