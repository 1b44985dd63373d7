"""Metro, bicycles, parking and coaches: pages 403, 404, 405 and 407."""

from __future__ import annotations

import math
from datetime import timedelta
from functools import cache

from .base import At, chance, iso, pick, serves, texts
from .medical import lines
from .towns import TOWNS
from .writing import CSV, JSON, csv_bytes, datastore, json_bytes, portal

_WORDS = texts("transport")
BIKES = 300
_DAYS = 6210
"""Which of the possible days on the metro it is: one on which the moment of the records has all kinds of trouble."""


@serves("metro", "metro.json", JSON, minutes=1)
def metro(at: At) -> bytes:
    """Page 403: each line's state. Trouble comes for twenty minutes at a time, more of it in the rush hours."""
    rows = []
    for number, (name, origin, destination, first, last, headway) in enumerate(lines(_WORDS["metro"])):
        status, note = _trouble(at, name)
        rows.append(
            {"id": f"m{number:02d}", "line": name, "from": origin, "to": destination, "first": first, "last": last,
             "headway": headway, "status": status, "note": note}
        )  # fmt: skip
    return datastore(rows)


def _trouble(at: At, line: str) -> tuple[str, str]:
    span = int((at.moment - at.midnight).total_seconds()) // 1200
    rush = at.moment.weekday() < 5 and at.moment.hour in (7, 8, 17, 18)
    if not 5 <= at.moment.hour < 23 or chance(f"trouble-{_DAYS}", line, at.day, span) > (0.18 if rush else 0.04):
        return "normal", ""
    choices = [(status, note) for status, note in lines(_WORDS["troubles"])]
    return pick(choices if rush else choices[:2] + choices[4:], f"what-{_DAYS}", line, at.day, span)


@cache
def _stations() -> tuple[dict[str, object], ...]:
    """The bicycle stations as ``station_information`` has them."""
    found: list[dict[str, object]] = []
    names: set[str] = set()
    spots = _WORDS["bike_spots"].split()
    while len(found) < BIKES:
        number = len(found) + 1
        town = TOWNS[(number * 5) % 13]
        for attempt in range(50):
            name = pick(town.areas, "barea", number, attempt) + pick(spots, "bspot", number, attempt)
            if attempt > 25:
                name += "北" if attempt % 2 else "南"
            if name not in names:
                break
        names.add(name)
        lon, lat = town.point("bike", number)
        found.append(
            {"station_id": f"mhb{number:03d}", "name": name, "lat": lat, "lon": lon,
             "address": town.address("bike", number), "capacity": 14 + int(chance("docks", number) * 6) * 4}
        )  # fmt: skip
    return tuple(found)


def _gbfs(at: At, ttl: int, data: object) -> bytes:
    moment = int(at.moment.timestamp())
    return json_bytes({"last_updated": moment, "ttl": ttl, "version": "2.3", "data": data})


@serves("bikes", "bikes/gbfs.json", JSON, days=1)
def gbfs(at: At) -> bytes:
    """Page 404: the discovery file (GBFS 2.3)."""
    names = ("system_information", "station_information", "station_status")
    feeds = [{"name": name, "url": f"{at.origin}/bikes/{name}.json"} for name in names]
    return _gbfs(at, 86400, {"zh": {"feeds": feeds}})


@serves("bikes", "bikes/system_information.json", JSON, days=1)
def system_information(at: At) -> bytes:
    """Who runs the bicycles."""
    data = {"system_id": "mh_bikes", "language": "zh", "name": "闵行公共自行车", "timezone": "Asia/Shanghai"}
    return _gbfs(at, 86400, data)


@serves("bikes", "bikes/station_information.json", JSON, days=1)
def station_information(at: At) -> bytes:
    """Where the stations are."""
    return _gbfs(at, 86400, {"stations": _stations()})


@serves("bikes", "bikes/station_status.json", JSON, minutes=1)
def station_status(at: At) -> bytes:
    """Bikes and docks now. One station reports a status but stands in no list; one is out of order."""
    states = [_status(at, number, int(str(station["capacity"]))) for number, station in enumerate(_stations(), 1)]
    stray = {**states[0], "station_id": "mhb999"}
    return _gbfs(at, 60, {"stations": [*states, stray]})


def _status(at: At, number: int, capacity: int) -> dict[str, object]:
    """Bikes flow from homes to metro stations in the morning and back in the evening."""
    hour = (at.moment - at.midnight).total_seconds() / 3600
    swing = math.sin((hour - 5) / 24 * 2 * math.pi + (0 if number % 3 else math.pi)) * 0.32
    level = 0.45 + swing + (chance("level", number, at.day) - 0.5) * 0.3
    minute = int(at.moment.timestamp()) // 60
    # A station changes every few minutes, not all of them every minute.
    slot = (minute + number) // (2 + number % 6)
    bikes = round(level * capacity + (chance("bikes", number, slot) - 0.5) * 5)
    broken = number == 77
    bikes = 0 if broken else max(0, min(capacity, bikes))
    return {
        "station_id": f"mhb{number:03d}",
        "num_bikes_available": bikes,
        "num_docks_available": 0 if broken else capacity - bikes,
        "is_installed": True,
        "is_renting": not broken,
        "is_returning": not broken,
        "last_reported": slot * (2 + number % 6) * 60 - number * 60,
    }


@serves("parking", "parking.json", JSON, minutes=5)
def parking(at: At) -> bytes:
    """Page 405: spaces free."""
    rows = []
    spots = _WORDS["parking_spots"].split()
    for number in range(1, 81):
        town = TOWNS[(number * 3) % 13]
        lon, lat = town.point("parking", number, reach=0.9)
        capacity = 40 + int(chance("spaces", number) * 30) * 20
        fee = pick(_WORDS["parking_fees"], "pfee", number)
        area = town.areas[number // 13 % len(town.areas)]
        rows.append(
            {"id": f"p{number:02d}", "ccmc": f"{area}{spots[number % len(spots)]}", "jz": town.name,
             "dz": town.address("parking", number), "zcw": capacity, "sycw": _spaces(at, number, capacity),
             "yysj": "24/7" if number % 4 else "Mo-Su 07:00-22:00", "sfbz": fee, "jd": lon, "wd": lat}
        )  # fmt: skip
    return portal(rows, at.moment)


def _spaces(at: At, number: int, capacity: int) -> int:
    hour = (at.moment - at.midnight).total_seconds() / 3600
    busy = 0.5 + 0.38 * math.sin((hour - 8) / 24 * 2 * math.pi) + (chance("busy", number, at.day) - 0.5) * 0.35
    wobble = (chance("cars", number, int(at.moment.timestamp()) // 300) - 0.5) * 0.06
    return max(0, min(capacity, round(capacity * (1 - busy - wobble))))


@serves("coaches", "coaches.csv", CSV + "; charset=utf-8", days=1)
def coaches(at: At) -> bytes:
    """Page 407: coaches of today and tomorrow."""
    columns = ("班次", "车站", "到达地", "发车时间", "预计到达", "票价", "余票", "检票口", "状态")
    rows: list[tuple[str, ...]] = []
    for day in range(2):
        for order, (place, fare, minutes) in enumerate(lines(_WORDS["coaches"])):
            for turn in range(2 + order % 3):
                number = f"k{order:02d}{turn}{at.clock(0, days=day):%m%d}"
                leaves = at.clock(6 + (order * 7 + turn * 5) % 13, (order * 20 + turn * 10) % 60, days=day)
                seats = int(chance("seats", number) * 46) - 3
                rows.append(
                    (number, "莘庄长途客运站" if order % 4 else "闵行长途客运站", place, iso(leaves),
                     iso(leaves + timedelta(minutes=int(minutes))), fare, f"{max(0, seats)}", f"{1 + order % 8} 号口",
                     "正点" if chance("late", number) > 0.06 else "晚点 20 分钟")
                )  # fmt: skip
    rows.sort(key=lambda row: row[3])
    return csv_bytes(columns, rows)
