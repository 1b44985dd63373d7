"""Guides and jobs: page 121 and the pages that tell step by step how something is done."""

from __future__ import annotations

from datetime import timedelta

from .base import EPOCH, At, chance, phone, pick, serves, texts
from .medical import lines
from .towns import TOWNS
from .writing import CSV, JSON, csv_bytes, json_bytes

_GUIDES = texts("guides")["guide"]
_JOBS = texts("jobs")


@serves("guides", "guides.json", JSON, days=1)
def guides(at: At) -> bytes:
    """Pages 103, 124, 208, 209, 244, 261, 263, 306, 364, 562, 605 and 662."""
    rows = [
        {**guide, "steps": [{"head": head, "line": line} for head, line in lines(guide["steps"])]} for guide in _GUIDES
    ]
    return json_bytes({"version": 3, "guides": rows})


@serves("jobs", "jobs.csv", CSV + "; charset=gbk", hours=1)
def jobs(at: At) -> bytes:
    """Page 121, in GBK: four new vacancies an hour of the working day. One row has its pay and town mixed up."""
    columns = ("职位编号", "职位", "单位", "月薪", "街镇", "人数", "要求", "联系电话", "发布日期")
    found = list(lines(_JOBS["jobs"]))
    newest = at.day * 10 + max(-1, min(9, at.moment.hour - 8))
    rows: list[tuple[object, ...]] = []
    for number in range(newest, newest - 90, -1):
        title, kind, low, high, needs = found[number * 7 % len(found)]
        town = TOWNS[number * 5 % 13]
        public = kind in _JOBS["public"].split()
        employer = "" if public else pick(_JOBS["employers"].split(), "employer", number)
        pay = f"{float(low) * 1000:.0f}-{float(high) * 1000:.0f}元"
        published = EPOCH + timedelta(days=number // 10, hours=8 + number % 10)
        rows.append(
            (f"z{number}", title, f"{town.short}{employer}{kind}", pay, town.name, 1 + int(chance("n", number) * 9),
             needs, phone("job", number), published.strftime("%Y/%m/%d %H:%M"))
        )  # fmt: skip
    rows.append(("z0", "门卫", "北桥某厂", "面议", "颛桥镇", "若干", "男女不限", "", "2026/13/40"))
    return csv_bytes(columns, rows, "gbk")
