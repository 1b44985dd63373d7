"""The words by which tables are guessed, as data: ``columns.toml``, ours and a channel's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec

from feeds.base import toml
from feeds.base.errors import PersonError
from feeds.records import KINDS

FILE = Path(__file__).with_name("columns.toml")


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a row a ``record``: columns for all of ``needs``, and for all fields of one of ``any``; those of
    ``text`` may be filled with words under any head, in tables of at least ``rows`` rows. One of ``says`` has to stand
    in the name of some column. An editor is asked for ``asks`` where no column fills them."""

    record: str
    needs: list[str]
    any: list[list[str]] = []
    text: list[str] = []
    rows: int = 1
    says: list[str] = []
    asks: list[str] = []

    def fits(self, fields: Mapping[str, str], columns: Sequence[str]) -> bool:
        """Whether these fields have columns enough."""
        return (
            all(f in fields for f in self.needs)
            and (not self.any or any(all(f in fields for f in group) for group in self.any))
            and (not self.says or any(word in column.lower() for word in self.says for column in columns))
        )

    def __str__(self) -> str:
        choice = " or ".join(" and ".join(group) for group in self.any)
        return f"{self.record}: {', '.join(self.needs)}{f', and {choice}' if choice else ''}"


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words by which tables are guessed: names of columns by field, and kinds in the order in which they count."""

    columns: dict[str, list[str]] = {}
    kind: list[Kind] = []


@cache
def built_in() -> Words:
    """Our own words. Raises PersonError with file and key when they are not sound."""
    return _load(FILE)


def words_for(folder: Path) -> Words:
    """Our words and those of the channel in ``folder``, whose own count first."""
    file, ours = folder / "columns.toml", built_in()
    if not file.is_file():
        return ours
    own = _load(file)
    columns = {f: [*own.columns.get(f, []), *ours.columns.get(f, [])] for f in {**ours.columns, **own.columns}}
    return Words(columns, [*own.kind, *ours.kind])


def _load(file: Path) -> Words:
    words = toml.load(file, Words)
    known = {field for kind in KINDS.values() for field in kind.__struct_fields__}
    named = [(f"columns.{field}", field) for field in words.columns]
    for kind in words.kind:
        if kind.record not in KINDS:
            expected = ", ".join(sorted(KINDS))
            raise PersonError(f"{file}: kind.record: found {kind.record!r}, expected one of: {expected}")
        fields = [*kind.needs, *kind.text, *kind.asks, *(field for group in kind.any for field in group)]
        named += [(f"kind {kind.record}", field) for field in fields]
    for key, field in named:
        if field not in known:
            raise PersonError(
                f"{file}: {key}: found {field!r}, expected a field of a record{toml.nearest(field, known)}"
            )
    return words
