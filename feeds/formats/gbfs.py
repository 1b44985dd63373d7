"""GBFS: public bicycles (MobilityData General Bikeshare Feed Specification 1.x, 2.x and 3.0).

The source's address is the discovery file ``gbfs.json``; ``station_information``, ``station_status`` and, where there
are any, ``vehicle_types`` are found through it. Stations are joined by ``station_id``; where types are told, bicycles
alone are counted. Vehicles that stand freely are not read: a system that has no stations is refused with that reason.
``options.language`` chooses among languages (``zh`` by itself).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from feeds.base.errors import FormatError
from feeds.formats._json import read_json
from feeds.formats._links import join
from feeds.formats._moments import read_moment
from feeds.formats._rows import Rows
from feeds.formats.base import Document, Evidence, Parsed
from feeds.formats.glance import Glance
from feeds.languages import best
from feeds.records import BikeStation, stable_id
from feeds.source import Source, wanted_language

NAME = "gbfs"
_NEEDED = ("station_information", "station_status")
_TYPES = "vehicle_types"
_WANTED = (*_NEEDED, _TYPES)
_FREE = ("free_bike_status", "vehicle_status")
_BICYCLES = ("bicycle", "cargo_bicycle")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_FREE_ALONE = "gbfs: its vehicles stand freely ({}), it has no stations; only stations can be shown"
_PART = "gbfs: this is a part of a system ({}), not its discovery file gbfs.json"


def links(documents: Sequence[Document], source: Source) -> list[str]:
    """The files that the discovery file names and that are not there yet."""
    if not documents:
        return []
    there = {document.url for document in documents}
    found = _discovered(documents[0], source)
    wanted = (url for name, url in found.items() if name in _WANTED)
    return [url for url in wanted if url and url not in there]


def parse(documents: Sequence[Document], source: Source, moment: datetime) -> Parsed:
    """BikeStation records. Raises FormatError without both station files, or where nothing is a bicycle."""
    if not documents:
        raise FormatError("gbfs: no document")
    files = _files(documents, source)
    information, status = (files.get(name) for name in _NEEDED)
    if information is None or status is None:
        raise FormatError(_missing([name for name in _NEEDED if files.get(name) is None], documents[0], source))
    rows = Rows(source, BikeStation, moment)
    reader = _Reader(rows, _by_id(status, moment), _forms(files.get(_TYPES)), source, moment)
    for number, station in enumerate(_stations(information), 1):
        reader.add(f"station {number}", station)
    reader.finish()
    return rows.parsed(_updated(status, moment), shape=_shape(information, status))


def _missing(names: list[str], discovery: Document, source: Source) -> str:
    there = _discovered(discovery, source)
    free = [name for name in _FREE if name in there]
    if free and not any(name in there for name in _NEEDED):
        return _FREE_ALONE.format(free[0])
    return f"gbfs: {' and '.join(names)} missing"


class _Reader:
    """The stations of one system on their way to records. ``forms`` is the form of each type of vehicle."""

    def __init__(
        self,
        rows: Rows,
        states: Mapping[str, dict[str, Any]],
        forms: Mapping[str, str],
        source: Source,
        moment: datetime,
    ) -> None:
        self._rows = rows
        self._moment = moment
        self._states = states
        self._forms = forms
        self._source = source
        self._seen: set[str] = set()
        self._left_out: Counter[str] = Counter()

    def add(self, position: str, station: Any) -> None:
        """Take one entry of station_information."""
        if not isinstance(station, dict) or not station.get("station_id"):
            self._rows.refuse(position, "a station without station_id", station)
            return
        ident = str(station["station_id"])
        state = self._states.get(ident)
        self._seen.add(ident)
        if state is None:
            self._rows.refuse(position, "a station without a status", ident)
            return
        if state.get("is_installed") in (0, False):
            self._left_out["stations that are not there now (is_installed is false)"] += 1
            return
        bikes = self._bikes(state)
        if bikes is None:
            self._rows.refuse(position, "its status does not say how many bicycles are there", ident)
            return
        self._rows.add(
            position,
            {
                "id": stable_id("gbfs", ident),
                "name": self._words(station.get("name")),
                "lon": station.get("lon"),
                "lat": station.get("lat"),
                "bikes": bikes,
                "docks": state.get("num_docks_available"),
                "capacity": station.get("capacity"),
                "renting": state.get("is_renting"),
                "returning": state.get("is_returning"),
                "reported": _reported(state, self._moment),
                "address": station.get("address") or station.get("cross_street"),
            },
        )

    def finish(self) -> None:
        """Describe the statuses that are of no station, and what was left out."""
        for ident in self._states.keys() - self._seen:
            self._rows.refuse(f"station_status {ident}", "a status without a station", ident)
        for name, count in sorted(self._left_out.items()):
            self._rows.problem("station_status", f"{count} {name}, left out")

    def _bikes(self, state: dict[str, Any]) -> Any:
        """How many bicycles can be had: of the types that are bicycles where types are told, else of all vehicles."""
        total = state.get("num_bikes_available", state.get("num_vehicles_available"))
        types = state.get("vehicle_types_available")
        counts = [
            (str(part.get("vehicle_type_id", "")), part["count"])
            for part in (types if isinstance(types, list) else ())
            if isinstance(part, dict) and isinstance(part.get("count"), int)
        ]
        if not counts or not self._forms:
            return total if total is not None or not counts else sum(count for _, count in counts)
        bikes = 0
        for ident, count in counts:
            form = self._forms.get(ident, _BICYCLES[0])
            if form in _BICYCLES:
                bikes += count
            elif count > 0:
                self._left_out[f"vehicles at stations that are no bicycles ({form})"] += count
        return bikes

    def _words(self, value: Any) -> Any:
        """A name: plain text up to 2.x, a list of translations from 3.0 on."""
        if not isinstance(value, list):
            return value
        parts = [part for part in value if isinstance(part, dict) and part.get("text")]
        place = best([str(part.get("language") or "") for part in parts], wanted_language(self._source))
        return None if place is None else parts[place]["text"]


def _files(documents: Sequence[Document], source: Source) -> dict[str, dict[str, Any]]:
    """The documents by what they are: by the discovery file's word, else by their own names."""
    named = {url: name for name, url in _discovered(documents[0], source).items()}
    files: dict[str, dict[str, Any]] = {}
    for document in documents:
        tail = document.url.partition("?")[0].rpartition("/")[2]
        name = named.get(document.url) or next((name for name in _WANTED if tail.startswith(name)), "")
        if name:
            value = read_json(document)
            if isinstance(value, dict):
                files[name] = value
    return files


def _discovered(discovery: Document, source: Source) -> dict[str, str]:
    """Name -> address of the files of a system; relative addresses count from the discovery file. FormatError."""
    value = read_json(discovery)
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(data, dict):
        raise FormatError("gbfs: the discovery file has no data")
    feeds = data.get("feeds")
    if feeds is None:
        _check_is_discovery(data)
        languages = [name for name, inner in data.items() if isinstance(inner, dict)]
        place = best(languages, wanted_language(source))
        feeds = None if place is None else data[languages[place]].get("feeds")
    found = {}
    for feed in feeds if isinstance(feeds, list) else []:
        if isinstance(feed, dict) and isinstance(feed.get("name"), str) and isinstance(feed.get("url"), str):
            found[feed["name"]] = join(discovery.url, feed["url"])
    return found


def _check_is_discovery(data: dict[str, Any]) -> None:
    """Raises FormatError for another file of a system, with what it is."""
    if isinstance(data.get("stations"), list):
        raise FormatError(_PART.format("its stations"))
    if isinstance(data.get("bikes"), list) or isinstance(data.get("vehicles"), list):
        raise FormatError(_PART.format("vehicles that stand freely") + "; only stations can be shown")
    if isinstance(data.get("datasets"), list):
        raise FormatError("gbfs: this is a list of systems (manifest.json), expected the gbfs.json of one of them")


def _forms(file: dict[str, Any] | None) -> dict[str, str]:
    """Type of vehicle -> form factor. Raises FormatError where no type is a bicycle."""
    data = file.get("data") if file is not None else None
    types = data.get("vehicle_types") if isinstance(data, dict) else None
    forms = {
        str(part["vehicle_type_id"]): str(part.get("form_factor") or _BICYCLES[0])
        for part in (types if isinstance(types, list) else ())
        if isinstance(part, dict) and part.get("vehicle_type_id")
    }
    if forms and not any(form in _BICYCLES for form in forms.values()):
        raise FormatError(f"gbfs: its vehicles are no bicycles: {', '.join(sorted(set(forms.values())))[:100]}")
    return forms


def _stations(file: dict[str, Any]) -> list[Any]:
    data = file.get("data")
    stations = data.get("stations") if isinstance(data, dict) else None
    if not isinstance(stations, list):
        raise FormatError("gbfs: no data.stations")
    return stations


def _by_id(file: dict[str, Any], moment: datetime) -> dict[str, dict[str, Any]]:
    """Statuses by station; of two for one station the later report counts."""
    states: dict[str, dict[str, Any]] = {}
    for state in _stations(file):
        if isinstance(state, dict) and state.get("station_id"):
            ident = str(state["station_id"])
            before = states.get(ident)
            if before is None or _age(state, moment) >= _age(before, moment):
                states[ident] = state
    return states


def _age(state: dict[str, Any], moment: datetime) -> datetime:
    return _reported(state, moment) or _LONG_AGO


def _reported(state: dict[str, Any], moment: datetime) -> datetime | None:
    """When a station last reported; None where it does not say: many write 0 for that."""
    value = state.get("last_reported")
    try:
        return read_moment(value, moment) if value not in (None, "", 0, "0", -1) else None
    except (ValueError, TypeError, OverflowError):
        return None


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
