"""Which column fills which field, and what the rows are: by the words of ``columns.toml`` and by what the cells hold.

A kind of record needs evidence of its own. What only has words in it is of no kind, and is told as that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from feeds.formats._cells import plain_text, shown
from feeds.formats._vocabulary import Words
from feeds.formats.base import Evidence
from feeds.records import KINDS

_TEXT = ("name", "title", "item", "line", "service")
"""Fields that an editor's own word on the kind of record lets us fill with the most telling text."""
_LONGEST_NUMBER = 24
_DIGITS = re.compile(r"[\d\s.:/+-]*")
_UNIT = re.compile(r"[（(]([^（）()]{1,20}/[^（）()]{1,20})[)）]\s*$")
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_ANGLE = re.compile(r"[°′'度EWNSewns]")


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """What rows seem to be. ``record`` is "" when they are of no kind; ``missing`` are fields that the kind cannot be
    without, or that an editor is asked for, and that no column fills."""

    record: str = ""
    fields: dict[str, str] = {}
    constants: dict[str, Any] = {}
    missing: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Columns that fill no field."""


def filled_columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns that hold anything, in their order."""
    columns = dict.fromkeys(str(name) for row in rows for name in row)
    return [name for name in columns if any(row.get(name) not in (None, "") for row in rows)]


def mapped(rows: Sequence[Mapping[str, Any]], words: Words, record: str = "", default: str = "") -> Mapped:
    """The kind that these rows seem to be, and the columns that fill its fields.

    ``record`` is an editor's word, for which a name is looked for in whatever text there is; ``default`` is the
    format's.
    """
    columns = filled_columns(rows)
    by_field: dict[str, str] = {}
    for field in words.columns:
        column = _column_for([field, *words.columns[field]], columns)
        cells = [row[column] for row in rows if row.get(column) not in (None, "")] if column else []
        # What an editor calls a record may hold anything: then the name alone counts.
        if cells and (record or _FITS.get(field, _any)(cells)):
            by_field[field] = column
    given = bool(record)
    if not record and not default:
        record, by_field = _kind_of(words, by_field, rows, columns)
    record = record or default
    if not record:
        return Mapped(fields=by_field)
    kind = KINDS[record]
    known, needed = kind.__struct_fields__, [f.name for f in msgspec.structs.fields(kind) if f.required]
    texts = [field for field in needed if field in _TEXT and field not in by_field]
    for field in texts:
        if twin := by_field.get("title" if field == "name" else "name"):
            by_field[field] = twin
    if given:
        _fill_with_text(by_field, texts, rows, columns)
    kept = _without_doubles({f: c for f, c in by_field.items() if f in known}, needed)
    for field in [f for f in needed if f in kept]:
        kept[field] = _with_others(kept[field], [field, *words.columns.get(field, [])], rows, columns)
    asked = [field for one in words.kind if one.record == record for field in one.asks]
    missing = tuple(f for f in dict.fromkeys([*needed, *asked]) if f != "id" and f not in kept)
    return Mapped(
        record=record,
        fields={field: column for field, column in kept.items() if field != column},
        constants=_unit_of(kept, known),
        missing=missing,
        others=tuple(column for column in columns if column not in kept.values()),
    )


def _with_others(column: str, names: Sequence[str], rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """The column; or, where rows leave it empty and write the same into others, an expression over all of them."""
    others = [c for c in columns if c != column and c.strip().lower() in names]
    empty = [row for row in rows if row.get(column) in (None, "")]
    filling = [c for c in others if any(row.get(c) not in (None, "") for row in empty)]
    return " || ".join(_quoted(c) for c in (column, *filling)) if filling else column


def _quoted(column: str) -> str:
    """A column's name as an identifier of JMESPath."""
    return column if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", column) else msgspec.json.encode(column).decode()


def evidence_of(
    found: Mapped, certainty: float, what: str, rows: Sequence[Mapping[str, Any]], words: Words
) -> Evidence:
    """What a format that holds rows tells of them; rows of no kind are described, with what would make them one."""
    if found.record:
        return Evidence(
            certainty=certainty, record=found.record, fields=found.fields, constants=found.constants,
            missing=found.missing, note=f"it has {_listed(found.others)}" if found.missing and found.others else "",
        )  # fmt: skip
    named = _listed(filled_columns([row for row in rows if isinstance(row, Mapping)]))
    kinds = "; ".join({kind.record: str(kind) for kind in words.kind if kind.record in _COMMON}.values())
    instead = (
        f"the columns of {what} are those of no record that we know: {named}. A record needs columns of its own "
        f"({kinds}). If you know what a row is, say so with --record, and name its columns under fields"
    )
    return Evidence(certainty=certainty / 2, instead=instead)


def _listed(columns: Sequence[str]) -> str:
    """The first columns, for a message."""
    return ", ".join(shown(name)[:40] for name in columns[:12]) + (", …" if len(columns) > 12 else "")


_COMMON = ("place", "article", "event", "contact", "reading")


def _kind_of(
    words: Words, by_field: dict[str, str], rows: Sequence[Mapping[str, Any]], columns: Sequence[str]
) -> tuple[str, dict[str, str]]:
    """The first kind that fits, and the columns by field, with a column of words where the kind lets it be a name."""
    free = [column for column in columns if column not in by_field.values()]
    telling = [c for c in _text_columns(rows, free) if _is_telling([row[c] for row in rows if row.get(c)])]
    for kind in words.kind:
        found = dict(by_field)
        if telling and len(rows) >= kind.rows:
            found = {**dict.fromkeys(kind.text, telling[0]), **by_field}
        if kind.fits(found, columns):
            return kind.record, found
    return "", by_field


def _is_telling(cells: Sequence[Any]) -> bool:
    """Whether these are Chinese words of which few are the same."""
    han = sum(1 for cell in cells if _HAN.search(str(cell)))
    return han * 2 > len(cells) and len({str(cell) for cell in cells}) >= 0.8 * len(cells)


def _fill_with_text(
    by_field: dict[str, str], needed: Sequence[str], rows: Sequence[Mapping[str, Any]], columns: Sequence[str]
) -> None:
    """A name from the most telling text, for rows whose kind the editor knows."""
    for field in needed:
        if field not in by_field:
            found = _text_columns(rows, [column for column in columns if column not in by_field.values()])
            if found:
                by_field[field] = found[0]


def _unit_of(fields: Mapping[str, str], known: Sequence[str]) -> dict[str, Any]:
    """The unit that stands in the head of the column of values: ``批发价（元/公斤）``."""
    found = _UNIT.search(fields.get("value", "")) if "unit" in known and "unit" not in fields else None
    return {"unit": found[1]} if found else {}


def _column_for(names: Sequence[str], columns: Sequence[str]) -> str:
    """The column whose name is one of the field's, or else contains a telling one."""
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


def _without_doubles(fields: Mapping[str, str], first: Sequence[str]) -> dict[str, str]:
    """One column fills one field: one that is needed, else the first that claims it."""
    out: dict[str, str] = {}
    for field in sorted(fields, key=lambda field: field not in first):
        if fields[field] not in out.values():
            out[field] = fields[field]
    return {field: out[field] for field in fields if field in out}


def _text_columns(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[str]:
    """The columns that hold short words, the most telling first: Chinese ones, then different ones."""
    found = []
    for place, column in enumerate(columns):
        texts = [row[column] for row in rows if isinstance(row.get(column), str) and row[column].strip()]
        words = [text for text in texts if len(text) <= 60 and not _DIGITS.fullmatch(text)]
        if len(words) * 2 >= len(rows) > 0:
            han = sum(1 for text in words if _HAN.search(text)) * 2 > len(words)
            found.append((not han, -round(len(set(words)) / len(words), 1), place, column))
    return [column for *_, column in sorted(found)]


def _any(cells: Sequence[Any]) -> bool:
    return True


def _mostly(test: Callable[[str], bool]) -> Callable[[Sequence[Any]], bool]:
    """Whether more than half of the cells pass."""

    def check(cells: Sequence[Any]) -> bool:
        texts = [_plain(cell) for cell in cells]
        return sum(1 for text in texts if text and test(text)) * 2 > len(texts)

    return check


def _plain(cell: Any) -> str:
    try:
        return unicodedata.normalize("NFKC", plain_text(cell)[:200]).strip()
    except (ValueError, TypeError):
        return ""


def _degrees(most: float) -> Callable[[str], bool]:
    """A test for an angle of at most ``most`` degrees, as a number or with its marks."""

    def test(text: str) -> bool:
        try:
            return abs(float(text.replace(",", "."))) <= most
        except ValueError:
            return bool(_ANGLE.search(text)) and any(char.isdigit() for char in text)

    return test


_FITS: Mapping[str, Callable[[Sequence[Any]], bool]] = {
    "lon": _mostly(_degrees(180)),
    "lat": _mostly(_degrees(90)),
    "phone": _mostly(lambda text: len(text) <= 60 and sum(char.isdigit() for char in text) * 2 >= len(text) > 2),
    "value": _mostly(lambda text: len(text) <= _LONGEST_NUMBER and any(char.isdigit() for char in text)),
    "address": _mostly(lambda text: not _DIGITS.fullmatch(text) and "://" not in text),
}
"""What a column must hold for its name to count."""
