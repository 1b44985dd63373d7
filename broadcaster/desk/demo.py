"""Accounts for a look around, where a desk has nobody yet and only this machine can reach it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Engine

from broadcaster.desk import people
from broadcaster.desk.refusal import Refusal
from broadcaster.desk.tables import open_database
from channel.folder import Channel
from feeds.base.clock import SystemClock

NAMES = {"demo-writer": "editor", "demo-approver": "approver", "demo-administrator": "administrator"}
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def demo(channel: Channel, host: str) -> str:
    """The accounts with new random passwords, as one line. Where there are people of its own they are ended, and where
    others reach this machine none are made: empty."""
    if host not in _LOOPBACK:
        return ""
    engine, now = open_database(channel.archive_url), SystemClock().now()
    try:
        there = {person.name for person in people.people(engine)}
        if there - set(NAMES):
            _end(engine, sorted(there & set(NAMES)), now)
            return ""
        said = []
        for name, role in NAMES.items():
            password = secrets.token_urlsafe(9)
            if name in there:
                people.set_password(engine, name, password, now)
            else:
                people.add(engine, name, role, password, now)
            said.append(f"{name} {password}")
        return ", ".join(said)
    finally:
        engine.dispose()


def _end(engine: Engine, names: Iterable[str], now: datetime) -> None:
    for name in names:
        # One that is the last administrator is still needed to let somebody in.
        with suppress(Refusal):
            people.end(engine, name, now)
