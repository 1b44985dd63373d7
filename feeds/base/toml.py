"""Checked loading of the files that people write.

A mistake names the file, the key, what was found and what was expected, and the nearest name that is known.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from feeds.base.errors import PersonError

T = TypeVar("T")
_PATH = re.compile(r" - at `(?P<key>[^`]*)`( in `\w+`)?$")
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")


def read(path: Path) -> dict[str, Any]:
    """The tables of a TOML file. Raises PersonError when it is missing or not TOML (with the line)."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PersonError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise PersonError(f"{path}: byte {error.start} is not UTF-8", hint="save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise PersonError(f"{path}: not valid TOML: {error}") from None


def load(path: Path, kind: type[T]) -> T:
    """The file as ``kind`` (a msgspec Struct with ``forbid_unknown_fields``). Raises PersonError."""
    return convert(read(path), kind, where=str(path))


def convert(data: Any, kind: type[T], *, where: str, key: str = "") -> T:
    """``data`` checked and turned into ``kind``; ``where`` and ``key`` say where a mistake stands."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise PersonError(_explain(str(error), data, kind, where, key)) from None


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean `x`?`` for the known name nearest to ``name``, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean `{close[0]}`?" if close else ""


def _explain(message: str, data: Any, kind: Any, where: str, key: str) -> str:
    match = _PATH.search(message)
    inner = match["key"].removeprefix("$").lstrip(".") if match else ""
    message = _PATH.sub("", message)
    full = ".".join(part for part in (key, inner) if part) or "(top level)"
    unknown = _UNKNOWN.search(message)
    if unknown:
        name = unknown["name"]
        fields = _fields_at(kind, inner)
        known = ", ".join(sorted(fields))
        return f"{where}: {full}: found unknown key `{name}`, expected one of: {known}{nearest(name, fields)}"
    return f"{where}: {full}: found {_value_at(data, inner)!r}, expected: {_plain(message)}"


def _plain(message: str) -> str:
    message = re.sub(r", got `?\w+`?$", "", message.removeprefix("Expected ").removeprefix("Object "))
    return message.replace("`", "")


def _value_at(data: Any, path: str) -> Any:
    for part in re.findall(r"[^.\[\]]+", path):
        if isinstance(data, dict):
            data = data.get(part, "(nothing)")
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
    text = data
    return text if not isinstance(text, dict) else "a table"


def _fields_at(kind: Any, path: str) -> set[str]:
    """Every field name of the structs reachable at ``path``: enough to name the nearest one."""
    for part in re.findall(r"[^.\[\]]+", path):
        fields = getattr(kind, "__struct_fields__", None)
        if fields and part in fields:
            kind = {f.name: f.type for f in msgspec.structs.fields(kind)}[part]
        else:
            args = [a for a in get_args(kind) if hasattr(a, "__struct_fields__") or get_args(a)]
            kind = args[-1] if args else kind
    while not hasattr(kind, "__struct_fields__") and get_args(kind):
        kind = next((a for a in reversed(get_args(kind)) if hasattr(a, "__struct_fields__") or get_args(a)), None)
    return {f.encode_name for f in msgspec.structs.fields(kind)} if hasattr(kind, "__struct_fields__") else set()
