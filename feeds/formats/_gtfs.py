"""Reads the files of a GTFS archive into plain columns, fast enough for a million rows."""

from __future__ import annotations

import csv
import io
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, repeat
from typing import TextIO

from feeds.base.errors import FormatError
from feeds.formats._archives import DAMAGED, SafeZip
from feeds.formats._cells import shown
from feeds.formats._decode import codec, decode

UNKNOWN = -1
WRONG = -2
_CHUNK = 10_000
_BLOCK = 1_000_000
_LONGEST = 7 * 86_400
_MOST_WRONG = 200
_SPACES = (" ", "\t", "\u00a0", "\u3000")


class Seconds(dict[str, int]):
    """``25:10:00`` -> seconds after the start of the service day; each text is read once.

    Empty is UNKNOWN, anything else that is no time is WRONG.
    """

    def __missing__(self, text: str) -> int:
        value = self._read(text.strip())
        if len(self) < 500_000:
            self[text] = value
        return value

    @staticmethod
    def _read(text: str) -> int:
        if not text:
            return UNKNOWN
        parts = text.split(":")
        if len(parts) != 3 or not all(part.isdecimal() and part.isascii() and len(part) <= 3 for part in parts):
            return WRONG
        hours, minutes, seconds = map(int, parts)
        value = hours * 3600 + minutes * 60 + seconds
        return value if minutes < 60 and seconds < 60 and value < _LONGEST else WRONG


def rows(archive: SafeZip, name: str, columns: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(line, cells) of a file in the order of ``columns``; a column that is absent gives "".

    An absent file has no rows. Raises FormatError for a damaged one.
    """
    for line, chunk in chunks(archive, name, columns):
        for offset, cells in enumerate(zip(*chunk, strict=True)):
            yield line + offset, cells


def chunks(archive: SafeZip, name: str, columns: Sequence[str]) -> Iterator[tuple[int, list[list[str]]]]:
    """(first line, a list for each column) of many rows at a time; spaces around names and values are no part of them
    (GTFS Reference, File Requirements: extra spaces between fields or field names should be removed)."""
    if name not in archive:
        return
    csv.field_size_limit(1_000_000)
    try:
        with archive.open(name) as raw:
            text = io.TextIOWrapper(raw, encoding=_encoding(archive, name), errors="replace")
            header = _cells(next(csv.reader([text.readline().lstrip("\ufeff")], skipinitialspace=True), []))
            header = [cell.lower() for cell in header]
            places = [header.index(column) if column in header else -1 for column in columns]
            line = 2
            for block in _blocks(text, len(header)):
                count = len(block[0]) if block else 0
                yield line, [block[place] if place >= 0 else [""] * count for place in places]
                line += count
    except csv.Error as error:
        raise FormatError(f"{name}: {error}") from None
    except (*DAMAGED, zlib.error) as error:
        raise FormatError(shown(f"{name} is damaged: {error}")) from None


def _blocks(text: TextIO, width: int) -> Iterator[list[list[str]]]:
    """Every column of many rows at a time.

    Most files have neither quotes nor ragged rows: then one split does for a whole block what the csv module does row
    by row, in a quarter of the time. From the first quote on the csv module reads the rest.
    """
    if not width:
        return
    rest = ""
    while True:
        data = text.read(_BLOCK)
        block, newline, rest = (rest + data).rpartition("\n") if data else (rest, "", "")
        if not data and not block:
            return
        if '"' in block or '"' in rest:
            yield from _read_rows(chain(io.StringIO(block + newline + rest + text.readline()), text), width)
            return
        lines = block.split("\n")
        if not _is_tight(block):
            lines = [",".join(_cells(line.split(","))) for line in lines]
        if {line.count(",") for line in lines} == {width - 1}:
            cells = ",".join(lines).split(",")
            yield [cells[place::width] for place in range(width)]
        elif block:
            yield from _read_rows(iter(lines), width)


def _read_rows(lines: Iterable[str], width: int) -> Iterator[list[list[str]]]:
    """The same by the csv module; a row that ends early is filled up, one that is too long is cut."""
    reader = csv.reader(lines, skipinitialspace=True)
    while True:
        rows_ = [(_cells(row) + [""] * width)[:width] for row in islice(reader, _CHUNK) if row]
        if not rows_:
            return
        yield [list(column) for column in zip(*rows_, strict=True)]


def _cells(row: Iterable[str]) -> list[str]:
    return [cell.strip() for cell in row]


def _is_tight(block: str) -> bool:
    """Whether no cell of the block begins or ends with a space, which is cheap to ask and nearly always so."""
    spaces = tuple(space for space in _SPACES if space in block)
    return not spaces or not (
        block.startswith(spaces)
        or block.endswith(spaces)
        or any(f"{mark}{space}" in block or f"{space}{mark}" in block for space in spaces for mark in ",\n")
    )


def _encoding(archive: SafeZip, name: str) -> str:
    """GTFS is UTF-8 by its standard; a local export may be GB 18030 all the same."""
    with archive.open(name) as raw:
        sample = raw.read(100_000)
    if sample.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    cut = sample.rpartition(b"\n")[0] or sample
    try:
        cut.decode("utf-8")
    except UnicodeDecodeError:
        return codec("gb18030") if "\ufffd" not in decode(cut) else "utf-8"
    return "utf-8"


class StopTimes:
    """The columns of stop_times.txt as whole numbers."""

    def __init__(self) -> None:
        self.trip = array("i")
        self.stop = array("i")
        self.leave = array("i")
        self.arrive: array[int] | None = None
        """None as long as every vehicle leaves when it arrives."""
        self.sequence = array("i")
        self.head = array("i")
        self.pickup = array("b")
        """0 to 3, as in the file."""
        self.wrong: list[tuple[str, str, str]] = []
        """(position, reason, value) of rows that were left out."""
        self.left_out = 0
        self.on_demand = 0
        """Rows of service on demand, which has no time of departure."""


class Texts:
    """A pool of texts, each kept once."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {"": 0}

    def add(self, text: str) -> int:
        """The number of this text."""
        return self.index.setdefault(text, len(self.index))


_COLUMNS = (
    "trip_id", "stop_id", "departure_time", "arrival_time", "stop_sequence", "stop_headsign", "pickup_type",
    "start_pickup_drop_off_window", "location_id", "location_group_id",
)  # fmt: skip


def read_stop_times(archive: SafeZip, trips: dict[str, int], stops: dict[str, int], texts: Texts) -> StopTimes:
    """Every stop time that belongs to a known trip and stop."""
    out = StopTimes()
    seconds = Seconds()
    numbers = _Numbers()
    for line, columns in chunks(archive, "stop_times.txt", _COLUMNS):
        trip, stop, leave, arrive, sequence, head, pickup = columns[:7]
        trip_numbers = list(map(trips.get, trip, repeat(UNKNOWN)))
        stop_numbers = list(map(stops.get, stop, repeat(UNKNOWN)))
        times = list(map(seconds.__getitem__, leave))
        arrivals = times if arrive == leave else list(map(seconds.__getitem__, arrive))
        if UNKNOWN in times:
            times = [a if t == UNKNOWN else t for t, a in zip(times, arrivals, strict=True)]
        order = list(map(numbers.__getitem__, sequence))
        on_demand = _on_demand(columns[7:])
        if on_demand or UNKNOWN in trip_numbers or UNKNOWN in stop_numbers or WRONG in times or UNKNOWN in order:
            found = (on_demand or [0] * len(trip), trip_numbers, stop_numbers, order, times)
            keep = _sound(out, line, found, (trip, trip, stop, sequence, leave))
            trip_numbers, stop_numbers, times, arrivals, order = (
                [column[i] for i in keep] for column in (trip_numbers, stop_numbers, times, arrivals, order)
            )
            head, pickup = ([column[i] for i in keep] for column in (head, pickup))
        _add_arrivals(out, times, arrivals)
        out.trip.extend(trip_numbers)
        out.stop.extend(stop_numbers)
        out.leave.extend(times)
        out.sequence.extend(order)
        heads = [texts.add(text) if text else UNKNOWN for text in head] if any(head) else [UNKNOWN] * len(head)
        out.head.extend(heads)
        out.pickup.extend([_PICKUPS.get(text, 0) for text in pickup] if any(pickup) else [0] * len(pickup))
    return out


def _on_demand(columns: list[list[str]]) -> list[int]:
    """UNKNOWN for each row that names an area or a window of time, else 0; nothing where none does."""
    if not any(map(any, columns)):
        return []
    return [UNKNOWN if any(cells) else 0 for cells in zip(*columns, strict=True)]


_PICKUPS = {"1": 1, "2": 2, "3": 3}


def _add_arrivals(out: StopTimes, times: list[int], arrivals: list[int]) -> None:
    """Keep the arrivals from the first on that is another than its departure; one that is no time is the departure."""
    if times != arrivals:
        arrivals = [a if 0 <= a <= t else t for t, a in zip(times, arrivals, strict=True)]
        if out.arrive is None and times != arrivals:
            out.arrive = array("i", out.leave)
    if out.arrive is not None:
        out.arrive.extend(arrivals)


_FAULTS = ("", "an unknown trip", "an unknown stop", "not a sequence number", "not a time")


def _sound(out: StopTimes, line: int, found: tuple[list[int], ...], raw: tuple[list[str], ...]) -> list[int]:
    """The rows of a chunk that can be used; the others are described. The last of ``found`` may be UNKNOWN."""
    keep = []
    for i, values in enumerate(zip(*found, strict=True)):
        faults = [n for n, value in enumerate(values) if value == WRONG or (value == UNKNOWN and n < len(found) - 1)]
        if not faults:
            keep.append(i)
            continue
        if not faults[0]:
            out.on_demand += 1
            continue
        out.left_out += 1
        if len(out.wrong) < _MOST_WRONG:
            out.wrong.append((f"stop_times.txt line {line + i}", _FAULTS[faults[0]], raw[faults[0]][i]))
    return keep


class _Numbers(dict[str, int]):
    """Small whole numbers by their text."""

    def __missing__(self, text: str) -> int:
        stripped = text.strip()
        value = int(stripped) if stripped.isdecimal() and stripped.isascii() and len(stripped) <= 9 else UNKNOWN
        if len(self) < 100_000:
            self[text] = value
        return value
