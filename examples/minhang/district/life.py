"""Prices, police, service centres, hot spots, telephones and requests: pages 541, 542, 561, 602, 603, 604 and 661."""

from __future__ import annotations

from datetime import datetime, timedelta

from .base import At, chance, phone, pick, serves, texts
from .medical import lines
from .towns import TOWNS, Town
from .writing import CSV, JSON, csv_bytes, datastore, dated, json_bytes

_WORDS = texts("life")
_NETWORK = "网络名：i-Minhang"


def price(item: str, usual: float, market: str, day: int) -> float | None:
    """Yuan for 500 g at a market on a day; None when it is sold out."""
    if chance("out", item, market, day) < 0.025:
        return None
    week = (chance("week", item, day // 7) - 0.5) * 0.16
    # A stall keeps its price for two to four days; they do not all change on the same day.
    rhythm = chance("rhythm", item, market)
    drift = (chance("drift", item, market, int(day + rhythm * 12) // (2 + int(rhythm * 3))) - 0.5) * 0.12
    place = (chance("place", item, market) - 0.5) * 0.14
    step = 0.1 if usual < 20 else 0.5
    return round(round(usual * (1 + week + drift + place) / step) * step, 1)


@serves("market-prices", "market-prices.csv", CSV + "; charset=gb18030", days=1)
def market_prices(at: At) -> bytes:
    """Page 541, in GB 18030. Two rows hold what no one can take for a price."""
    columns = ("品名", "类别", "市场", "价格", "涨跌", "单位")
    rows: list[tuple[object, ...]] = []
    for item, group, usual in lines(_WORDS["items"]):
        for market in _WORDS["markets"].split():
            today = price(item, float(usual), market, at.day)
            before = price(item, float(usual), market, at.day - 1)
            change = "" if today is None or before is None else f"{today - before:+.1f}"
            rows.append((item, group, market, "" if today is None else f"{today:.1f}", change, "元/500克"))
    rows.append(("大闸蟹", "水产", "七宝南街", "面议", "", "元/500克"))
    rows.append(("黄鳝", "水产", "江川红旗", "38.0.0", "", "元/500克"))
    return csv_bytes(columns, rows, "gb18030")


@serves("price-series", "price-series.json", JSON, days=1)
def price_series(at: At) -> bytes:
    """Page 542: the district's average of thirty days."""
    usual = {item: float(value) for item, _, value in lines(_WORDS["items"])}
    rows = []
    for item in _WORDS["series"].split():
        for back in range(29, -1, -1):
            found = [price(item, usual[item], market, at.day - back) for market in _WORDS["markets"].split()]
            known = [value for value in found if value is not None]
            rows.append({"name": item, "at": at.date(-back), "value": round(sum(known) / len(known), 2),
                         "unit": "元/500克"})  # fmt: skip
    return datastore(rows)


@serves("police", "police.json", JSON, days=1)
def police(at: At) -> bytes:
    """Page 561."""
    rows = []
    for number, area in enumerate(_WORDS["police"].split(), 1):
        town = _town_of(area)
        lon, lat = town.point("police", number, reach=0.7)
        rows.append(
            {"id": f"g{number:02d}", "name": f"{area}派出所", "town": town.name, "hours": "24/7",
             "address": town.address("police", number), "phone": phone("police", number),
             "note": "户籍窗口：周一到周六 9:00-16:30，中午不休息", "lon": lon, "lat": lat}
        )  # fmt: skip
    return datastore(rows)


def _town_of(area: str) -> Town:
    return next((town for town in TOWNS if area == town.short or area in town.areas), TOWNS[0])


@serves("service-centres", "service-centres.json", JSON, minutes=5)
def service_centres(at: At) -> bytes:
    """Page 602: the 64 places and how many wait there now."""
    rows = []
    for number in range(64):
        town = TOWNS[number % 13]
        order = number // 13
        area = town.short if order == 0 else town.areas[order - 1]
        kind = "中心" if order == 0 else "服务站"
        lon, lat = town.point("service", number, reach=0.4 if order == 0 else 0.95)
        hours = "Mo-Fr 09:00-16:30; Sa 09:00-11:30" if order == 0 else "Mo-Fr 09:00-11:30,13:30-16:30"
        rows.append(
            {"id": f"t{number + 1:02d}", "name": f"{area}社区事务{'受理中心' if order == 0 else kind}", "kind": kind,
             "town": town.name, "address": town.address("service", number), "phone": phone("service", number),
             "hours": hours, "queue": _queue(at, number), "lon": lon, "lat": lat,
             "facts": [["能办", "社保、医保、居住证、老年卡"], ["取号", "一楼大厅，可请人代取"]]}
        )  # fmt: skip
    return datastore(rows)


def _queue(at: At, number: int) -> int:
    if at.moment.weekday() == 6 or not 9 <= at.moment.hour < 17 or (number >= 13 and at.moment.weekday() == 5):
        return 0
    peak = {9: 1.0, 10: 0.9, 11: 0.6, 12: 0.3, 13: 0.6, 14: 0.7, 15: 0.5, 16: 0.2}[at.moment.hour]
    size = 22 if number < 13 else 9
    return int(size * peak * (0.4 + 1.2 * chance("queue", number, at.day, int(at.moment.timestamp()) // 300)))


@serves("wifi", "wifi.csv", CSV + "; charset=utf-8", days=1)
def wifi(at: At) -> bytes:
    """Page 603: 1,600 places, and two whose coordinates were mistyped."""
    columns = ("编号", "名称", "街镇", "地址", "经度", "纬度", "网络")
    spots = _WORDS["wifi_spots"].split()
    rows: list[tuple[object, ...]] = []
    weights = [town for town in TOWNS for _ in range(town.homes)]
    for number in range(1, 1601):
        town = weights[int(chance("wifi", number) * len(weights))]
        area = town.areas[int(chance("warea", number) * len(town.areas))]
        spot = spots[int(chance("wspot", number) * len(spots))]
        lon, lat = town.point("wifi", number)
        rows.append((f"f{number:04d}", f"{area}{spot}", town.name, town.address("wifi", number), lon, lat, _NETWORK))
    rows.append(("f9001", "莘庄公园北门", "莘庄镇", "莘浜路", "1213.76", "31.11", _NETWORK))
    rows.append(("f9002", "碧江公园", "江川路街道", "江川路", "121.40", "3l.01", _NETWORK))
    return csv_bytes(columns, rows)


@serves("phones", "phones.csv", CSV + "; charset=utf-8", days=1)
def phones(at: At) -> bytes:
    """Page 604."""
    rows = [(f"q{number:02d}", *row) for number, row in enumerate(lines(_WORDS["phones"]), 1)]
    return csv_bytes(("id", "名称", "号码", "时间", "类别", "说明"), rows)


@serves("requests", "requests.json", JSON, hours=1)
def requests(at: At) -> bytes:
    """Page 661: sixty requests of the last weeks, in GeoReport's words, without any person in them."""
    hours = int((at.moment - at.midnight).total_seconds() // 3600)
    newest = at.day * 4 + min(3, max(0, (hours - 6) // 4))
    rows = []
    for number in range(newest, newest - 60, -1):
        service, agency, note = pick(list(lines(_WORDS["requests"])), "request", number)
        town = TOWNS[int(chance("rtown", number) * 13)]
        asked = at.midnight + timedelta(days=number // 4 - at.day, hours=6 + number % 4 * 4)
        asked += timedelta(minutes=int(chance("rmin", number) * 200))
        if asked > at.moment:
            continue
        rows.append(_request(at, number, service, agency, note, town, asked))
    return json_bytes(dated(rows))


def _request(
    at: At, number: int, service: str, agency: str, note: str, town: Town, asked: datetime
) -> dict[str, object]:
    age = at.moment - asked
    needs = timedelta(hours=20 + int(140 * chance("needs", number)))
    done, begun = age > needs, age > timedelta(hours=4)
    answer = note if done else _WORDS["under_way"] if begun else _WORDS["received"]
    return {
        "service_request_id": f"mh{number}",
        "status": "已办结" if done else "办理中" if begun else "已受理",
        "status_notes": answer,
        "service_name": service,
        "agency_responsible": agency,
        "requested_datetime": asked,
        "updated_datetime": asked + (needs if done else timedelta(hours=4) if begun else timedelta()),
        "expected_datetime": asked + timedelta(days=5),
        "address": f"{town.short}{town.address('request', number)}",
        "town": town.name,
    }
