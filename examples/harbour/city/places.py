"""Where people live and what is near: estates, clinics and pharmacies, bicycles, prices: 201, 404 and 503."""

from __future__ import annotations

import math

from .base import ZONE, At, chance, csv_text, iso, json_bytes, serves, texts

_WORDS = texts("places")
_AREAS = {"Old Quay": "1101", "Northshore": "1102", "Gull Hill": "1103", "Saltmarsh": "1104"}


def estates_csv() -> bytes:
    """``estates.csv``."""
    rows = [(ident, name, town, lon, lat, _AREAS[town]) for ident, name, town, lon, lat in _WORDS["estates"]]
    return csv_text([("id", "name", "town", "lon", "lat", "area_code"), *rows])


@serves("care.csv", "text/csv")
def care(at: At) -> bytes:
    """Page 201. The hours are of the wall clock, with pauses at noon and nights that end on the next day."""
    heads = ("id", "Name", "Kind", "Quarter", "Address", "Telephone", "Opening hours", "Closed", "Longitude",
             "Latitude", "Note")  # fmt: skip
    return csv_text([heads, *_WORDS["care"]])


@serves("prices.csv", "text/csv")
def prices(at: At) -> bytes:
    """Page 503: prices in euro at four markets; what one of them does not sell has no row."""
    rows: list[tuple[object, ...]] = [("Item", "Group", "Market", "Price", "Change", "Unit")]
    for item, group, unit, usual in _WORDS["prices"]:
        for market in _WORDS["markets"]:
            if chance("sells", item, market) < 0.12:
                continue
            today, before = (_price(usual, item, market, at.day(-back).toordinal()) for back in (0, 1))
            rows.append((item, group, market, f"{today:.2f}", f"{today - before:.2f}", unit))
    return csv_text(rows)


def _price(usual: float, item: str, market: str, day: int) -> float:
    """A price keeps for three days or so, more in winter."""
    season = 1 + 0.08 * math.cos(day / 365.25 * 2 * math.pi)
    step = (day + int(chance("step", item, market) * 3)) // 3
    return round(usual * season * (0.9 + 0.2 * chance("price", item, market, step)) * 20) / 20


def _gbfs(at: At, ttl: int, data: object) -> bytes:
    return json_bytes({"last_updated": iso(at.moment), "ttl": ttl, "version": "3.0", "data": data})


def _told(english: str, irish: str) -> list[dict[str, str]]:
    return [{"text": irish, "language": "ga"}, {"text": english, "language": "en"}]


@serves("bikes/gbfs.json", "application/json")
def gbfs(at: At) -> bytes:
    """Page 404: the discovery file (GBFS 3.0)."""
    names = ("system_information", "station_information", "station_status")
    return _gbfs(at, 86_400, {"feeds": [{"name": n, "url": f"{at.origin}/bikes/{n}.json"} for n in names]})


@serves("bikes/system_information.json", "application/json")
def system_information(at: At) -> bytes:
    """Who runs the bicycles."""
    name = _told("Merrow Bikes", "Rothair Mherrow")
    data = {"system_id": "merrow", "languages": ["ga", "en"], "name": name, "timezone": ZONE.key,
            "opening_hours": "24/7", "feed_contact_email": "bikes@merrow.example"}  # fmt: skip
    return _gbfs(at, 86_400, data)


@serves("bikes/station_information.json", "application/json")
def station_information(at: At) -> bytes:
    """Where the stations are, by their names in both languages."""
    stations = [
        {"station_id": ident, "name": _told(english, irish), "lon": lon, "lat": lat, "capacity": docks}
        for ident, english, irish, lon, lat, docks in _WORDS["bikes"]
    ]
    return _gbfs(at, 86_400, {"stations": stations})


@serves("bikes/station_status.json", "application/json", step=1)
def station_status(at: At) -> bytes:
    """Bicycles now; one station is out of order."""
    stations = []
    for number, (ident, *_, docks) in enumerate(_WORDS["bikes"]):
        every = 3 + number % 5
        slot = int(at.moment.timestamp()) // 60 // every
        swing = 0.5 + 0.3 * math.sin((at.moment.hour - 4 + 12 * (number % 2)) / 12 * math.pi)
        broken = ident == "b11"
        bikes = 0 if broken else max(0, min(docks, round(docks * swing + 5 * (chance("bikes", ident, slot) - 0.5))))
        seen = at.moment.fromtimestamp(slot * every * 60, ZONE)
        stations.append(
            {"station_id": ident, "num_vehicles_available": bikes, "num_docks_available": docks - bikes,
             "is_installed": True, "is_renting": not broken, "is_returning": not broken, "last_reported": iso(seen)}
        )  # fmt: skip
    return _gbfs(at, 60, {"stations": stations})
