"""The form of a page of the line-up: what of its table an editor may say otherwise, as fields, and back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect
from werkzeug.datastructures import MultiDict

from channel import overlay
from channel.folder import Channel
from channel.lineup import in_order
from channel.views import category, menu, views
from channel.words import N_, Say

_OPTION = "option-"
_COLORS = ("red", "green")
_LABELS = {
    "empty": N_("What stands where there is nothing"), "limit": N_("Rows at most"), "order": N_("Order of the tiles"),
    "steps": N_("Steps, each with a colon after its head"), "about": N_("What its pages are for"),
    "bring": N_("What to bring"), "bring_title": N_("Title above what to bring"), "cost": N_("What it costs"),
    "phone": N_("Phone"), "phone_hours": N_("When somebody answers"),
}  # fmt: skip
"""The names of options on the desk; the others are called as in the line-up's reference."""


class Part(NamedTuple):
    """One option: its field's ``name``, what it is called, how it is typed (``text``, ``flag``, ``number``, ``lines``,
    ``pairs``, ``steps``, ``order``), and what stands there while nothing is said."""

    name: str
    label: str
    shape: str
    fallback: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    """Of an order: the pages with their titles."""


_AS_NOTHING = frozenset({("unlisted", False), ("qr", True)})
"""What a table may say and mean what it means without it."""


class PageForm:
    """The form of ``page``, of which the files and what else is changed say ``table``."""

    def __init__(self, channel: Channel, page: str, table: Mapping[str, Any], say: Say) -> None:
        self._channel, self._table, self._say = channel, table, say
        self._page = channel.lineup.page(page)
        self._options = dict(_shapes(self._page.view))

    def filled(self, said: Mapping[str, Any]) -> dict[str, str | Sequence[str]]:
        """The fields of a form that begins with the page's table and what is ``said`` otherwise."""
        found: dict[str, str | Sequence[str]] = {
            "title": self._told("title", said) or "",
            "label": self._told("label", said) or "",
            "unlisted": "1" if self._told("unlisted", said) else "",
            "codeless": "1" if self._told("qr", said) is False else "",
        }
        for color in _COLORS:
            words = [*(self._told(color, said) or ()), "", "", ""]
            found |= {f"{color}_label": words[0], f"{color}_to": words[1], f"{color}_short": words[2]}
        for name, (shape, _) in self._options.items():
            value = self._told(f"options.{name}", said)
            found[_OPTION + name] = self._order(value) if shape == "order" else _written(shape, value)
        return found

    def read(self, fields: MultiDict[str, str]) -> dict[str, Any]:
        """What of the fields differs from the table, by key; None: what stands in the table is taken away."""
        typed: dict[str, Any] = {
            "title": fields.get("title", "").strip() or None,
            "label": fields.get("label", "").strip() or None,
            "unlisted": bool(fields.get("unlisted")) or None,
            "qr": False if fields.get("codeless") else None,
        }
        for color in _COLORS:
            words = [fields.get(f"{color}_{part}", "").strip() for part in ("label", "to", "short")]
            typed[color] = [*words[:2], *filter(None, words[2:])] if any(words) else None
        for name, (shape, _) in self._options.items():
            if _OPTION + name in fields or shape == "flag":
                before = self._now(f"options.{name}")
                typed[f"options.{name}"] = _read(shape, fields.getlist(_OPTION + name), before)
            if shape == "order" and typed.get(f"options.{name}") == self._order(self._now(f"options.{name}")):
                del typed[f"options.{name}"]
        return {key: value for key, value in typed.items() if value != self._now(key)}

    def parts(self, fields: MultiDict[str, str]) -> list[Part]:
        """The options, what an order holds as ``fields`` have it."""
        titles = {page.number: page.title for page in self._channel.lineup.pages.values()}
        return [
            Part(
                name=_OPTION + name, label=self._say(_LABELS[name]) if name in _LABELS else name, shape=shape,
                fallback=self._say(default) if isinstance(default, str) and default else str(default or ""),
                rows=tuple((n, titles.get(n, "")) for n in fields.getlist(_OPTION + name)) if shape == "order" else (),
            )
            for name, (shape, default) in self._options.items()
        ]  # fmt: skip

    def _told(self, key: str, said: Mapping[str, Any]) -> Any:
        return said[key] if key in said else self._now(key)

    def _now(self, key: str) -> Any:
        """What the table says, None where it says nothing; of a flag what holds."""
        found = overlay.said({"page": {self._page.number: self._table}}, f"page.{self._page.number}", key)
        shape, default = self._options.get(key.removeprefix("options."), ("", None)) if "." in key else ("", None)
        if shape == "flag":
            return bool(default if found is None else found)
        return None if found == default or (key, bool(found)) in _AS_NOTHING else found

    def _order(self, value: Any) -> Sequence[str]:
        """The numbers of the tiles as they stand, those that ``value`` names first."""
        which = category.pages_of if self._page.view == "category" else menu.pages_of
        return [page.number for page in in_order(which(self._page, self._channel.lineup), value or ())]


def moved(fields: MultiDict[str, str], step: str) -> bool:
    """Carry out ``up:option-order:201`` or ``down:…`` on an order in the fields; whether that is what ``step`` says."""
    way, _, rest = step.partition(":")
    name, _, number = rest.rpartition(":")
    order = fields.getlist(name)
    if way not in ("up", "down") or number not in order:
        return False
    place = order.index(number)
    other = place - 1 if way == "up" else place + 1
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
    fields.setlist(name, order)
    return True


def _shapes(view: str) -> Iterator[tuple[str, tuple[str, Any]]]:
    """The options of a view that can be typed: name, shape, default."""
    for field in msgspec.structs.fields(views()[view].Options):
        shape = "order" if field.name == "order" else _shape(inspect.type_info(field.type))
        if shape:
            yield field.encode_name, (shape, field.default)


def _shape(kind: inspect.Type) -> str:
    match kind:
        case inspect.BoolType():
            return "flag"
        case inspect.IntType():
            return "number"
        case inspect.StrType():
            return "text"
        case inspect.VarTupleType(item_type=inspect.StrType()):
            return "lines"
        case inspect.VarTupleType(item_type=inspect.StructType(fields=fields)) if _is_step(fields):
            return "steps"
        case inspect.DictType(key_type=inspect.StrType(), value_type=inspect.StrType()):
            return "pairs"
    return ""


def _is_step(fields: Sequence[inspect.Field]) -> bool:
    return tuple(field.name for field in fields[:2]) == ("head", "line")


def _written(shape: str, value: Any) -> str:
    """A value as it is typed."""
    match shape:
        case "flag":
            return "1" if value else ""
        case "lines":
            return "\n".join(value or ())
        case "pairs":
            return "\n".join(f"{name}: {text}" for name, text in (value or {}).items())
        case "steps":
            return "\n".join(f"{step['head']}: {step['line']}" for step in value or ())
    return "" if value is None else str(value)


def _read(shape: str, typed: Sequence[str], before: Any) -> Any:
    """What was typed, as the table has it; None for nothing. Of what is typed ``before`` holds more than that, the rest
    is kept: a step's keys."""
    text = typed[0].replace("\r\n", "\n").strip() if typed else ""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    match shape:
        case "order":
            return list(typed)
        case "flag":
            return bool(text)
        case "number":
            return int(text) if text.removeprefix("-").isdecimal() and len(text) < 10 else text or None
        case "lines":
            return lines or None
        case "pairs":
            return dict(map(_pair, lines)) or None
        case "steps":
            known = itertools.chain(before or (), itertools.repeat({}))
            return [{**next(known), "head": head, "line": text} for head, text in map(_pair, lines)] or None
    return text or None


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.replace("\uff1a", ":", 1).partition(":")
    return name.strip(), value.strip()
