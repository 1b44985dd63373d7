"""Old age, marriage and school: pages 241 to 262 and 301 to 305, but for their calendars and news."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from .base import At, chance, phone, pick, serves, texts
from .medical import lines
from .towns import BY_NAME, SHORT, TOWNS, Town, area_codes
from .writing import CSV, JSON, XLSX, csv_bytes, datastore, portal, xlsx_bytes

_WORDS = texts("people")
UTF8_CSV = CSV + "; charset=utf-8"


@serves("care-homes", "care-homes.xlsx", XLSX, days=1)
def care_homes(at: At) -> bytes:
    """Page 241: beds free among the approved ones."""
    columns = (
        "编号", "名称", "街镇", "地址", "电话", "星级", "核定床位", "空余床位", "收费", "探视时间", "经度", "纬度",
    )  # fmt: skip
    rows = []
    for number in range(1, 37):
        town = TOWNS[(number * 7) % 13]
        lon, lat = town.point("care", number)
        beds = 60 + int(24 * chance("beds", number)) * 10
        free = max(0, int(beds * (chance("free", number, at.day // 3) ** 2.2) * 0.3) - 3)
        fee = f"{2400 + int(chance('fee', number) * 28) * 100}元/月起"
        name = f"{town.short}{_WORDS['homes'].split()[number % 12]}养老院"
        stars = ["二星", "三星", "三星", "四星", "五星"][int(5 * chance("stars", number))]
        rows.append(
            (f"n{number:02d}", name, town.name, town.address("care", number), phone("care", number), stars, beds, free,
             fee, "Mo-Su 09:00-17:00", lon, lat)
        )  # fmt: skip
    return xlsx_bytes("养老机构", columns, rows)


@serves("day-care", "day-care.csv", UTF8_CSV, days=1)
def day_care(at: At) -> bytes:
    """Page 242: where older people spend the day."""
    columns = ("id", "名称", "街镇", "地址", "电话", "开放时间", "收费", "服务", "经度", "纬度")
    rows = []
    for number in range(1, 41):
        town = TOWNS[number % 13]
        area = town.areas[number // 13 % len(town.areas)]
        lon, lat = town.point("daycare", number)
        fee = "免费" if number % 4 == 0 else f"{15 + number % 5 * 5}元/天，含午餐"
        service = pick(_WORDS["day_care"], "service", number)
        rows.append(
            (f"d{number:02d}", f"{area}日间照料中心", town.name, town.address("daycare", number),
             phone("daycare", number), "Mo-Fr 08:00-16:30", fee, service, lon, lat)
        )  # fmt: skip
    return csv_bytes(columns, rows)


@serves("canteen-menus", "canteen-menus.json", JSON, days=1)
def canteen_menus(at: At) -> bytes:
    """Page 243: what the community canteens cook today and the next two days."""
    rows = []
    homes = [(area, town) for town in TOWNS for area in town.areas[:4]]
    for number, (area, town) in enumerate(homes):
        lon, lat = town.point("canteen", number, reach=0.8)
        for day in range(3):
            date = at.date(day)
            for meal, dishes, price in (("午餐", _lunch(area, date), "15元"), ("晚餐", _dinner(area, date), "10元")):
                if meal == "晚餐" and number % 3 == 0:
                    continue
                rows.append(
                    {"place": f"{area}社区食堂", "date": date, "meal": meal, "dishes": dishes, "price": price,
                     "lon": lon, "lat": lat}
                )  # fmt: skip
    return portal(rows, at.moment)


def _lunch(area: str, date: str) -> str:
    return "、".join(pick(_WORDS[part].split(), part, area, date) for part in ("meat", "half", "green", "soup"))


def _dinner(area: str, date: str) -> str:
    return str(pick(_WORDS["dinner"].split(), "dinner", area, date))


@serves("registries", "registries.json", JSON, days=1)
def registries(at: At) -> bytes:
    """Page 262."""
    rows = []
    for number, (name, short, hours, note) in enumerate(lines(_WORDS["registries"]), 1):
        town = SHORT[short]
        lon, lat = town.point("registry", number, reach=0.4)
        rows.append(
            {"id": f"r{number}", "name": name, "town": town.name, "address": town.address("registry", number),
             "hours": hours, "note": note, "phone": phone("registry", number), "lon": lon, "lat": lat}
        )  # fmt: skip
    return datastore(rows)


class School(NamedTuple):
    """A school with its committees' area codes (its zone)."""

    id: str
    name: str
    kind: str
    town: Town
    lon: float
    lat: float
    zone: tuple[str, ...]


@cache
def schools() -> tuple[School, ...]:
    """Primary and junior schools, between whom every area code of the district is divided, and kindergartens."""
    codes: dict[str, list[str]] = {}
    for code, members in area_codes().items():
        codes.setdefault(members[0].town, []).append(code)
    found: list[School] = []
    for kind, size in (("小学", 4), ("初中", 6), ("幼儿园", 3), ("高中", 9)):
        for town, all_codes in codes.items():
            for start in range(0, len(all_codes), size):
                zone = all_codes[start : start + size]
                found.append(_school(len(found) + 1, kind, BY_NAME[town], start // size, zone))
    return tuple(found)


def _school(number: int, kind: str, town: Town, order: int, zone: list[str]) -> School:
    homes = [estate for code in zone for estate in area_codes()[code]]
    lon = sum(e.lon for e in homes) / len(homes) + (chance("slon", number) - 0.5) * 0.002
    lat = sum(e.lat for e in homes) / len(homes) + (chance("slat", number) - 0.5) * 0.002
    area = town.areas[order % len(town.areas)]
    second = order // len(town.areas)
    if kind == "幼儿园":
        names = _WORDS["kindergartens"].split()
        name = f"{area}{names[(number + second) % len(names)]}幼儿园"
    elif kind == "高中":
        name = f"{area}高级中学"
    else:
        name = f"{area}{'第二' if second else ''}{'小学' if kind == '小学' else '初级中学'}"
    return School(f"s{number:03d}", name, kind, town, round(lon, 6), round(lat, 6), tuple(zone))


@serves("school-zones", "school-zones.csv", UTF8_CSV, days=1)
def school_zones(at: At) -> bytes:
    """Page 301: which committees belong to which primary and junior school."""
    columns = ("id", "学校", "学段", "街镇", "地址", "电话", "对口居委", "说明", "经度", "纬度")
    rows = []
    for school in schools():
        if school.kind not in ("小学", "初中"):
            continue
        note = "人户一致优先，满额时统筹安排" if school.kind == "小学" else "对口入学，不用考试"
        rows.append(
            (school.id, school.name, school.kind, school.town.name, school.town.address("school", school.id),
             phone("school", school.id), "|".join(school.zone), note, school.lon, school.lat)
        )  # fmt: skip
    return csv_bytes(columns, rows)


@serves("schools", "schools.csv", UTF8_CSV, days=1)
def school_register(at: At) -> bytes:
    """Page 302: every school and kindergarten."""
    columns = ("id", "名称", "类别", "性质", "街镇", "地址", "电话", "在校时间", "经度", "纬度")
    hours = {"幼儿园": "Mo-Fr 07:45-16:30", "小学": "Mo-Fr 07:50-15:30", "初中": "Mo-Fr 07:30-16:30"}
    rows = [
        (s.id, s.name, s.kind, pick(["公办", "公办", "公办", "民办"], "owner", s.id), s.town.name,
         s.town.address("school", s.id), phone("school", s.id), hours.get(s.kind, "Mo-Fr 07:20-17:00"), s.lon, s.lat)
        for s in schools()
    ]  # fmt: skip
    return csv_bytes(columns, rows)


@serves("courses", "courses.json", JSON, days=1)
def courses(at: At) -> bytes:
    """Page 305: two weeks of classes at the towns' community schools."""
    rows: list[dict[str, object]] = []
    for town in TOWNS:
        for order, (name, teacher, part, fee) in enumerate(lines(_WORDS["courses"])):
            if chance("course", town.code, name) < 0.25:
                continue
            weekday = (order + int(town.code[-1])) % 5
            rows.extend(_classes(at, town, name, teacher, part, fee, weekday))
    return portal(rows, at.moment)


def _classes(at: At, town: Town, name: str, teacher: str, part: str, fee: str, weekday: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for day in range(14):
        if at.clock(0, days=day).weekday() != weekday:
            continue
        left = int(chance("left", town.code, name, at.date(day)) * 14) - 2
        cancelled = chance("off", town.code, name, at.date(day)) < 0.03
        found.append(
            {"xxmc": f"{town.short}社区学校", "kcmc": name, "skrq": at.date(day), "sd": part, "js": teacher,
             "ye": max(0, left), "xf": fee, "zt": "cancelled" if cancelled else "open" if left > 0 else "full"}
        )  # fmt: skip
    return found
