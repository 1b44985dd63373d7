"""A small GTFS archive, written as a table of files, for the tests of timetables."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

FILES: Mapping[str, str] = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n1,公交,http://x,Asia/Shanghai\n",
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon,platform_code\n"
        "A,莘庄地铁站,31.1110,121.3850,2\nB,春申路,31.1050,121.3900,\nC,梅陇镇,31.1000,121.4000,\n"
    ),
    "routes.txt": "route_id,route_short_name,route_long_name,route_type\nR,173路,莘庄线,3\nN,,夜宵线,3\n",
    "trips.txt": (
        "route_id,service_id,trip_id,trip_headsign,direction_id\n"
        "R,WD,t1,梅陇镇,0\nR,WD,t2,,0\nN,WD,late,梅陇镇,0\nR,SU,sunday,梅陇镇,0\nN,WD,often,梅陇镇,1\n"
    ),
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "WD,1,1,1,1,1,0,0,20261101,20261231\nSU,0,0,0,0,0,0,1,20261101,20261231\n"
    ),
    "calendar_dates.txt": "service_id,date,exception_type\nWD,20261125,2\nSU,20261125,1\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type\n"
        "t1,8:00:00,8:00:00,A,1,0\nt1,,,B,2,0\nt1,08:20:00,08:20:00,C,3,0\n"
        "t2,09:00:00,09:00:00,A,10,0\nt2,09:08:00,09:10:00,B,20,1\nt2,09:20:00,09:20:00,C,30,0\n"
        "late,24:50:00,24:50:00,A,1,0\nlate,25:00:00,25:10:00,B,2,0\nlate,25:20:00,25:20:00,C,3,0\n"
        "sunday,10:00:00,10:00:00,A,1,0\nsunday,10:20:00,10:20:00,C,2,0\n"
        "often,06:00:00,06:00:00,C,1,0\noften,06:10:00,06:10:00,A,2,0\noften,06:15:00,06:15:00,B,3,0\n"
    ),
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs\noften,20:00:00,21:00:00,1200\n",
}


def gtfs(changes: Mapping[str, str | None] | None = None, *, folder: str = "", encoding: str = "utf-8") -> bytes:
    """The archive with some files replaced, or left out where the change is None."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**FILES, **(changes or {})}.items():
            if text is not None:
                archive.writestr(folder + name, text.encode(encoding))
    return out.getvalue()
