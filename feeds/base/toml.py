"""Checked loading of the files that people write.

A mistake names the file, the line, the key, what was found and what was expected, and the nearest name that is known.
All mistakes of a file are told at once; only one that keeps it from being TOML stands alone.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from feeds.base.errors import Mistake, Mistakes
from feeds.base.toml_lines import keys, line_of

T = TypeVar("T")
_PATH = re.compile(r" - at `(?P<key>[^`]*)`( in `\w+`)?$")
_AT_LINE = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
_TWICE = ("Cannot declare", "Cannot overwrite")
"""How tomllib begins what it says of a table and of a key that stand a second time."""
_WORDS = {
    "str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
    "object": "a table",
}  # fmt: skip
_NOTHING = object()
NEAR = 0.65
"""How alike (``difflib`` ratio) a known name must be to be offered in place of one that is not known."""


def read(path: Path) -> dict[str, Any]:
    """The tables of a TOML file. Raises Mistakes when it is missing or not TOML (with the line)."""
    notes = Notes(path)
    try:
        # Some editors begin a file with a byte order mark.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        notes.add("", "no such file")
    except UnicodeDecodeError as error:
        notes.add("", f"byte {error.start} is not UTF-8", hint="save the file as UTF-8")
    except OSError as error:
        notes.add("", f"cannot be read: {error.strerror}")
    except tomllib.TOMLDecodeError as error:
        notes.add_syntax(str(error))
    raise Mistakes(notes.found)


def load(path: Path, kind: type[T]) -> T:
    """The file as ``kind`` (a msgspec Struct with ``forbid_unknown_fields``). Raises Mistakes."""
    return convert(read(path), kind, where=str(path))


def convert(data: Any, kind: type[T], *, where: str, key: str = "") -> T:
    """``data`` checked and turned into ``kind``; ``where`` and ``key`` say where mistakes stand. Raises Mistakes."""
    notes = Notes(where)
    value = notes.convert(data, kind, key)
    if value is None:
        raise Mistakes(notes.found)
    return value


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean `x`?`` for the known name nearest to ``name``, or nothing."""
    close = near(name, known)
    return f"; did you mean `{close[0]}`?" if close else ""


def near(name: str, known: Iterable[str]) -> list[str]:
    """The known names that ``name`` may have been meant as, the nearest first."""
    return difflib.get_close_matches(name, list(known), n=20, cutoff=NEAR)


_CONTROL = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufffe\\uffff]")
"""What is no text: controls besides the tab and the line feed, and what turns the direction of writing."""


def _controls(data: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """The keys of texts with a control letter, with the first of each."""
    if isinstance(data, str):
        found = _CONTROL.search(data)
        if found:
            yield key, found[0]
    elif isinstance(data, dict):
        for name, value in data.items():
            yield from _controls(value, _join(key, str(name)))
    elif isinstance(data, list):
        for value in data:
            yield from _controls(value, key)


class Notes:
    """The mistakes found in one file so far, each with its line."""

    def __init__(self, where: Path | str, unread: Iterable[str] = ()) -> None:
        self.where = str(where)
        self.found: list[Mistake] = []
        self.unread = set(unread)
        """The keys of which nobody can tell what was meant; all that is to be said of them is noted."""

    def add(self, key: str, sentence: str, *, hint: str = "", line: int = 0) -> None:
        """Note a mistake at ``key``, unless it is one of ``unread``; its line is looked up unless given."""
        if key in self.unread:
            return
        line = line or (line_of(key, self._lines) if key else 0)
        self.found.append(Mistake(self.where, line, key, sentence, hint))

    def unknown(self, key: str, found: str, known: Iterable[str], what: str) -> str:
        """Note that ``found`` is none of ``known``. What was probably meant is given back: the nearest of them, or
        ``found`` itself, and then its key is ``unread``."""
        close = near(found, known)
        self.add(key, f"found {found!r}, expected {what}{nearest(found, known)}")
        if not close:
            self.unread.add(key)
        return close[0] if close else found

    def convert(self, data: Any, kind: type[T], key: str = "") -> T | None:
        """``data`` as ``kind``; None when it is not, with every mistake in it noted below ``key``."""
        try:
            return msgspec.convert(data, kind)
        except msgspec.ValidationError:
            for inner, sentence in _mistakes(data, kind, ""):
                self.add(_join(key, inner), sentence)
            return None

    def part(self, data: dict[str, Any], kind: type[T], key: str = "") -> T:
        """``data`` as ``kind``, as far as it is sound: what is wrong is noted below ``key`` and left out.

        A key that is hardly misspelt counts as the one that was meant. What must be there and is not is empty; it is
        ``unread``, as is all that was left out, so that nothing more is held against it.
        """
        for inner, char in _controls(data):
            self.add(_join(key, inner), f"found the control letter U+{ord(char):04X}, expected text", hint="remove it")
        value = self.convert(data, kind, key)
        return self._sound(data, kind, key) if value is None else value

    def _sound(self, data: Any, kind: Any, key: str) -> Any:
        """As ``part``, of what is noted already. Raises ValidationError when nothing in ``data`` is sound."""
        try:
            return msgspec.convert(data, kind)
        except msgspec.ValidationError:
            bare = _bare(kind)
            if isinstance(data, dict) and hasattr(bare, "__struct_fields__"):
                return self._sound_fields(data, bare, key)
            if isinstance(data, dict) and get_origin(bare) is dict:
                one = get_args(bare)[1]
                return dict(self._sound_values({name: (value, one) for name, value in data.items()}, key))
            raise

    def _sound_fields(self, data: dict[str, Any], kind: type[msgspec.Struct], key: str) -> msgspec.Struct:
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
        given = _as_meant(data, fields)
        self.unread.update(_join(key, name) for name in data if name not in fields)
        found = dict(self._sound_values({name: (given[name], fields[name].type) for name in given}, key))
        for name, field in fields.items():
            if field.required and name not in found:
                self.unread.add(_join(key, name))
                found[name] = {} if get_origin(_bare(field.type)) is dict else ""
        return kind(**found)

    def _sound_values(self, values: Mapping[str, tuple[Any, Any]], key: str) -> Iterator[tuple[str, Any]]:
        """The sound ones of values that are given with their kinds; the keys of the others are ``unread``."""
        for name, (value, kind) in values.items():
            try:
                yield name, self._sound(value, kind, _join(key, name))
            except msgspec.ValidationError:
                self.unread.add(_join(key, name))

    def add_syntax(self, message: str) -> None:
        """Note what keeps the file from being TOML: all that stands twice, if that is it, else the parser's word."""
        seen: dict[str, int] = {}
        for key, line in keys(self._text) if message.startswith(_TWICE) else ():
            inside = self.found and key.startswith(f"{self.found[-1].key}.")
            if key in seen and not inside:
                self.add(key, f"found a second time, expected once: line {seen[key]} has it already", line=line)
            seen.setdefault(key, line)
        if self.found:
            return
        match = _AT_LINE.search(message)
        # What is cut off at the end of the file began in its last line that says anything.
        line = int(match["line"] or 0) if match else 0
        said = _AT_LINE.sub("", message)
        self.add("", f"not valid TOML: {said[:1].lower()}{said[1:]}", line=line or self._text.rstrip().count("\n") + 1)

    def done(self) -> None:
        """Raises Mistakes when there are any."""
        if self.found:
            raise Mistakes(self.found)

    @cached_property
    def _text(self) -> str:
        try:
            return Path(self.where).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""

    @cached_property
    def _lines(self) -> dict[str, int]:
        lines: dict[str, int] = {}
        for key, line in keys(self._text):
            lines.setdefault(key, line)
            # A table that has no head of its own begins where the first thing in it stands.
            around = key.rpartition(".")[0]
            if "." in around:
                lines.setdefault(around, line)
        return lines


def _join(key: str, inner: str) -> str:
    return f"{key}{inner}" if inner.startswith("[") or not key else ".".join(part for part in (key, inner) if part)


def _mistakes(data: Any, kind: Any, path: str) -> Iterator[tuple[str, str]]:
    """Path and sentence of everything in ``data`` that keeps it from being ``kind``; at least one if anything does."""
    told = False
    for found in _inside(data, kind, path):
        told = True
        yield found
    if told:
        return
    try:
        msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        match = _PATH.search(str(error))
        deeper = match["key"].removeprefix("$").lstrip(".") if match else ""
        yield _join(path, deeper), f"found {_shown(data, deeper)}, expected {_expected(str(error), kind)}"


def _inside(data: Any, kind: Any, path: str) -> Iterator[tuple[str, str]]:
    """The mistakes in the parts of ``data``; nothing for what has no parts."""
    kind = _bare(kind)
    origin, args = get_origin(kind), get_args(kind)
    if hasattr(kind, "__struct_fields__") and isinstance(data, dict):
        yield from _fields(data, kind, path)
    elif origin is dict and isinstance(data, dict):
        for name, value in data.items():
            yield from _mistakes(value, args[1], _join(path, str(name)))
    elif origin in (list, tuple, frozenset, set) and isinstance(data, list):
        kinds = [args[0]] * len(data) if len(args) == 1 or args[1] is ... else args
        if len(kinds) == len(data):
            for number, (value, one) in enumerate(zip(data, kinds, strict=True)):
                yield from _mistakes(value, one, f"{path}[{number}]")


def _fields(data: dict[str, Any], kind: type[msgspec.Struct], path: str) -> Iterator[tuple[str, str]]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    meant = set()
    for name in data:
        if name not in fields and kind.__struct_config__.forbid_unknown_fields:
            expected = f"one of: {', '.join(sorted(fields))}" if fields else "no key here"
            yield _join(path, name), f"found unknown key `{name}`, expected {expected}{nearest(name, fields)}"
            meant.update(near(name, fields)[:1])
    for name, field in fields.items():
        if name in data:
            yield from _mistakes(data[name], field.type, _join(path, name))
        elif field.required and name not in meant:
            yield _join(path, name), f"found nothing, expected {_wanted(field.type)}"


def _as_meant(data: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The data below the keys that are known; tables that were told apart by a slip of the pen are one."""
    given = {name: value for name, value in data.items() if name in names}
    for name, value in data.items():
        for meant in near(name, names)[:1] if name not in names else ():
            known = given.setdefault(meant, value)
            if isinstance(known, dict) and isinstance(value, dict):
                given[meant] = {**value, **known}
    return given


def _bare(kind: Any) -> Any:
    """The type without its constraints and without None."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, UnionType):
        some = [arg for arg in get_args(kind) if arg is not NoneType]
        return _bare(some[0]) if len(some) == 1 else kind
    return kind


def _wanted(kind: Any) -> str:
    """What a key of this type holds, in words."""
    try:
        msgspec.convert(_NOTHING, kind)
    except msgspec.ValidationError as error:
        return _expected(str(error), kind)
    return "a value"


def _expected(message: str, kind: Any) -> str:
    """What was expected, from the constraint's own description or in plain words for the library's."""
    for meta in get_args(kind)[1:] if get_origin(kind) is Annotated else ():
        if getattr(meta, "description", None):
            return str(meta.description)
    bare = _bare(kind)
    if get_origin(bare) is Literal:
        return f"one of: {', '.join(map(str, get_args(bare)))}"
    said = _PATH.sub("", message).removeprefix("Expected ").removeprefix("Object ")
    said = re.sub(r", got `?\w+`?$", "", said)
    said = re.sub(r"`([\w| ]+)`", lambda match: _in_words(match[1]), said)
    said = re.sub(r"text of length <= (\d+)", r"text of at most \1 characters", said)
    said = re.sub(r"text of length >= (\d+)", r"text of at least \1 characters", said)
    said = re.sub(r" of length <= (\d+)", r" of at most \1", said)
    said = re.sub(r" of length >= (\d+)", r" of at least \1", said)
    said = said.replace(">=", "of at least").replace("<=", "of at most")
    return f"{said[:1].lower()}{said[1:]}".replace("`", "")


def _in_words(types: str) -> str:
    names = [name for name in types.split(" | ") if name != "null"]
    return " or ".join(_WORDS.get(name, name) for name in names)


def _shown(data: Any, path: str) -> str:
    for part in re.findall(r"[^.\[\]]+", path):
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
    text = "a table" if isinstance(data, dict) else repr(data)
    return text if len(text) <= 80 else f"{text[:77]}…"
