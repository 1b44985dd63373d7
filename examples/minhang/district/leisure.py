"""Culture, sports and sights: pages 342, 343, 361, 362 and 381."""

from __future__ import annotations

from .base import At, chance, iso, phone, pick, serves, texts
from .medical import lines
from .towns import SHORT, TOWNS
from .writing import CSV, JSON, csv_bytes, datastore, portal

_WORDS = texts("leisure")


@serves("libraries", "libraries.json", JSON, days=1)
def libraries(at: At) -> bytes:
    """Page 342."""
    rows = []
    for number, (name, short, kind, hours, note) in enumerate(lines(_WORDS["libraries"]), 1):
        town = SHORT[short]
        lon, lat = town.point("library", number, reach=0.6)
        rows.append(
            {"id": f"l{number:02d}", "name": name, "kind": kind, "town": town.name,
             "address": town.address("library", number), "hours": hours, "phone": phone("library", number),
             "note": note, "lon": lon, "lat": lat}
        )  # fmt: skip
    return datastore(rows)


@serves("culture-centres", "culture-centres.json", JSON, days=1)
def culture_centres(at: At) -> bytes:
    """Page 343."""
    rows = []
    for number, town in enumerate(TOWNS, 1):
        for order, kind in enumerate(("中心", "分中心")):
            area = town.short if order == 0 else town.areas[3]
            lon, lat = town.point("culture", number, order, reach=0.7)
            rows.append(
                {"id": f"w{number:02d}{order}", "name": f"{area}社区文化活动{kind}", "kind": kind, "town": town.name,
                 "address": town.address("culture", number, order), "phone": phone("culture", number, order),
                 "hours": "Mo-Su 08:30-20:30" if order == 0 else "Tu-Su 09:00-17:00",
                 "note": pick(_WORDS["culture_notes"], "note", number, order), "lon": lon, "lat": lat}
            )  # fmt: skip
    return datastore(rows)


@serves("gyms", "gyms.csv", CSV + "; charset=utf-8", days=1)
def gyms(at: At) -> bytes:
    """Page 361."""
    columns = ("id", "名称", "类别", "街镇", "地址", "电话", "开放时间", "收费", "经度", "纬度")
    kinds = list(lines(_WORDS["gym_kinds"]))
    rows = []
    for number in range(1, 46):
        town = TOWNS[(number * 4) % 13]
        kind, fee = kinds[number % len(kinds)]
        lon, lat = town.point("gym", number)
        hours = "Mo-Su 05:00-22:00" if fee == "免费" else "Mo-Su 09:00-21:30"
        rows.append(
            (f"j{number:02d}", f"{town.areas[number // 13 % len(town.areas)]}{kind}", kind, town.name,
             town.address("gym", number), phone("gym", number), hours, fee, lon, lat)
        )  # fmt: skip
    return csv_bytes(columns, rows)


@serves("courts", "courts.json", JSON, minutes=15)
def courts(at: At) -> bytes:
    """Page 362: today's and tomorrow's hours of each court; evenings fill first."""
    rows = []
    for court, price in lines(_WORDS["courts"]):
        for day in range(2):
            for hour in range(8, 22):
                begins = at.clock(hour, days=day)
                rows.append(
                    {"cdmc": court, "kssj": iso(begins), "jssj": iso(at.clock(hour + 1, days=day)),
                     "zt": _booking(at, court, day, hour), "jg": "免费" if price == "0" else f"{price}元",
                     "mf": price == "0"}
                )  # fmt: skip
    return portal(rows, at.moment)


def _booking(at: At, court: str, day: int, hour: int) -> str:
    """Free slots are taken one after the other as their hour comes nearer."""
    begins = at.clock(hour, days=day)
    ahead = (begins - at.moment).total_seconds() / 3600
    wanted = 0.9 if hour >= 18 else 0.5 if hour >= 14 else 0.35
    return "已订" if chance("court", court, at.date(day), hour) < wanted * 0.985 ** max(ahead, 0) else "可订"


@serves("sights", "sights.json", JSON, minutes=15)
def sights(at: At) -> bytes:
    """Page 381: ``level`` is how crowded it is now."""
    rows = []
    for number, (name, short, kind, hours, note) in enumerate(lines(_WORDS["sights"]), 1):
        town = SHORT[short]
        lon, lat = town.point("sight", number)
        rows.append(
            {"id": f"a{number:02d}", "name": name, "kind": kind, "town": town.name, "level": _crowd(at, number),
             "address": town.address("sight", number), "hours": hours, "phone": phone("sight", number), "note": note,
             "lon": lon, "lat": lat}
        )  # fmt: skip
    return datastore(rows)


def _crowd(at: At, number: int) -> str:
    if not 6 <= at.moment.hour < 20:
        return "舒适"
    weekend = 0.25 if at.moment.weekday() >= 5 else 0.0
    noon = 0.3 - abs(at.moment.hour - 14) * 0.05
    draw = chance("crowd", number, at.day, at.moment.hour) * 0.6 + weekend + noon
    return "拥挤" if draw > 0.8 else "较多" if draw > 0.5 else "舒适"
