"""The addresses of a new channel, tried: each as a table of ``sources.toml`` and the page that shows it."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from feeds.base import toml
from feeds.base.clock import SystemClock
from feeds.base.errors import PersonError
from feeds.guess import Trial, to_toml, trial
from feeds.records import KINDS
from feeds.source import Source

_PATIENCE = "15s"
"""How long an address may take while a person waits for a new channel."""


@dataclass(frozen=True)
class Fed:
    """A source to be: its table as text, the type of its records, what was read, and why nothing was ("" where
    something was)."""

    ident: str
    toml: str
    record: str
    told: str
    remark: str = ""


class Purpose(NamedTuple):
    """What an address is for: the format and the record that it has if it cannot be asked, and how often it is. Where
    that is ``certain`` it is not guessed: only ``cap`` makes warnings, and news must not be taken for them."""

    format: str
    record: str
    every: str = "1h"
    certain: bool = False


PURPOSES = {
    "weather": Purpose("weather", "forecast"),
    "news": Purpose("rss", "article", every="15min"),
    "alerts": Purpose("cap", "alert", every="1min", certain=True),
}


class Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How records of a type are shown: a view, its layout and role, whether the page differs by estate, and its tile's
    icon."""

    view: str
    layout: str
    role: str
    scope: str = "district"
    icon: str = ""


@cache
def shown_by() -> Mapping[str, Shown]:
    """How records are shown, by their type."""
    data = tomllib.loads(Path(__file__).with_name("views.toml").read_text(encoding="utf-8"))
    return {record: msgspec.convert(table, Shown) for record, table in data.items()}


def columns_of(source: Source, record: str) -> list[dict[str, str]]:
    """The columns of a table of such records: what each of them has, under the publisher's own heads."""
    fields = msgspec.structs.fields(KINDS[record])
    needed = [field.name for field in fields if field.required and field.name != "id"]
    more = [field.name for field in fields if not field.required and field.name in source.fields]
    return [{"label": source.fields.get(name) or name, "field": name} for name in (*needed, *more)[:4]]


def check_new(name: str, address: str, folder: Path) -> None:
    """Whether a channel can have one more source of that id and address. Raises Mistakes and PersonError."""
    if not re.fullmatch("[a-z][a-z0-9_-]{0,39}", name):
        expected = "an id of at most 40 of a-z, 0-9, _ and -, a letter first"
        raise PersonError(f"NAME: found {name!r}, expected {expected}")
    if name in toml.read(folder / "sources.toml").get("source", {}):
        raise PersonError(f"NAME: found {name!r}, which sources.toml has already, expected an id that is free")
    if not address.startswith(("http://", "https://", "file:")):
        path = Path(address).expanduser().resolve()
        if not path.is_relative_to(folder.resolve()):
            hint = f"copy it there first: cp {address} {folder}/"
            raise PersonError(f"URL: found {address!r}, expected http(s)://… or a file in {folder}", hint=hint)


def attempt(ident: str, address: str, folder: Path, **facts: Any) -> Trial:
    """A trial of an address in a channel's folder, for a source of that id. What ``facts`` say is not guessed."""
    known = {name: fact for name, fact in facts.items() if fact}
    known.setdefault("publisher", host_of(address) or ident)
    return trial(address, folder, SystemClock(), ident=ident, private=is_inner(address), **known)


def fed(
    ident: str, address: str, folder: Path, purpose: Purpose, publisher: str, ground: Mapping[str, str]
) -> Fed:
    """An address as a source, whether or not it answers; ``folder`` is where a ``file:`` lies, ``publisher`` stands
    behind it where the address has no host, ``ground`` is the channel's zone and language."""
    publisher = host_of(address) or publisher[:30]
    known: dict[str, Any] = {"every": purpose.every, "publisher": publisher}
    if purpose.certain:
        known["format"] = purpose.format
    result = attempt(ident, address, folder, deadline=_PATIENCE, **known, **ground)
    if result.ok and result.source is not None:
        told = "; ".join((f"{result.source.format}, {counted(result)}", *result.notes))
        return Fed(ident, result.toml, record_of(result), told)
    source = Source(
        id=ident, url=address, format=purpose.format, every=purpose.every, publisher=publisher,
        private=is_inner(address),
    )  # fmt: skip
    return Fed(ident, to_toml(source, address), purpose.record, "", remark=result.error or "nothing was read")


def record_of(result: Trial) -> str:
    """The type of the records that were read."""
    if result.parsed is not None and result.parsed.records:
        return str(type(result.parsed.records[0]).__struct_config__.tag)
    return result.source.record if result.source is not None else ""


def counted(result: Trial) -> str:
    """How much was read, in words."""
    number = len(result.parsed.records) if result.parsed is not None else 0
    return f"{number} {record_of(result).replace('_', ' ')} records" if number else "a dataset"


def host_of(address: str) -> str:
    """The host of a URL, at most as long as a publisher's name may be."""
    try:
        return (urlsplit(address).hostname or "")[:30] if "://" in address else ""
    except ValueError:
        return ""


def is_inner(address: str) -> bool:
    """Whether a URL names an address of this machine or network itself, so that asking it must be allowed."""
    host = host_of(address)
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost"
