"""The types of record, in the words of the field. One record is one item of data from one source.

All text is cleaned on entry (``feeds.text.clean``), all moments are aware and in UTC, coordinates are WGS-84 degrees,
money is yuan, and every field has a type, a range and a length: what does not fit is quarantined by ``build``'s caller.

What a feed does not say stays unsaid: a field's default is None, "" or empty and means that nobody knows. None of them
is a statement, so a missing code is no clear sky and a missing state is no open door.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec

Key: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]{1,24}$")]
Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Short: TypeAlias = Annotated[str, msgspec.Meta(max_length=200)]
Line: TypeAlias = Annotated[str, msgspec.Meta(max_length=600)]
Prose: TypeAlias = Annotated[str, msgspec.Meta(max_length=20_000)]
Longitude: TypeAlias = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Latitude: TypeAlias = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Sum: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
Facts: TypeAlias = tuple[tuple[Short, Line], ...]
"""Label and value pairs such as ``("电话", "021-5550 0112")``."""


class Record(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every record has: an ``id`` that stays the same from snapshot to snapshot."""

    id: Key


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture by its content: ``key`` is the BLAKE2b-128 of its bytes in hexadecimal digits (the archive has them),
    ``w`` x ``h`` its size in pixels, ``alt`` what it shows, in words."""

    key: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    w: Annotated[int, msgspec.Meta(ge=1, le=4096)]
    h: Annotated[int, msgspec.Meta(ge=1, le=4096)]
    alt: Short


class Article(Record, frozen=True, kw_only=True, tag="article"):
    """A news item or notice. ``body`` holds paragraphs separated by newlines; ``tag`` is two Han on the list.

    ``estates`` (ids) or ``town`` say whom it concerns; both empty means the whole district. ``picture`` is one of the
    channel's own.
    """

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    summary: Line = ""
    body: Prose = ""
    published: Moment | None = None
    tag: Short = ""
    town: Short = ""
    estates: tuple[Short, ...] = ()
    begins: Moment | None = None
    ends: Moment | None = None
    facts: Facts = ()
    link: Line = ""
    picture: Picture | None = None


class Place(Record, frozen=True, kw_only=True, tag="place"):
    """A place that people go to. ``hours`` is written as ``Mo-Fr 08:00-17:00; Sa 09:00-12:00`` or ``24/7``
    (the subset of OpenStreetMap's opening_hours that ``channel.views._hours`` reads); empty means unknown.

    ``available`` of ``capacity`` counts what can be had there now (beds, parking spaces, doses); ``queue`` counts
    people waiting.
    """

    name: Name
    lon: Longitude | None = None
    lat: Latitude | None = None
    kind: Short = ""
    level: Short = ""
    address: Short = ""
    town: Short = ""
    phone: Short = ""
    hours: Short = ""
    closed: Short = ""
    available: Count | None = None
    capacity: Count | None = None
    queue: Count | None = None
    fee: Short = ""
    note: Line = ""
    areas: tuple[Short, ...] = ()
    """Area codes of the estates that this place serves (a school's zone); empty: all."""
    facts: Facts = ()


class BikeStation(Record, frozen=True, kw_only=True, tag="bike_station"):
    """A public bicycle station (GBFS station_information joined with station_status)."""

    name: Name
    lon: Longitude
    lat: Latitude
    bikes: Count
    docks: Count | None = None
    capacity: Count | None = None
    renting: bool | None = None
    returning: bool | None = None
    reported: Moment | None = None
    address: Short = ""


class Departure(Record, frozen=True, kw_only=True, tag="departure"):
    """One departure at a stop or coach station. ``fare`` is in ``money``: a sign, a code or a word; empty: that of the
    channel."""

    stop: Name
    line: Name
    destination: Short = ""
    departs: Moment
    expected: Moment | None = None
    platform: Short = ""
    fare: Sum | None = None
    money: Short = ""
    seats: Count | None = None
    status: Short = ""


class Route(Record, frozen=True, kw_only=True, tag="route"):
    """A public transport line: its ends, its hours, and how it runs now (``status``: normal, delayed, crowded,
    stopped; "" where nobody says)."""

    line: Name
    origin: Short = ""
    destination: Short = ""
    first: Short = ""
    last: Short = ""
    headway: Short = ""
    fare: Short = ""
    status: Short = ""
    note: Line = ""


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """Where an alert holds (CAP 1.2, 3.2.4): polygons of (lon, lat), circles of (lon, lat, km), geocodes; of our own
    warnings the ids of ``estates``.

    ``unread`` counts the shapes that could not be read: such an area is more than what its other shapes say.
    """

    description: Prose = ""
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()
    geocodes: tuple[tuple[Short, Short], ...] = ()
    estates: tuple[Short, ...] = ()
    unread: Count = 0


class Alert(Record, frozen=True, kw_only=True, tag="alert"):
    """One event of a public warning (OASIS CAP 1.2), or a message that ends earlier ones.

    ``identifier``, ``sender`` and ``sent`` are CAP's own and name the message; ``id`` is ours and names the event in
    it. A Cancel, and an Update that only ends what it names, may lack all else, ``sent`` and words too.
    """

    identifier: Line
    sender: Line
    sent: Moment | None = None
    status: Short
    message: Short
    event: Short = ""
    headline: Line = ""
    description: Prose = ""
    instruction: Prose = ""
    category: Short = ""
    urgency: Short = "Unknown"
    severity: Short = "Unknown"
    certainty: Short = "Unknown"
    effective: Moment | None = None
    onset: Moment | None = None
    expires: Moment | None = None
    lapses: Moment | None = None
    """When it ends by the source's ``options.lasts``, for want of ``expires``."""
    heard: Moment | None = None
    """When a message first came that is dated ahead of that moment, or not at all."""
    source: Short = ""
    contact: Short = ""
    areas: tuple[Area, ...] = ()
    references: tuple[Line, ...] = ()
    """The messages that it ends, each as ``sender,identifier,sent``."""
    speaks_for: tuple[Line, ...] = ()
    """The senders besides its own whose messages it may end, by the source's ``options.speaks_for``; ``*``: all."""


class Programme(Record, frozen=True, kw_only=True, tag="programme"):
    """Something with a start and an end on a channel, in a hall or on a court."""

    channel: Name
    title: Name
    begins: Moment
    ends: Moment
    subtitle: Line = ""
    description: Prose = ""
    price: Short = ""
    free: bool | None = None
    state: Short = ""


class Event(Record, frozen=True, kw_only=True, tag="event"):
    """Something on a day that people can attend. ``all_day``: it has no time of day; None where only its moment is
    known."""

    title: Name
    begins: Moment
    ends: Moment | None = None
    all_day: bool | None = None
    venue: Short = ""
    town: Short = ""
    organiser: Short = ""
    description: Prose = ""
    category: Short = ""
    contact: Short = ""


class Session(Record, frozen=True, kw_only=True, tag="session"):
    """A sitting on a date in a weekly timetable: an outpatient clinic, a class. ``state``: open, full, cancelled; ""
    where nobody says."""

    group: Name
    name: Name
    date: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    part: Short = ""
    person: Short = ""
    state: Short = ""
    left: Count | None = None
    fee: Short = ""


class Price(Record, frozen=True, kw_only=True, tag="price"):
    """The price of one thing at one market; no ``value``: sold out.

    ``unit`` is what ``value`` and ``change`` (against the time before) count, money first: ``元/500克``, ``€/kg``,
    ``元``; empty when nobody said. No ``market``: the table is of one. ``date`` is the day it was asked on; empty: that
    of the snapshot.
    """

    item: Name
    market: Short = ""
    value: Sum | None = None
    change: Annotated[float, msgspec.Meta(ge=-1_000_000, le=1_000_000)] | None = None
    unit: Short = ""
    group: Short = ""
    date: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$|^$")] = ""


class Job(Record, frozen=True, kw_only=True, tag="job"):
    """A vacancy."""

    title: Name
    employer: Name
    pay: Short = ""
    town: Short = ""
    openings: Count | None = None
    requirements: Line = ""
    contact: Short = ""
    published: Moment | None = None


class Reading(Record, frozen=True, kw_only=True, tag="reading"):
    """One measured or rated value: air quality, a price series' point, an index of daily life."""

    name: Name
    at: Moment | None = None
    value: Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)] | None = None
    unit: Short = ""
    level: Short = ""
    station: Short = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    advice: Line = ""


class Forecast(Record, frozen=True, kw_only=True, tag="forecast"):
    """Weather for one span: a day when ``high`` is given, an hour or now when ``temperature`` is. Degrees Celsius,
    percent, Beaufort force; ``code`` is the WMO weather code, None where the sky is not known."""

    begins: Moment
    span: Annotated[str, msgspec.Meta(pattern="^(now|hour|day)$")]
    code: Annotated[int, msgspec.Meta(ge=0, le=99)] | None = None
    temperature: Annotated[float, msgspec.Meta(ge=-90, le=70)] | None = None
    high: Annotated[float, msgspec.Meta(ge=-90, le=70)] | None = None
    low: Annotated[float, msgspec.Meta(ge=-90, le=70)] | None = None
    humidity: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None
    rain: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None
    wind: Short = ""
    """Where it comes from: ``N``, ``NE`` … where the feed has degrees, else in the feed's own words."""
    force: Annotated[int, msgspec.Meta(ge=0, le=17)] | None = None


class ServiceRequest(Record, frozen=True, kw_only=True, tag="service_request"):
    """A request to the authorities and how it stands (Open311 GeoReport v2), without any person's details."""

    service: Name
    status: Short
    address: Short = ""
    town: Short = ""
    requested: Moment | None = None
    updated: Moment | None = None
    expected: Moment | None = None
    agency: Short = ""
    note: Line = ""


class Guide(Record, frozen=True, kw_only=True, tag="guide"):
    """How to do something: steps of (head, one line), what to bring (under ``bring_title``), what it costs, whom to
    call. One of the channel's own names the ``page`` that it is for, from ``begins`` to before ``ends``."""

    title: Name
    steps: tuple[tuple[Short, Line], ...] = ()
    bring: tuple[Short, ...] = ()
    cost: Short = ""
    phone: Short = ""
    phone_hours: Short = ""
    bring_title: Short = ""
    page: Short = ""
    begins: Moment | None = None
    ends: Moment | None = None


class Contact(Record, frozen=True, kw_only=True, tag="contact"):
    """A number to call."""

    name: Name
    phone: Short
    hours: Short = ""
    kind: Short = ""
    note: Line = ""


class Meal(Record, frozen=True, kw_only=True, tag="meal"):
    """What is served at a place on a day."""

    place: Name
    date: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    meal: Short = ""
    dishes: Line = ""
    price: Short = ""
    lon: Longitude | None = None
    lat: Latitude | None = None


AnyRecord: TypeAlias = (
    Article
    | Place
    | BikeStation
    | Departure
    | Route
    | Alert
    | Programme
    | Event
    | Session
    | Price
    | Job
    | Reading
    | Forecast
    | ServiceRequest
    | Guide
    | Contact
    | Meal
)

KINDS: dict[str, type[Record]] = {
    kind.__struct_config__.tag: kind  # type: ignore[misc]
    for kind in (
        Article, Place, BikeStation, Departure, Route, Alert, Programme, Event, Session, Price, Job, Reading,
        Forecast, ServiceRequest, Guide, Contact, Meal,
    )
}  # fmt: skip
"""Record types by the name that ``sources.toml`` uses (``record = "place"``)."""

R = TypeVar("R", bound=Record)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was quarantined: where it stood in the feed, which value, and why it was refused."""

    position: str
    reason: Annotated[str, msgspec.Meta(max_length=400)]
    value: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Misfit(ValueError):
    """A row that is no record; the message is a sentence with the field, what was found and what was expected."""

    def __init__(self, field: str, found: object, expected: str) -> None:
        super().__init__(f"{field}: found {found}, expected {expected}")
        self.field = field
        """The record's field, "" when it is about the row."""


def build(kind: type[R], row: Mapping[str, Any]) -> R:
    """A record of ``kind`` from a row of cleaned values; text such as ``"3.5"`` becomes the field's type.

    Empty strings count as absent where the field has a default. Raises Misfit with the reason.
    """
    given = {name: value for name, value in row.items() if value is not None and value != ""}
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _misfit(str(error), given) from None


_KINDS_IN_WORDS = {
    "str": "a text", "int": "a whole number", "float": "a number", "bool": "yes or no", "datetime": "a moment",
    "array": "a list", "object": "a table", "null": "nothing",
}  # fmt: skip
_MOST_BITS = 100
_PLACE = re.compile(r" - at `\$\.(?P<field>\w+)(?P<inner>[^`]*)`$")
_MISSING = re.compile(r"Object missing required field `(?P<field>\w+)`")
_LENGTH = re.compile(r"of length (?P<which><=|>=) (?P<bound>\d+)")
_BOUND = re.compile(r"(?P<which><=|>=|<|>) (?P<bound>-?[\d.]+)")
_TYPES = re.compile(r"Expected `(?P<types>[^`]*)`")


def _misfit(message: str, given: Mapping[str, Any]) -> Misfit:
    """The checker's message as a sentence: it is written for programmers."""
    missing, place = _MISSING.match(message), _PLACE.search(message)
    if missing:
        where = f"{place['field']}.{missing['field']}" if place else missing["field"]
        return Misfit(where, "nothing", "a value, for every row needs one")
    field = place["field"] if place else "row"
    value = given.get(field)
    is_inner = bool(place and place["inner"])
    found = "something in its list" if is_inner else _shown(value)
    types = _TYPES.match(message)
    names = [name.strip() for name in types["types"].split("|")] if types else []
    expected = " or ".join(dict.fromkeys(_KINDS_IN_WORDS.get(name, name) for name in names if name != "null"))
    length, bound = _LENGTH.search(message), _BOUND.search(message)
    if length:
        what = "characters" if "str" in names else "items"
        if not is_inner and isinstance(value, str | tuple | list):
            found = f"{len(value)} {what}"
        return Misfit(field, found, f"at {'most' if length['which'] == '<=' else 'least'} {length['bound']} {what}")
    if bound:
        size = "at most" if bound["which"] == "<=" else "at least" if bound["which"] == ">=" else bound["which"]
        return Misfit(field, found, f"{expected or 'a number'} of {size} {bound['bound'].removesuffix('.0')}")
    if "regex" in message:
        return Misfit(field, found, "a word that is allowed there")
    if "timezone" in message:
        return Misfit(field, found, "a moment with its offset")
    return Misfit(field, found, expected or ("a moment" if "datetime" in message else "another value"))


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.15g}" if isfinite(value) else "a number beyond all bounds"
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return f"a number of about {value.bit_length() * 3 // 10} digits"
    return repr(value)[:60] if isinstance(value, str | int | bool) else f"{str(value)[:60]}"


def stable_id(*parts: str) -> str:
    """An item id that depends on ``parts`` alone: the first as it is when it already fits, else 16 hex digits."""
    if len(parts) == 1 and re.fullmatch(r"[a-z0-9]{1,24}", parts[0]):
        return parts[0]
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()
