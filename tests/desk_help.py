"""The desk of the example in tests: its people, a clock that one sets, and the builder behind it."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from conftest import EXAMPLE
from flask import Flask
from flask.testing import FlaskClient
from said_store import snapshots_of
from view_inputs import at
from werkzeug.datastructures import FileStorage
from werkzeug.serving import make_server
from werkzeug.test import encode_multipart

from broadcaster.desk import people
from broadcaster.desk.blueprint import blueprint_of
from broadcaster.desk.room import Room
from broadcaster.desk.tables import open_database
from broadcaster.desk.texts import Texts
from channel import settings
from channel.build.builder import Builder
from channel.folder import Channel
from channel.release import Store
from feeds.archive import Archive
from feeds.base.clock import Clock
from tests.browser import Page

NOW = at("2026-11-27T10:00")
PAGE = "115"
WARNING = {
    "title": "燃气泄漏，请马上离开", "event": "燃气", "text": "莘庄镇一带燃气泄漏。",
    "steps": "关上燃气总阀\n不碰开关\n走楼梯离开", "severity": "Extreme", "towns": "莘庄镇",
    "begins": "2026-11-27T10:00", "ends": "2026-11-27T16:00",
}  # fmt: skip


BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
}
"""What Chromium accepts where somebody goes to a page."""
SECRET = "what the login server knows the desk by"


def password_of(name: str) -> str:
    return f"three blue herons {len(name)} {ord(name[0])}"


class SetClock(Clock):
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment


class Desk:
    """The desk of the example with seven people, two of them of one town alone, and the builder behind it. Its database
    is at ``archive`` where that is given, and else the example is on air already. ``alone``: an office of one."""

    def __init__(
        self,
        folder: Path,
        of: Path = EXAMPLE,
        *,
        archive: str = "",
        alone: bool = False,
        openid: settings.OpenId | None = None,
    ) -> None:
        ours = not archive and of == EXAMPLE
        if ours:
            shutil.copytree(_on_air(), folder, dirs_exist_ok=True)
        example = Channel.open(of, folder)
        own = msgspec.structs.replace(example.settings, archive=archive, desk=settings.Desk(alone=alone, openid=openid))
        self.channel = replace(example, settings=own)
        self.clock = SetClock()
        if not ours:
            _begin(self.channel)
        self.archive = Archive.open(self.channel.archive_url)
        self.texts = Texts(open_database(self.channel.archive_url))
        app = Flask("desk")
        self._room = Room(self.channel, self.clock)
        app.register_blueprint(blueprint_of(self._room, SECRET), url_prefix="/desk")
        self.app = app
        self.store = Store.open(self.channel.state / "store", clock=self.clock)
        self.builder = Builder(self.channel, self.archive, self.store, clock=self.clock)

    def person(self, name: str, password: str = "", code: str = "") -> Person:
        return Person(self.app.test_client(), name, password or password_of(name), code)

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

    def close(self) -> None:
        self._room.close()
        self.archive.close()
        self.texts.engine.dispose()

    def items(self) -> tuple[str, ...]:
        release = self.store.current()
        return tuple(i for i in release.item_ids(PAGE) if i.startswith("desk")) if release else ()


def _begin(channel: Channel) -> None:
    """What the sources say, and the desk's people."""
    archive = Archive.open(channel.archive_url)
    for snapshot in snapshots_of(channel).values():
        archive.save(snapshot)
    archive.close()
    engine = open_database(channel.archive_url)
    for name, role in (("ann", "editor"), ("ben", "approver"), ("eve", "viewer"), ("root", "administrator")):
        people.add(engine, name, role, password_of(name), NOW)
    people.add(engine, "ola", "operator", password_of("ola"), NOW)
    people.add(engine, "tom", "approver", password_of("tom"), NOW, towns=("七宝镇",))
    people.add(engine, "tim", "operator", password_of("tim"), NOW, towns=("七宝镇",))
    engine.dispose()


@cache
def _on_air() -> Path:
    """The state of the example on air, at whose desk nobody has worked yet: made once a process, copied for each."""
    folder, clock = Path(tempfile.mkdtemp(prefix="desk-")), SetClock()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    channel = Channel.open(EXAMPLE, folder)
    _begin(channel)
    archive = Archive.open(channel.archive_url)
    Builder(channel, archive, Store.open(folder / "store", clock=clock), clock=clock).build(clock.now())
    archive.close()
    return folder


@contextmanager
def opened(factory: pytest.TempPathFactory, *, built: bool = False, archive: str = "") -> Iterator[Desk]:
    """The desk in a folder of its own, with a release on air where it is ``built``."""
    desk = Desk(factory.mktemp("desk"), archive=archive)
    if built:
        desk.build()
    yield desk
    desk.close()


class Person:
    """Somebody with a browser, logged in."""

    def __init__(self, client: FlaskClient, name: str, password: str, code: str = "") -> None:
        self.client = client
        given = {"name": name, "password": password, "code": code}
        assert client.post("/desk/login", data=given).status_code == 303
        self.form = self.hidden(client.get("/desk/me").text, "form")

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


def form_of(who: Person, address: str) -> dict[str, str | list[str]]:
    """The fields of a page's form, as a browser would send them."""
    page = who.client.get(f"/desk{address}").text
    assert 'id="notice"' in page, page
    inside = page[page.index('id="notice"') :]
    inside = inside[: inside.index("</form>")]
    found: dict[str, str | list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", inside):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and not ('type="checkbox"' in tag and " checked" not in tag):
            known = found.get(name[1], [])
            found[name[1]] = [*known, value[1] if value else ""]
    found |= dict(re.findall(r'<textarea name="([^"]*)"[^>]*>(.*?)</textarea>', inside, re.DOTALL))
    for name, options in re.findall(r'<select name="([^"]*)">(.*?)</select>', inside, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    found.pop("form")
    return found


# --- in a browser -----------------------------------------------------------------------------------------------------


@contextmanager
def served(desk: Desk) -> Iterator[str]:
    """The desk's address while it answers on loopback."""
    server = make_server("127.0.0.1", 0, desk.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/desk/"
    server.shutdown()
    thread.join()
    server.server_close()


def fill(tab: Page, **fields: str) -> None:
    """Type into fields."""
    for name, value in fields.items():
        tab.evaluate(
            f"(function (f) {{ f.value = {value!r}; f.dispatchEvent(new Event('input', {{bubbles: true}})) }})"
            f"(document.querySelector('[name={name}]'))"
        )


def log_in(tab: Page, address: str, name: str) -> None:
    """Have somebody logged in, on the desk's first page."""
    tab.goto(f"{address}login")
    fill(tab, name=name, password=password_of(name))
    tab.evaluate("document.querySelector('form.login').requestSubmit()")
    tab.wait("location.pathname == '/desk/' && document.readyState == 'complete'")


# --- sources --------------------------------------------------------------------------------------------------------

ROWS = [
    "机构,地址,电话,经度,纬度,备注",
    "莘庄图书馆,莘松路 1 号,021-5550 0001,121.37,31.11,周一闭馆",
    "七宝图书馆,七莘路 2 号,021-5550 0002,121.35,31.15,<script>alert(1)</script>{{7*7}}",
    "颛桥图书馆,颛兴路 3 号,021-5550 0003,121.40,31.06,",
]
TABLE = "\n".join(ROWS).encode()
MAP = {
    "record": "place", "mapped": "place", "field-name": "机构", "field-address": "地址", "field-phone": "电话",
    "field-lon": "经度", "field-lat": "纬度",
}  # fmt: skip
PLACED = {
    "ident": "libraries-2", "publisher": "区图书馆", "every": "1d", "number": "777", "title": "找图书馆",
    "category": "medical", "view": "nearest",
}  # fmt: skip


def bring(who: Person, body: bytes, name: str = "libraries.csv", to: str = "/sources/new") -> tuple[int, str]:
    """Hand a file in; what comes of it."""
    boundary, data = encode_multipart({"form": who.form, "do": "read", "file": FileStorage(BytesIO(body), name)})
    kind = f"multipart/form-data; boundary={boundary}"
    answer = who.client.post(f"/desk{to}", data=data, content_type=kind)
    return answer.status_code, answer.headers.get("Location", "") or answer.text


def sample_of(who: Person, body: bytes, name: str = "libraries.csv") -> str:
    status, where = bring(who, body, name)
    assert status == 303, where
    return where.rpartition("=")[2]


def propose(who: Person, **changes: str) -> tuple[int, str]:
    """Make a source and a page of the table above, and ask for approval."""
    form = {**MAP, **PLACED, "base": "0", "do": "ask", "sample": sample_of(who, TABLE), **changes}
    return who.post("/sources/new", **form)
