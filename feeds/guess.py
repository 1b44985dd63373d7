"""What a feed is: its format, what its rows are, and which column fills which field.

``guess`` looks at bytes; ``trial`` fetches an address or a file, guesses, reads, and gives everything that
``channel source try`` prints: counts, first records, problems, and a table that is ready for ``sources.toml``.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from feeds.base.clock import Clock
from feeds.base.errors import ChannelError, FormatError
from feeds.formats import Document, Parsed, get, is_linked
from feeds.formats._decode import decode
from feeds.formats._json import read_json
from feeds.formats._moments import read_moment
from feeds.formats.geojson import GEOMETRIES as _GEOMETRIES
from feeds.formats.table import read_rows
from feeds.network.fetch import fetch
from feeds.parsing import Parser, shared
from feeds.records import KINDS
from feeds.source import Source

_SAMPLE_ROWS = 200
_USUAL_BYTES = 20_000_000
# Whoever tries a source waits for it, and would rather see a big one than be told that it is big.
_GENEROUS: Mapping[str, Any] = {"retries": 0, "max_bytes": 300_000_000, "deadline": "60s", "max_items": 200_000}
_ELEMENT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,60}:)?([A-Za-z_][\w.-]{0,60})")
# What publishers call things, by the field that it fills. The first that matches whole counts, then parts of names.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "名称", "机构名称", "单位名称", "站点名称", "站名", "场馆名称", "医院名称", "学校名称", "mc"),
    "title": ("title", "标题", "题名", "主题", "bt", "subject", "活动名称", "职位", "岗位名称"),
    "lon": ("lon", "lng", "longitude", "经度", "x", "jd"),
    "lat": ("lat", "latitude", "纬度", "y", "wd"),
    "address": ("address", "地址", "详细地址", "addr", "dz", "位置", "location"),
    "phone": ("phone", "tel", "telephone", "电话", "联系电话", "咨询电话", "热线", "号码", "dh", "number"),
    "hours": ("hours", "opening_hours", "开放时间", "营业时间", "服务时间", "办公时间", "kfsj"),
    "town": ("town", "街镇", "街道", "镇", "所属街道", "所属街镇", "jz", "adname", "district"),
    "kind": ("kind", "类别", "类型", "type", "category", "lb"),
    "level": ("level", "等级", "级别"),
    "capacity": ("capacity", "总数", "总车位", "核定床位", "床位数"),
    "available": ("available", "剩余", "空余", "空闲", "剩余车位", "空床", "free"),
    "queue": ("queue", "排队", "等候", "等候人数"),
    "fee": ("fee", "收费", "收费标准", "费用"),
    "note": ("note", "备注", "说明", "remark", "remarks"),
    "published": ("published", "发布时间", "发布日期", "日期", "fbsj", "date", "pubdate", "publish_time"),
    "summary": ("summary", "摘要", "简介", "zy", "description", "描述"),
    "body": ("body", "正文", "内容", "nr", "content"),
    "link": ("link", "链接", "网址", "url"),
    "tag": ("tag", "标签", "栏目"),
    "begins": ("begins", "开始时间", "起始时间", "开始", "start", "start_time", "begin"),
    "ends": ("ends", "结束时间", "截止时间", "结束", "end", "end_time"),
    "venue": ("venue", "地点", "活动地点", "场地"),
    "organiser": ("organiser", "organizer", "主办", "主办单位"),
    "item": ("item", "品名", "品种", "商品", "商品名称", "菜名"),
    "market": ("market", "市场", "菜场", "市场名称"),
    "value": ("value", "价格", "数值", "均价", "price", "flow"),
    "unit": ("unit", "单位", "计量单位"),
    "employer": ("employer", "用人单位", "招聘单位", "单位名称", "企业名称", "公司", "单位"),
    "pay": ("pay", "薪资", "工资", "月薪", "薪酬"),
    "openings": ("openings", "招聘人数", "人数"),
    "stop": ("stop", "车站", "上车站", "始发站"),
    "line": ("line", "线路", "班次", "车次", "linename"),
    "destination": ("destination", "终点", "终点站", "目的地", "到达站"),
    "origin": ("origin", "起点", "起点站"),
    "departs": ("departs", "发车时间", "开车时间", "departure_time"),
    "first": ("first", "首班车", "首班"),
    "last": ("last", "末班车", "末班"),
    "place": ("place", "助餐点", "食堂"),
    "dishes": ("dishes", "菜单", "菜品"),
    "group": ("group", "科室", "分组"),
    "person": ("person", "医生", "医师", "教师", "专家"),
    "service": ("service", "service_name", "诉求类别", "事项"),
    "status": ("status", "状态", "办理状态"),
    "id": ("id", "编号", "编码", "序号", "station_id", "code"),
}
# Which fields make a kind, the more telling ones first; all of a row must be there.
_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("departure", ("stop", "line", "departs")),
    ("price", ("item", "market")),
    ("job", ("title", "employer")),
    ("meal", ("place", "date")),
    ("event", ("title", "begins")),
    ("article", ("title",)),
    ("route", ("line", "origin")),
    ("place", ("name", "lon", "lat")),
    ("place", ("name", "address")),
    ("contact", ("name", "phone")),
    ("reading", ("name", "value")),
    ("place", ("name",)),
)


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """A format, what its rows are, and the field map; empty where the format needs none."""

    format: str
    record: str = ""
    fields: dict[str, str] = {}
    constants: dict[str, Any] = {}


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What trying a source gave. ``error`` is why it was refused, "" when something was read; ``toml`` is the table
    for ``sources.toml``."""

    source: Source | None = None
    parsed: Parsed | None = None
    error: str = ""
    toml: str = ""
    seconds: float = 0.0
    bytes: int = 0

    @property
    def ok(self) -> bool:
        """Whether at least one record (or a dataset) was read."""
        return self.parsed is not None and bool(self.parsed.records or self.parsed.dataset is not None)


def guess(document: Document, ident: str = "") -> Guess:
    """The likeliest reading of a document; ``ident`` names what has no name of its own. Raises FormatError when it is
    nothing that we know."""
    body = document.body
    if not body.strip():
        raise FormatError("the document is empty")
    if body.startswith(b"PK\x03\x04"):
        return _archive(document)
    start = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"BEGIN:V"):
        return Guess(format="ical")
    if start[:1] == b"<":
        return _markup(document, start)
    if start[:1] in (b"{", b"["):
        return _json(document, ident)
    if body[:1] == b"\x0a" and re.match(rb"\x0a.\x0a.[0-9]\.[0-9]", body[:12], re.DOTALL):
        return Guess(format="gtfs_rt")
    return _table(document)


def trial(
    address: str, base: Path, clock: Clock, *, ident: str = "", private: bool = True, publisher: str = "", **facts: Any
) -> Trial:
    """Fetch ``address`` (a URL, ``file:PATH``, or the path of a file), guess what it is, and read it.

    ``facts`` are fields of Source that are known already (``format``, ``record``, ``fields``, …) and are not guessed.
    Never raises for what comes from outside.
    """
    url, base = _located(address, base)
    known = {"format": "table", "publisher": publisher or "未注明", "private": private, **_GENEROUS, **facts}
    source, parser = None, shared()
    try:
        source = Source(id=ident or suggest_id(address), url=url, **known)
        fetched = fetch(source, base, clock=clock)
        if "format" not in facts:
            found = parser.call("feeds.guess:guess", (fetched.documents[0], source.id), source, Guess)
            given = {"record": found.record, "fields": found.fields, "constants": found.constants, **facts}
            source = msgspec.structs.replace(source, format=found.format, **given)
        if is_linked(get(source.format)):
            fetched = fetch(
                source, base, clock=clock, links=lambda documents, source: parser.links(source, documents)
            )
        parsed = _parsed(parser, source, fetched.documents, clock.now())
    except ChannelError as error:
        return Trial(source=source, error=str(error))
    result = Trial(
        source=source,
        parsed=parsed,
        toml=to_toml(source, address, fetched.bytes),
        seconds=fetched.seconds,
        bytes=fetched.bytes,
    )
    if result.ok:
        return result
    why = parsed.problems[0].reason if parsed.problems else f"it is {source.format}, but holds no item"
    return msgspec.structs.replace(result, error=f"no record could be read: {why}")


def _parsed(parser: Parser, source: Source, documents: Sequence[Document], now: datetime) -> Parsed:
    """What the format reads; a calendar of the past is read as of its last event, so that something is to be seen."""
    parsed = parser.parse(source, documents, now)
    if source.format != "ical" or parsed.total:
        return parsed
    days = re.findall(rb"^DTSTART[^:\r\n]*:(\d{8})", b"\n".join(d.body for d in documents), re.MULTILINE)
    for day in sorted(days, reverse=True)[:1]:
        with contextlib.suppress(ValueError):
            return parser.parse(source, documents, read_moment(_dashed(day.decode()), now))
    return parsed


def _dashed(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def suggest_id(address: str) -> str:
    """An id for a source, from the last words of its address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "source"
    words = [Path(part).stem for part in parts.path.split("/") if part]
    generic = {"index", "feed", "rss", "gbfs", "api", "data", "atom", "list"}
    chosen = next((word for word in reversed(words) if word.lower() not in generic), parts.netloc.partition(":")[0])
    name = re.sub(r"[^a-z0-9]+", "-", chosen.lower()).strip("-")[:40].strip("-")
    return name if re.match(r"[a-z]", name) else f"source-{name}".strip("-")[:40]


def to_toml(source: Source, address: str, size: int = 0) -> str:
    """The table of ``sources.toml`` that declares this source of ``size`` bytes; what is as usual is left out."""
    lines = [f"[source.{source.id}]", f"url = {_quoted(source.url)}", f"format = {_quoted(source.format)}"]
    if source.url.startswith("file:") and not address.startswith("file:") and not source.url.endswith(f":{address}"):
        lines[1] += "  # a path in the channel's folder: the file must be there"
    if source.record:
        lines.append(f"record = {_quoted(source.record)}")
    lines.append(f"publisher = {_quoted(source.publisher)}  # who stands behind the data, printed after 来源")
    lines.append(f"every = {_quoted(source.every)}")
    for name in ("rows", "encoding", "coordinates"):
        value = getattr(source, name)
        if value not in ("", "wgs84"):
            lines.append(f"{name} = {_quoted(value)}")
    if size > _USUAL_BYTES // 2:
        lines.append(f"max_bytes = {2 * size // 1_000_000}_000_000")
    if source.private and address.startswith("http"):
        lines.append("private = true  # it may ask inner addresses; leave out for the internet")
    if source.fields:
        lines += ["", f"[source.{source.id}.fields]"]
        lines += [f"{field} = {_quoted(column)}" for field, column in source.fields.items()]
    if source.constants:
        lines += ["", f"[source.{source.id}.constants]"]
        lines += [f"{field} = {_quoted(str(value))}" for field, value in source.constants.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _located(address: str, base: Path) -> tuple[str, Path]:
    """(url, base): a plain path becomes a ``file:`` address in the channel's folder, or else in its own."""
    if address.startswith(("http://", "https://", "file:")):
        return address, base
    path = Path(address).expanduser().resolve()
    if path.is_relative_to(base.resolve()):
        return f"file:{path.relative_to(base.resolve())}", base
    return f"file:{path.name}", path.parent


def _archive(document: Document) -> Guess:
    from feeds.formats._archives import SafeZip

    with SafeZip(document.body) as archive:
        if "stop_times.txt" in archive:
            return Guess(format="gtfs")
    return _table(document)


def _markup(document: Document, start: bytes) -> Guess:
    text = decode(document.body[:200_000], label=document.charset)
    root = _ELEMENT.search(_without_comments(text))
    name = root[1].lower() if root else ""
    if name == "html":
        raise FormatError("this is an HTML page, not data; look for a feed or a download on it")
    if name in ("rss", "rdf", "feed", "channel"):
        has_cap = "urn:oasis:names:tc:emergency:cap" in text
        return Guess(format="cap") if has_cap else Guess(format="rss")
    simple = {"alert": "cap", "tv": "xmltv", "service_requests": "open311"}
    return Guess(format=simple[name]) if name in simple else _table(document)


def _without_comments(text: str) -> str:
    """The text before, between and after XML comments."""
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0:
        parts.append(text[at:start])
        end = text.find("-->", start)
        if end < 0:
            return "".join(parts)
        at = end + 3
    return "".join([*parts, text[at:]])


def _json(document: Document, ident: str) -> Guess:
    try:
        value = read_json(document)
    except FormatError:
        return _table(document)
    if isinstance(value, Mapping):
        data = value.get("data")
        if isinstance(data, Mapping) and "station_information" in str(data)[:20_000]:
            return Guess(format="gbfs")
        if value.get("type") in ("FeatureCollection", "Feature", *_GEOMETRIES):
            return _geojson(value, ident)
        if "result" in value and "success" in value:
            return _ckan(value)
        if "hourly" in value or "daily" in value or "current" in value or ("fxLink" in value and "code" in value):
            return Guess(format="weather")
    first = value[0] if isinstance(value, list) and value else None
    if isinstance(first, Mapping) and "service_request_id" in first:
        return Guess(format="open311")
    return _table(document)


def _geojson(value: Mapping[str, Any], ident: str) -> Guess:
    features = value.get("features") if isinstance(value.get("features"), list) else [value]
    rows = [
        f["properties"] for f in features or () if isinstance(f, Mapping) and isinstance(f.get("properties"), Mapping)
    ]
    _, fields = _mapped(rows[:_SAMPLE_ROWS], "place")
    named = "name" in fields or any("name" in row for row in rows)
    return Guess(
        format="geojson", record="place", fields=fields, constants={} if named else {"name": ident or "未命名"}
    )


def _ckan(value: Mapping[str, Any]) -> Guess:
    result = value.get("result")
    records = result.get("records") if isinstance(result, Mapping) else None
    if isinstance(records, list):
        rows = [row for row in records[:_SAMPLE_ROWS] if isinstance(row, Mapping)]
        record, fields = _mapped(rows)
        return Guess(format="ckan", record=record, fields=fields)
    return Guess(format="ckan", record="article")


def _table(document: Document) -> Guess:
    source = Source(id="guess", url=document.url or "file:x", format="table", publisher="x")
    rows = []
    for _, row in read_rows(document, source):
        if isinstance(row, Mapping):
            rows.append(row)
        if len(rows) >= _SAMPLE_ROWS:
            break
    if not rows:
        raise FormatError("neither a known format nor a table with rows")
    record, fields = _mapped(rows)
    return Guess(format="table", record=record, fields=fields)


def _mapped(rows: list[Any], record: str = "") -> tuple[str, dict[str, str]]:
    """The kind that these rows seem to be, and the columns that fill its fields. Raises FormatError when none fits."""
    columns = list(dict.fromkeys(str(name) for row in rows for name in row))
    columns = [name for name in columns if any(row.get(name) not in (None, "") for row in rows)]
    by_field = {field: column for field in _NAMES if (column := _column_for(field, columns))}
    if not record:
        record = next((kind for kind, needs in _KINDS if all(field in by_field for field in needs)), "")
    names = _text_columns(rows, [name for name in columns if name not in by_field.values()])
    if not record:
        if not names:
            raise FormatError(f"no column can be taken for a name; found: {', '.join(columns[:20])}")
        record = "reading" if _is_numeric(rows, by_field.get("value", "")) else "place"
        by_field["station"] = names[1] if len(names) > 1 else ""
    known = KINDS[record].__struct_fields__
    if "name" in known and "name" not in by_field:
        by_field["name"] = by_field.get("title") or (names[0] if names else "")
    fields = {field: column for field, column in by_field.items() if field in known and column and field != column}
    return record, _without_doubles(fields)


def _is_numeric(rows: list[Any], column: str) -> bool:
    values = [row[column] for row in rows if row.get(column) not in (None, "")] if column else []
    numbers = [value for value in values if re.fullmatch(r"[-+]?(?:[\d,]*+\.\d++|[\d,]*+(?<=\d))", str(value).strip())]
    return bool(values) and len(numbers) * 2 > len(values)


def _text_columns(rows: list[Any], columns: list[str]) -> list[str]:
    """The columns that hold short words, the most telling first: Chinese ones, then different ones."""
    found = []
    for place, column in enumerate(columns):
        texts = [row[column] for row in rows if isinstance(row.get(column), str) and row[column].strip()]
        words = [text for text in texts if len(text) <= 60 and not re.fullmatch(r"[\d\s.:/+-]*", text)]
        if len(words) * 2 >= len(rows) > 0:
            han = sum(1 for text in words if re.search("[\u4e00-\u9fff]", text)) * 2 > len(words)
            found.append((not han, -round(len(set(words)) / len(words), 1), place, column))
    return [column for *_, column in sorted(found)]


def _column_for(field: str, columns: list[str]) -> str:
    """The column whose name is one of the field's, or else contains a telling one."""
    names = _NAMES[field]
    lowered = {column.strip().lower(): column for column in reversed(columns)}
    for name in names:
        if name in lowered:
            return lowered[name]
    for name in names:
        if len(name) > 1 and not name.isascii():
            found = next((column for column in columns if name in column), "")
            if found:
                return found
    return next((c for n in names if len(n) > 3 for c in columns if c.lower().endswith((f"_{n}", f"{n}s"))), "")


def _without_doubles(fields: dict[str, str]) -> dict[str, str]:
    """One column fills one field: the first that claims it."""
    seen: set[str] = set()
    out = {}
    for field, column in fields.items():
        if column not in seen:
            seen.add(column)
            out[field] = column
    return out
