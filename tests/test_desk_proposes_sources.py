"""An address or a file becomes a source with a page at the desk, is seen on the television, and is accepted by another
person; nothing that is read on the way harms anybody."""

from __future__ import annotations

import io
import json
import re
import shutil
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import EXAMPLE
from desk_help import MAP, PLACED, TABLE, Desk, Person, bring, propose, sample_of

from broadcaster.desk.proposal import Proposal, toml_of
from broadcaster.desk.samples import MOST_BYTES
from channel.folder import Channel

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.archive.close()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """What stands at an inner address."""
    made = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = TABLE if self.path == "/libraries.csv" else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/csv")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def ask(who: Person, address: str, **more: str) -> tuple[int, str]:
    """Have an address read; where it leads."""
    fields = {"form": who.form, "do": "read", "address": address, **more}
    answer = who.client.post("/desk/sources/new", data=fields)
    return answer.status_code, answer.headers.get("Location", "") or answer.text


def test_a_file_becomes_a_page(desk: Desk, tmp_path: Path) -> None:
    """Brought, read, mapped, looked at, proposed, accepted by another; and its tables make a channel."""
    ola, root = desk.person("ola"), desk.person("root")
    sample = sample_of(ola, TABLE)
    page = ola.client.get(f"/desk/sources/new?sample={sample}").text
    assert "莘庄图书馆" in page and 'value="备注"' in page and "&lt;script&gt;" in page
    assert re.search(r'name="field-phone".*?<option value="电话" selected>', page, re.DOTALL), "its words tell it"
    nameless = {**PLACED, "title": "", "publisher": ""}
    assert json.loads(ola.post("/sources/drafted", **MAP, **nameless, sample=sample)[1])["shown"]
    shown = json.loads(ola.post("/sources/drafted", **MAP, **PLACED, sample=sample)[1])
    assert shown["shown"] and all(one["pictures"] and not one["findings"] for one in shown["shown"])
    status, where = propose(ola)
    assert status == 303, where
    address = where.removeprefix("/desk")
    assert "777" in root.client.get("/desk/sources").text
    assert ola.post(address, base="1", do="approve")[0] == 400, "nobody approves their own words"
    assert root.post(address, base="1", do="approve")[0] == 303
    text = desk.texts.get(int(address.rpartition("/")[2]))
    assert isinstance(text.words, Proposal) and text.state == "approved"
    channel = added(text.words, tmp_path)
    assert channel.sources["libraries-2"].fields["name"] == "机构" and channel.lineup.page("777").view == "nearest"
    desk.build()
    assert "777" not in (desk.store.current() or pytest.fail()).pages, "the files are a person's own"


def added(words: Proposal, folder: Path) -> Channel:
    """The example with what was proposed."""
    shutil.copytree(EXAMPLE, folder / "channel", ignore=shutil.ignore_patterns("var"))
    for name, table in toml_of(words).items():
        with (folder / "channel" / name).open("a", encoding="utf-8") as file:
            file.write("\n" + table)
    return Channel.open(folder / "channel", folder / "state")


def test_a_column_is_left_out_by_leaving_it(desk: Desk) -> None:
    ola = desk.person("ola")
    _, where = propose(ola, **{"field-phone": "", "same-kind": "图书馆", "ident": "lib3", "number": "778"})
    words = desk.texts.get(int(where.rpartition("/")[2])).words
    assert isinstance(words, Proposal)
    assert "phone" not in words.source["fields"] and words.source["constants"] == {"kind": "图书馆"}
    again = ola.client.get(where).text
    assert not re.search(r'name="field-phone".*?selected.*?</select>', again.partition('name="field-hours"')[0][-900:])


def test_the_same_form_sent_twice_is_one(desk: Desk) -> None:
    """Nor does saving the same again make another version, which would take an approval away."""
    ola = desk.person("ola")
    first, again = (propose(ola, ident="lib7", number="782") for _ in range(2))
    assert first == again
    form = {**MAP, **PLACED, "ident": "lib7", "number": "782", "sample": sample_of(ola, TABLE)}
    assert ola.post(first[1].removeprefix("/desk"), **form, base="1", do="save")[0] == 303
    assert desk.texts.get(int(first[1].rpartition("/")[2])).revision == 1


def test_whoever_approves_sees_the_television_too(desk: Desk) -> None:
    ola, ben = desk.person("ola"), desk.person("ben")
    _, where = propose(ola, ident="lib4", number="779")
    sample = Person.hidden(ben.client.get(where).text, "sample")
    shown = json.loads(ben.post("/sources/drafted", sample=sample, proposal=where.rpartition("/")[2])[1])
    assert shown["shown"] and all(one["pictures"] for one in shown["shown"])
    assert ben.post(where.removeprefix("/desk"), base="1", do="approve")[0] == 303


def test_an_address_is_read_once(desk: Desk, server: str) -> None:
    """Of an inner one an administrator alone can say that it may be asked."""
    ola, root = desk.person("ola"), desk.person("root")
    inner = f"{server}/libraries.csv"
    for who, more in ((ola, {}), (ola, {"private": "1"}), (root, {})):
        status, page = ask(who, inner, **more)
        assert status == 400 and "莘庄图书馆" not in page
    status, where = ask(root, inner, private="1")
    assert status == 303
    sample = where.rpartition("=")[2]
    assert "莘庄图书馆" in root.client.get(where).text
    form = {**MAP, **PLACED, "ident": "lib5", "number": "780", "base": "0", "do": "save", "sample": sample}
    _, where = root.post("/sources/new", **form)
    words = desk.texts.get(int(where.rpartition("/")[2])).words
    assert isinstance(words, Proposal)
    assert words.source["url"] == inner and words.source["private"] is True


@pytest.mark.parametrize(
    "address",
    ["file:channel.toml", "channel.toml", "/etc/passwd", "https://x.example/?k=${PATH}", "https://a:b@x.example/",
     "ftp://x.example/", "desk:", "http://", "http://[::1", "http://169.254.169.254/latest", "https://x.example:99999/",
     ""],
)  # fmt: skip
def test_no_address_reaches_what_is_not_meant(desk: Desk, address: str) -> None:
    """No file of this machine, no secret of its environment, nothing inside of its network."""
    assert ask(desk.person("ola"), address)[0] == 400


def zipped(entries: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in entries.items():
            archive.writestr(name, body)
    return made.getvalue()


ENTITIES = b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 16) for n in range(9))
XML_BOMB = b'<!DOCTYPE l [<!ENTITY a "aaaaaaaa">%s]><l><r><n>&j;</n></r><r><n>x</n></r></l>' % ENTITIES
HOSTILE = {
    "a zip bomb": (zipped({"xl/worksheets/sheet1.xml": b"<r>" + b" " * 60_000_000}), "x.xlsx"),
    "an XML bomb": (XML_BOMB, "x.xml"),
    "nothing, and much of it": (b"\x00" * 15_000_000, "x.csv"),
    "a file with a path for a name": (TABLE, "../../../etc/cron.d/x.csv"),
    "a picture that is a script": (b"GIF89a/*<script>alert(1)</script>*/=1;", "x.gif"),
    "brackets without end": (b"[" * 1_000_000, "x.json"),
    "one very long line": (b"a," * 4_000_000, "x.csv"),
}


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=[pytest.mark.slow] if "long" in what else []) for what in HOSTILE]
)
def test_a_hostile_file_is_a_sentence(desk: Desk, what: str) -> None:
    """Read in a process of its own with a deadline; the desk tells what it is, and goes on."""
    ola = desk.person("ola")
    body, name = HOSTILE[what]
    sample = sample_of(ola, body, name)
    page = ola.client.get(f"/desk/sources/new?sample={sample}")
    assert page.status_code == 200 and "<script>alert" not in page.text and "/etc" not in page.text
    if "path" not in what:
        form = {**PLACED, "record": "place", "mapped": "", "base": "0", "do": "ask", "sample": sample}
        assert ola.post("/sources/new", **form)[0] == 400
    assert bring(ola, TABLE)[0] == 303


def test_more_than_a_file_may_hold_is_not_taken(desk: Desk) -> None:
    """A gigabyte of nothing ends at the cap, not in memory; other forms take no file at all."""
    ola = desk.person("ola")
    assert bring(ola, b"0" * (MOST_BYTES + 2_000_000))[0] == 413
    assert bring(ola, b"0" * 2_000_000, to="/source/pharmacies")[0] == 413
    assert bring(ola, b" \n")[0] == 400


@pytest.mark.parametrize(
    "changes",
    [{"ident": "pharmacies"}, {"ident": "../x"}, {"ident": ""}, {"number": "100"}, {"number": "7"}, {"number": "1e9"},
     {"title": ""}, {"title": "字" * 41}, {"publisher": ""}, {"every": "soon"}, {"category": "NO"},
     {"field-name": ""}, {"coordinates": "mars"}, {"same-lon": "x", "field-lon": ""}],
)  # fmt: skip
def test_what_cannot_stand_in_a_file_comes_back(desk: Desk, changes: dict[str, str]) -> None:
    """Told by its key, with every word that was typed."""
    status, page = propose(desk.person("ola"), **changes)
    assert status == 400 and 'role="alert"' in page
    assert "title" in changes or "找图书馆" in page
    assert "/tmp" not in page and str(EXAMPLE) not in page


def test_who_may_not_cannot(desk: Desk) -> None:
    ola = desk.person("ola")
    sample = sample_of(ola, TABLE)
    for name in ("eve", "ann", "ben"):
        who = desk.person(name)
        assert bring(who, TABLE)[0] == 403
        assert who.post("/sources/new", **MAP, **PLACED, base="0", do="ask", sample=sample)[0] == 403
    assert bring(desk.person("tim"), TABLE)[0] == 400, "a source is everybody's"
    _, where = propose(ola, ident="lib6", number="781")
    address = where.removeprefix("/desk")
    assert desk.person("ann").post(address, **MAP, **PLACED, base="1", do="save", sample=sample)[0] == 400
    assert desk.person("tom").post(address, base="1", do="approve")[0] == 400
