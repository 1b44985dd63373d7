"""GBFS 1.x, 2.x and 3.0: stations found through the discovery file and joined with their status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from feeding import NOW, sample, source
from upstream import Upstream, answer, status

from feeds.base.errors import FormatError
from feeds.folder import read_records
from feeds.formats import Document, get, links_of
from feeds.network.fetch import fetch


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
