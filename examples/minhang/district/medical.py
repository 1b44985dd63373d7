"""Hospitals, clinics, pharmacies, vaccines and blood donation: pages 201 to 207."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .base import At, chance, phone, pick, serves, texts
from .towns import SHORT, TOWNS, Town
from .writing import CSV, JSON, XLSX, csv_bytes, datastore, portal, xlsx_bytes

_WORDS = texts("medical")


class Hospital(NamedTuple):
    """A line of the hospital register."""

    name: str
    town: Town
    level: str
    hours: str
    emergency: str
    note: str
    closed: str


def lines(text: str) -> Iterator[list[str]]:
    """The cells of a table written as lines with bars."""
    return (line.split("|") for line in text.strip().splitlines())


def hospitals() -> list[Hospital]:
    """The hospitals of the district."""
    return [Hospital(row[0], SHORT[row[1]], *row[2:]) for row in lines(_WORDS["hospitals"])]


@serves("hospitals", "hospitals.xlsx", XLSX, days=1)
def hospital_register(at: At) -> bytes:
    """Page 201. One row has a coordinate that was never surveyed."""
    columns = ("编号", "机构名称", "等级", "街镇", "地址", "电话", "门诊时间", "急诊", "备注", "停诊", "经度", "纬度")
    rows: list[tuple[object, ...]] = []
    for number, h in enumerate(hospitals(), 1):
        lon, lat = h.town.point("hospital", number, reach=0.9)
        rows.append(
            (f"h{number:02d}", h.name, h.level, h.town.name, h.town.address("hospital", number),
             phone("hospital", number), h.hours, h.emergency, h.note, h.closed, lon, lat)
        )  # fmt: skip
    rows.append(("h99", "区妇幼新院区", "二级", "颛桥镇", "银都路待定", "", "", "", "筹建中", "", "待测", "待测"))
    return xlsx_bytes("医疗机构", columns, rows)


@serves("clinic-sessions", "clinic-sessions.json", JSON, days=1)
def clinic_sessions(at: At) -> bytes:
    """Page 202: a week of specialist clinics at six hospitals."""
    rows: list[dict[str, object]] = []
    for day in range(7):
        date, weekday = at.date(day), at.clock(0, days=day).weekday()
        for hospital in _WORDS["clinic_hospitals"].split():
            for department in _WORDS["departments"].split():
                parts = _parts(hospital, department, weekday)
                rows.extend(_session(hospital, department, date, weekday, part) for part in parts)
    return portal(rows, at.moment)


def _parts(hospital: str, department: str, weekday: int) -> list[str]:
    """Which halves of the day a department sits, the same every week."""
    draw = chance("sits", hospital, department, weekday)
    if weekday == 6:
        return ["上午"] if draw < 0.25 else []
    if weekday == 5:
        return ["上午"] if draw < 0.55 else []
    return ["上午", "下午"] if draw < 0.45 else ["上午"] if draw < 0.70 else ["下午"] if draw < 0.85 else []


def _doctor(hospital: str, department: str, weekday: int) -> str:
    title = pick(["主任", "副主任", "主治"], "title", hospital, department, weekday % 3)
    surname: str = pick(_WORDS["surnames"].split(), "doctor", hospital, department, weekday % 3)
    return surname + title


def _session(hospital: str, department: str, date: str, weekday: int, part: str) -> dict[str, object]:
    draw = chance("session", hospital, department, date, part)
    doctor = _doctor(hospital, department, weekday)
    return {
        "yljg": hospital,
        "ksmc": department,
        "ysxm": doctor,
        "czrq": date,
        "sxw": part,
        "zt": "cancelled" if draw < 0.04 else "full" if draw < 0.14 else "open",
        "ghf": {"主": "38元", "副": "30元"}.get(doctor[1], "22元") if not doctor.endswith("主治") else "22元",
    }


@serves("appointments", "appointments.json", JSON, minutes=5)
def appointments(at: At) -> bytes:
    """Page 203: what is left of today's and the next two days' numbers; it melts away during the day."""
    rows = []
    for day in range(3):
        date, weekday = at.date(day), at.clock(0, days=day).weekday()
        for hospital in _WORDS["clinic_hospitals"].split():
            for department in _WORDS["departments"].split():
                for part in _parts(hospital, department, weekday):
                    left = _left(at, hospital, department, date, part, day)
                    if left is None:
                        continue
                    session = _session(hospital, department, date, weekday, part)
                    rows.append({**session, "syhy": left, "zt": "open" if left else "full"})
    return portal(rows, at.moment)


def _left(at: At, hospital: str, department: str, date: str, part: str, day: int) -> int | None:
    """Numbers left, or None when the sitting is over."""
    ends = at.clock(12 if part == "上午" else 17, days=day)
    if at.moment >= ends:
        return None
    hours = (ends - at.moment).total_seconds() / 3600
    size = 12 + int(28 * chance("size", hospital, department, part))
    demand = 0.55 + 0.6 * chance("demand", hospital, department, date, part)
    share: float = 0.97 ** max(hours - 1.0, 0.0)
    return max(0, round(size * (1 - demand * share)))


@serves("health-centres", "health-centres.csv", CSV + "; charset=utf-8", days=1)
def health_centres(at: At) -> bytes:
    """Page 204: a centre a town, and the larger stations."""
    columns = ("id", "名称", "类型", "街镇", "地址", "电话", "服务时间", "家庭医生", "经度", "纬度")
    rows = []
    for number, (name, kind, town) in enumerate(_centres(), 1):
        lon, lat = town.point("centre", number, reach=0.6)
        hours = "Mo-Fr 07:30-20:00; Sa-Su 08:00-16:00" if kind == "中心" else "Mo-Sa 08:00-16:30"
        hours = "Mo-Fr 08:00-11:30,13:00-16:30" if number % 9 == 8 else hours
        family = f"家庭医生：{4 + number % 7} 组|换药：{'全天' if kind == '中心' else '上午'}|长处方：可配一至两个月"
        rows.append(
            (f"c{number:02d}", name, kind, town.name, town.address("centre", number), phone("centre", number), hours,
             family, lon, lat)
        )  # fmt: skip
    return csv_bytes(columns, rows, "utf-8-sig")


def _centres() -> list[tuple[str, str, Town]]:
    found = [(f"{town.short}社区卫生服务中心", "中心", town) for town in TOWNS]
    for area in _WORDS["stations"].split():
        home = next((town for town in TOWNS if area in town.areas), TOWNS[0])
        found.append((f"{area}社区卫生站", "站点", home))
    return found


@serves("pharmacies", "pharmacies.csv", CSV + "; charset=gb18030", days=1)
def pharmacies(at: At) -> bytes:
    """Page 205, in GB 18030. One row has its longitude and latitude in words."""
    columns = ("序号", "药店名称", "街镇", "地址", "电话", "营业时间", "医保", "经度", "纬度")
    chains = _WORDS["pharmacy_chains"].split()
    rows: list[tuple[object, ...]] = []
    for number in range(1, 41):
        town = TOWNS[(number * 5) % 13]
        lon, lat = town.point("pharmacy", number, reach=0.8)
        area = town.areas[number % len(town.areas)]
        hours = ["24/7", "Mo-Su 07:30-23:00", "Mo-Su 18:00-06:00", "24/7", "Mo-Su 08:00-24:00"][number % 5]
        insured = "医保：可刷|夜间：按铃开门" if number % 3 else "医保：不可刷|夜间：隔窗售药"
        name = f"{chains[number % len(chains)]}大药房{area}店"
        rows.append(
            (f"y{number:02d}", name, town.name, town.address("pharmacy", number), phone("pharmacy", number), hours,
             insured, lon, lat)
        )  # fmt: skip
    rows.append(("y41", "益民大药房剑川店", "吴泾镇", "剑川路口", "", "24/7", "", "东经一百二十一度半", "北纬三十一度"))
    return csv_bytes(columns, rows, "gb18030")


@serves("vaccines", "vaccines.csv", CSV + "; charset=utf-8", hours=1)
def vaccines(at: At) -> bytes:
    """Page 206: doses left at each centre; they go down from Monday to Friday."""
    columns = ("id", "接种点", "疫苗", "剩余", "街镇", "地址", "接种时间", "电话", "提示", "经度", "纬度")
    rows = []
    for number, (name, kind, town) in enumerate(_centres(), 1):
        if kind != "中心":
            continue
        lon, lat = town.point("centre", number, reach=0.6)
        for order, (vaccine, note) in enumerate(lines(_WORDS["vaccines"])):
            if chance("offers", name, vaccine) < 0.15:
                continue
            hours = "24/7" if vaccine.startswith("狂犬") else "Mo-Fr 08:00-11:00,13:00-15:30; Sa 08:00-11:00"
            rows.append(
                (f"v{number:02d}{order}", name, vaccine, _doses(at, name, vaccine), town.name,
                 town.address("centre", number), hours, phone("centre", number), note, lon, lat)
            )  # fmt: skip
    return csv_bytes(columns, rows)


def _doses(at: At, name: str, vaccine: str) -> int:
    stock = 40 + int(160 * chance("stock", name, vaccine, at.day // 7))
    used = ((at.day % 7) * 9 + max(0, min(at.moment.hour - 8, 8))) * (0.6 + chance("use", name, vaccine)) * 2
    return max(0, int(stock - used))


@serves("blood", "blood.json", JSON, days=1)
def blood(at: At) -> bytes:
    """Page 207."""
    rows = []
    for number, (name, short, kind, hours, note) in enumerate(lines(_WORDS["blood"]), 1):
        lon, lat = SHORT[short].point("blood", number, reach=0.4)
        address = SHORT[short].address("blood", number)
        rows.append(
            {"id": f"b{number}", "name": name, "kind": kind, "town": SHORT[short].name, "address": address,
             "hours": hours, "note": note, "phone": phone("blood", number), "lon": lon, "lat": lat}
        )  # fmt: skip
    return datastore(rows)
