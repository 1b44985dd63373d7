"""Every departure of every service day of a GTFS archive, by the plainest reading of its files: an independent reader
beside ours."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class SlowGtfs:
    """``leaves`` is for each stop (seconds of the service day, service); ``days`` are days to ask about."""

    def __init__(self, body: bytes, zone: ZoneInfo) -> None:
        self._zone = zone
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            self._files = {name.rpartition("/")[2]: archive.read(name) for name in archive.namelist()}
        trips = {row["trip_id"]: row for row in self._read("trips.txt")}
        runs: dict[str, list[tuple[int, int, int]]] = {}
        for row in self._read("frequencies.txt"):
            span = (_seconds(row["start_time"]), _seconds(row["end_time"]), int(row["headway_secs"]))
            runs.setdefault(row["trip_id"], []).append(span)
        times: dict[str, list[dict[str, str]]] = {}
        for row in self._read("stop_times.txt"):
            times.setdefault(row["trip_id"], []).append(row)
        self.leaves: dict[str, list[tuple[int, str]]] = {}
        for trip, rows in times.items():
            rows.sort(key=lambda row: int(row["stop_sequence"]))
            for row, seconds in zip(rows[:-1], _interpolated(rows)[:-1], strict=True):
                if row.get("pickup_type") == "1":
                    continue
                start = _seconds(rows[0]["departure_time"])
                shifts = [s - start for a, b, h in runs[trip] for s in range(a, b, h)] if trip in runs else [0]
                for shift in shifts:
                    self.leaves.setdefault(row["stop_id"], []).append((seconds + shift, trips[trip]["service_id"]))
        self._running = self._calendar()
        # The newest part of a calendar is kept; the moments are taken from well inside it.
        self.days = sorted(self._running)[-300:-5] or sorted(self._running)

    def next(self, stop: str, moment: datetime, n: int) -> list[int]:
        """The next ``n`` departures within two days, in seconds since 1970."""
        found = []
        for day, services in self._running.items():
            if abs((day - moment.date()).days) <= 4:
                noon = datetime(day.year, day.month, day.day, 12, tzinfo=self._zone)
                start = int(noon.timestamp()) - 12 * 3600
                found += [start + at for at, service in self.leaves[stop] if service in services]
        now = moment.timestamp()
        return sorted(at for at in found if now <= at <= now + 48 * 3600)[:n]

    def _calendar(self) -> dict[date, set[str]]:
        running: dict[date, set[str]] = {}
        for row in self._read("calendar.txt"):
            day, last = _date(row["start_date"]), _date(row["end_date"])
            while day <= last:
                running.setdefault(day, set())
                if row[WEEK[day.weekday()]] == "1":
                    running[day].add(row["service_id"])
                day += timedelta(days=1)
        for row in self._read("calendar_dates.txt"):
            services = running.setdefault(_date(row["date"]), set())
            (services.add if row["exception_type"] == "1" else services.discard)(row["service_id"])
        return running

    def _read(self, name: str) -> list[dict[str, str]]:
        text = self._files.get(name, b"").decode("utf-8-sig")
        rows = csv.DictReader(io.StringIO(text), skipinitialspace=True)
        return [{key.strip(): (value or "").strip() for key, value in row.items() if key} for row in rows]


def _seconds(text: str) -> int:
    hours, minutes, seconds = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def _interpolated(rows: list[dict[str, str]]) -> list[int]:
    """Departures; those that are empty lie evenly between the departure before and the arrival after them."""
    known = [n for n, row in enumerate(rows) if row["departure_time"] or row["arrival_time"]]
    out = []
    for n, row in enumerate(rows):
        if n in known:
            out.append(_seconds(row["departure_time"] or row["arrival_time"]))
            continue
        before, after = max(k for k in known if k < n), min(k for k in known if k > n)
        first = _seconds(rows[before]["departure_time"] or rows[before]["arrival_time"])
        last = _seconds(rows[after]["arrival_time"] or rows[after]["departure_time"])
        out.append(int(first + (n - before) / (after - before) * (last - first)))
    return out


def _date(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))
