"""GBFS: public bicycles (MobilityData General Bikeshare Feed Specification 1.x, 2.x and 3.0).

The source's address is the discovery file ``gbfs.json``; ``station_information`` and ``station_status`` are found
through it and joined by ``station_id``. ``options.language`` chooses among languages (``zh`` first by itself).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from feeds.base.errors import FormatError
from feeds.formats._json import read_json
from feeds.formats._links import join
from feeds.formats._moments import read_moment
from feeds.formats._rows import Rows
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.records import BikeStation, stable_id
from feeds.source import Source

NAME = "gbfs"
_WANTED = ("station_information", "station_status")


def links(documents: Sequence[Document], source: Source) -> list[str]:
    """The two station files that the discovery file names and that are not there yet."""
    if not documents:
        return []
    there = {document.url for document in documents}
    return [url for url in _addresses(documents[0], source).values() if url and url not in there]


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """BikeStation records. Raises FormatError without both station files."""
    if not documents:
        raise FormatError("gbfs: no document")
    files = _files(documents, source)
    information, status = (files.get(name) for name in _WANTED)
    if information is None or status is None:
        missing = " and ".join(name for name in _WANTED if files.get(name) is None)
        raise FormatError(f"gbfs: {missing} missing")
    states = _by_id(status)
    rows = Rows(source, BikeStation, moment)
    seen: set[str] = set()
    for number, station in enumerate(_stations(information), 1):
        _add(rows, f"station {number}", station, states, seen, source)
    for ident in states.keys() - seen:
        rows.refuse(f"station_status {ident}", "a status without a station", ident)
    return rows.parsed(_updated(status, moment), shape=_shape(information, status))


def _add(
    rows: Rows, position: str, station: Any, states: Mapping[str, dict[str, Any]], seen: set[str], source: Source
) -> None:
    if not isinstance(station, dict) or not station.get("station_id"):
        rows.refuse(position, "a station without station_id", station)
        return
    ident = str(station["station_id"])
    state = states.get(ident)
    seen.add(ident)
    if state is None:
        rows.refuse(position, "a station without a status", ident)
        return
    if state.get("is_installed") in (0, False):
        return
    rows.add(
        position,
        {
            "id": stable_id("gbfs", ident),
            "name": _words(station.get("name"), source),
            "lon": station.get("lon"),
            "lat": station.get("lat"),
            "bikes": state.get("num_bikes_available", state.get("num_vehicles_available")),
            "docks": state.get("num_docks_available"),
            "capacity": station.get("capacity"),
            "renting": state.get("is_renting"),
            "returning": state.get("is_returning"),
            "reported": state.get("last_reported") or None,
            "address": station.get("address") or station.get("cross_street"),
        },
    )


def _files(documents: Sequence[Document], source: Source) -> dict[str, dict[str, Any]]:
    """The documents by what they are: by the discovery file's word, else by their own names."""
    named = {url: name for name, url in _addresses(documents[0], source).items()}
    files: dict[str, dict[str, Any]] = {}
    for document in documents:
        tail = document.url.partition("?")[0].rpartition("/")[2]
        name = named.get(document.url) or next((name for name in _WANTED if tail.startswith(name)), "")
        if name:
            value = read_json(document)
            if isinstance(value, dict):
                files[name] = value
    return files


def _addresses(discovery: Document, source: Source) -> dict[str, str]:
    """Name -> address of the wanted files; relative addresses count from the discovery file."""
    value = read_json(discovery)
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(data, dict):
        raise FormatError("gbfs: the discovery file has no data")
    feeds = data.get("feeds")
    if feeds is None:
        language = _choose(list(data), source)
        inner = data.get(language)
        feeds = inner.get("feeds") if isinstance(inner, dict) else None
    found = {}
    for feed in feeds if isinstance(feeds, list) else []:
        if isinstance(feed, dict) and feed.get("name") in _WANTED and isinstance(feed.get("url"), str):
            found[str(feed["name"])] = join(discovery.url, feed["url"])
    return found


def _choose(languages: list[str], source: Source) -> str:
    wanted = [str(source.options.get("language", "")), "zh", "zh-CN", "zh-Hans"]
    return next((name for name in wanted if name in languages), languages[0] if languages else "")


def _words(value: Any, source: Source) -> Any:
    """A name: plain text up to 2.x, a list of translations from 3.0 on."""
    if not isinstance(value, list):
        return value
    texts = {str(part.get("language", "")): part.get("text") for part in value if isinstance(part, dict)}
    return texts.get(_choose(list(texts), source))


def _stations(file: dict[str, Any]) -> list[Any]:
    data = file.get("data")
    stations = data.get("stations") if isinstance(data, dict) else None
    if not isinstance(stations, list):
        raise FormatError("gbfs: no data.stations")
    return stations


def _by_id(file: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Statuses by station; of two for one station the later report counts."""
    states: dict[str, dict[str, Any]] = {}
    for state in _stations(file):
        if isinstance(state, dict) and state.get("station_id"):
            ident = str(state["station_id"])
            before = states.get(ident)
            if before is None or str(state.get("last_reported", "")) >= str(before.get("last_reported", "")):
                states[ident] = state
    return states


def _updated(file: dict[str, Any], moment: datetime) -> datetime | None:
    try:
        return read_moment(file.get("last_updated") or "", moment)
    except ValueError:
        return None


def _shape(*files: dict[str, Any]) -> Iterator[str]:
    for file in files:
        for station in _stations(file)[:20]:
            if isinstance(station, dict):
                yield from station


# What the data of GBFS's other files hold (gbfs.org, 1.0 to 3.0), and what each file is called.
_PARTS = {
    "stations": "station_information or station_status", "bikes": "free_bike_status", "vehicles": "vehicle_status",
    "vehicle_types": "vehicle_types", "plans": "system_pricing_plans", "regions": "system_regions",
    "alerts": "system_alerts", "calendars": "system_calendar", "rental_hours": "system_hours",
    "system_id": "system_information", "geofencing_zones": "geofencing_zones",
}  # fmt: skip
_SHOWN = {"station_information", "vehicle_status", "free_bike_status"}


def sniff(document: Document, glance: Glance) -> Evidence | None:
    """A discovery file; one of the files that it names is a part."""
    data = glance.table.get("data")
    if not isinstance(data, Mapping):
        return None
    named = {name for value in (data, *data.values()) for name in _names_of_feeds(value)}
    if named:
        text = "this is a GBFS feed that names neither stations nor vehicles; give the gbfs.json of a whole system"
        return Evidence(certainty=1.0, instead="" if named & _SHOWN else text)
    is_gbfs = "last_updated" in glance.table and ("ttl" in glance.table or "version" in glance.table)
    found = next((name for key, name in _PARTS.items() if key in data), "")
    if is_gbfs and (isinstance(data.get("versions"), list) or isinstance(data.get("datasets"), list)):
        text = "this only lists the versions of GBFS feeds; give the address of the gbfs.json of one of them"
        return Evidence(certainty=0.9, instead=text)
    if not found or not (is_gbfs or _has_station_ids(data)):
        return None
    return Evidence(
        certainty=0.9,
        instead=f"this is {_part(found, data)}, one file of a GBFS feed; give the address of its discovery file "
        "gbfs.json, which names all of them",
    )


def _names_of_feeds(value: Any) -> set[str]:
    """The names in a list of a system's files; nothing when it is no such list."""
    feeds = value.get("feeds") if isinstance(value, Mapping) else None
    feeds = feeds if isinstance(feeds, list) else []
    return {str(f["name"]) for f in feeds if isinstance(f, Mapping) and "name" in f and "url" in f}


def _has_station_ids(data: Mapping[str, Any]) -> bool:
    stations = data.get("stations")
    return isinstance(stations, list) and any(isinstance(s, Mapping) and "station_id" in s for s in stations[:1])


def _part(name: str, data: Mapping[str, Any]) -> str:
    """The file's own name: the two that list stations differ by what they say of one."""
    stations = data.get("stations")
    if isinstance(stations, list) and stations and isinstance(stations[0], Mapping):
        return "station_information" if "lat" in stations[0] else "station_status"
    return name
