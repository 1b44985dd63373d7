"""What was taken down leaves every page that leads there: its row, tile or card goes, and where a part of a page says
more than where it leads, the link alone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from channel.views.content import (
    Alert,
    BoardRow,
    CalendarDay,
    Content,
    Empty,
    ForecastDay,
    Item,
    Step,
    Stop,
    Ticker,
)
from channel.words import Say

_SAYS_MORE = (Alert, BoardRow, CalendarDay, ForecastDay, Step, Stop, Ticker)
_encode = msgspec.msgpack.Encoder().encode


def without(content: Content, down: Collection[str], say: Say) -> Content:
    """``content`` with nothing that leads to one of the pages (``201``) and items (``201.h17``) that are ``down``; the
    same object where nothing did."""
    marks = [unit.encode() for unit in down]
    if not any(mark in _encode(content) for mark in marks):
        return content
    changed: dict[str, Any] = {name: _kept(getattr(content, name), down, say) for name in ("body", "red", "green")}
    items = tuple(_item(item, down, marks, say) for item in content.items)
    return msgspec.structs.replace(content, items=items, **changed)


def _item(item: Item, down: Collection[str], marks: Collection[bytes], say: Say) -> Item:
    words = _encode(item)
    kept = _kept(item, down, say) if any(mark in words for mark in marks) else item
    return item if kept is None else kept


def _kept(part: Any, down: Collection[str], say: Say) -> Any:
    """What stays of a part of a content; None: nothing."""
    if isinstance(part, tuple):
        kept = tuple(_kept(one, down, say) for one in part)
        return tuple(new for old, new in zip(part, kept, strict=True) if new is not None or old is None)
    if not isinstance(part, msgspec.Struct):
        return part
    changed: dict[str, Any] = {}
    if _is_down(getattr(part, "to", ""), down):
        if not isinstance(part, _SAYS_MORE):
            return None
        changed["to"] = ""
    for name in part.__struct_fields__:
        if name != "to":
            was = getattr(part, name)
            left = _kept(was, down, say)
            if left != was:
                changed[name] = left
    if getattr(part, "empty", "") is None and any(left == () for left in changed.values()):
        changed["empty"] = Empty(sentence=say("This page has no data for now"))
    return msgspec.structs.replace(part, **changed) if changed else part


def _is_down(target: str, down: Collection[str]) -> bool:
    page = target.rpartition("/")[2]
    return page in down or page.partition(".")[0] in down
