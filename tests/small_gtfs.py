"""Small timetables of our own, put through the real format."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence

from view_inputs import MORNING, source

from feeds.formats import get
from feeds.formats.base import Document
from feeds.timetable import Timetable


def timetable_of(
    stops: Iterable[Sequence[object]],
    routes: Iterable[tuple[str, str]],
    trips: Iterable[tuple[str, str]],
    calls: Iterable[tuple[str, str, int, str]],
) -> Timetable:
    """A GTFS feed of every day of two years, parsed. ``stops`` are (id, name, lat, lon), ``routes`` (id, name),
    ``trips`` (route, trip), ``calls`` (trip, stop, place in the trip, time)."""
    files = {
        "agency.txt": ["agency_id,agency_name,agency_url,agency_timezone", "x,公交,http://x.example,Asia/Shanghai"],
        "stops.txt": ["stop_id,stop_name,stop_lat,stop_lon", *(",".join(map(str, stop)) for stop in stops)],
        "routes.txt": ["route_id,route_short_name,route_type", *(f"{key},{name},3" for key, name in routes)],
        "calendar.txt": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            "all,1,1,1,1,1,1,1,20260101,20271231",
        ],
        "trips.txt": ["route_id,service_id,trip_id", *(f"{route},all,{trip}" for route, trip in trips)],
        "stop_times.txt": [
            "trip_id,stop_id,stop_sequence,arrival_time,departure_time",
            *(f"{trip},{stop},{place},{time},{time}" for trip, stop, place, time in calls),
        ],
    }
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, lines in files.items():
            archive.writestr(name, "\n".join(lines))
    document = Document(url="http://x.example/gtfs.zip", body=body.getvalue())
    parsed = get("gtfs").parse([document], source("buses", format="gtfs"), MORNING)
    assert isinstance(parsed.dataset, Timetable)
    return parsed.dataset
