"""What editors say of a timetable's stops and lines, which are no records: a stop or a line is left out, or has a note.

An amendment goes by the name that people know, not by the ids of a feed: the sides of a road, the platforms of a
station and the directions of a line are amended together, and a feed that numbers them anew undoes nothing.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from feeds.records import Record, Short, stable_id

MOST_NOTE = 120
"""Characters of a note: it is never cut, on the smallest canvas neither."""


class Amendment(Record, frozen=True, kw_only=True, tag="amendment"):
    """Of the ``stop`` or the ``line`` of that name (one of the two is empty): with ``hide`` nothing of it is shown, and
    a ``note`` stands with it. ``reason`` is why. Make one with ``amending``."""

    stop: Short = ""
    line: Short = ""
    hide: bool = False
    note: Annotated[str, msgspec.Meta(max_length=MOST_NOTE)] = ""
    reason: Short = ""


def amending(*, stop: str = "", line: str = "") -> Amendment:
    """One that says nothing yet; its id depends on what it is of alone."""
    return Amendment(id=stable_id("amendment", "stop" if stop else "line", stop or line), stop=stop, line=line)
