"""Who has a text open: tabs of browsers say so four times a minute, and are forgotten when they no longer do.

A tab asks at an address of its own, briefly: nobody's worker is held by an editor who thinks.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, insert, select, update

from broadcaster.desk.tables import PresenceRow
from feeds.database import Writing
from feeds.tables import to_micros

GONE = timedelta(seconds=40)
"""After so long without a word a tab is closed."""
_TAB = re.compile(r"[0-9a-f]{8,40}")


def here(engine: Engine, ident: int, name: str, tab: str, now: datetime, *, leaves: bool = False) -> None:
    """Note that a tab of somebody's browser has the text open, or that it ``leaves``; no tab's name is nobody."""
    if not _TAB.fullmatch(tab):
        return
    mine = (PresenceRow.text == ident) & (PresenceRow.tab == tab)
    with Writing(engine) as connection:
        connection.execute(delete(PresenceRow).where(PresenceRow.seen < to_micros(now - GONE)))
        if leaves:
            connection.execute(delete(PresenceRow).where(mine))
        elif not connection.execute(update(PresenceRow).where(mine).values(name=name, seen=to_micros(now))).rowcount:
            connection.execute(insert(PresenceRow).values(text=ident, tab=tab, name=name, seen=to_micros(now)))


def others(engine: Engine, ident: int, tab: str, now: datetime) -> list[str]:
    """Whose other tabs have it open, by name: one person in two tabs is two editors."""
    query = select(PresenceRow.name).where(
        PresenceRow.text == ident, PresenceRow.tab != tab, PresenceRow.seen >= to_micros(now - GONE)
    )
    with engine.connect() as connection:
        return sorted(set(connection.execute(query).scalars()))
