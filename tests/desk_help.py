"""The desk of the example in tests: four people, a clock that one sets, and the builder behind it."""

from __future__ import annotations

import re
from datetime import datetime
from io import BytesIO
from pathlib import Path

from conftest import EXAMPLE
from flask import Flask
from flask.testing import FlaskClient
from said_store import snapshots_of
from view_inputs import at

from broadcaster.desk import people
from broadcaster.desk.blueprint import create_blueprint
from broadcaster.desk.tables import open_database
from channel.build.builder import Builder
from channel.release import Store
from channel.settings import Channel
from feeds.archive import Archive
from feeds.base.clock import Clock

NOW = at("2026-11-27T10:00")
PAGE = "115"
WARNING = {
    "title": "燃气泄漏，请马上离开", "event": "燃气", "text": "莘庄镇一带燃气泄漏。",
    "steps": "关上燃气总阀\n不碰开关\n走楼梯离开", "severity": "Extreme", "towns": "莘庄镇",
    "begins": "2026-11-27T10:00", "ends": "2026-11-27T16:00",
}  # fmt: skip


def _password(name: str) -> str:
    return f"three blue herons {len(name)} {ord(name[0])}"


class SetClock(Clock):
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment


class Desk:
    """The desk of the example with five people, one of them of one town alone, and the builder behind it."""

    def __init__(self, folder: Path) -> None:
        self.channel = Channel.open(EXAMPLE, folder)
        self.clock = SetClock()
        self.archive = Archive.open(self.channel.archive_url)
        for snapshot in snapshots_of(self.channel).values():
            self.archive.save(snapshot)
        engine = open_database(self.channel.archive_url)
        for name, role in (("ann", "editor"), ("ben", "approver"), ("eve", "viewer"), ("root", "administrator")):
            people.add(engine, name, role, _password(name), NOW)
        people.add(engine, "tom", "approver", _password("tom"), NOW, towns=("七宝镇",))
        engine.dispose()
        app = Flask("desk")
        app.register_blueprint(create_blueprint(self.channel, clock=self.clock), url_prefix="/desk")
        self.app = app
        self.store = Store.open(self.channel.state / "store", clock=self.clock)
        self.builder = Builder(self.channel, self.archive, self.store, clock=self.clock)

    def person(self, name: str) -> Person:
        return Person(self.app.test_client(), name)

    def build(self) -> None:
        self.builder.build(self.clock.now())

    def rows(self, estate: str) -> list[str]:
        """The titles that the page of an estate lists."""
        release = self.store.current()
        assert release is not None
        entry = release.said(PAGE, estate)
        assert entry is not None
        body = release.content(PAGE, entry.content, items=False).body
        return [row.title for row in getattr(body, "rows", ())]

    def items(self) -> tuple[str, ...]:
        release = self.store.current()
        return tuple(i for i in release.item_ids(PAGE) if i.startswith("desk")) if release else ()


class Person:
    """Somebody with a browser, logged in."""

    def __init__(self, client: FlaskClient, name: str) -> None:
        self.client = client
        given = {"name": name, "password": _password(name)}
        assert client.post("/desk/login", data=given).status_code == 303
        self.form = self.hidden(client.get("/desk/notice/new" if name != "eve" else "/desk/").text, "form")

    def post(self, address: str, **fields: str) -> tuple[int, str]:
        answer = self.client.post(f"/desk{address}", data={"form": self.form, **fields})
        return answer.status_code, answer.headers.get("Location", "") or answer.text

    def upload(self, data: bytes, name: str = "picture") -> str:
        """The key of a picture that was taken, or why it was not."""
        fields = {"form": self.form, "file": (BytesIO(data), name)}
        told = self.client.post("/desk/picture", data=fields).json
        assert told is not None
        return str(told.get("picture") or told["trouble"])

    @staticmethod
    def hidden(page: str, name: str) -> str:
        found = re.search(f'name="{name}" value="([^"]*)"', page)
        assert found, page
        return found[1]
