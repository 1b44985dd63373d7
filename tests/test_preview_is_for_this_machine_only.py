"""The preview shows what is not on air yet: nobody but people at this machine may see it."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from preview_site import application

from broadcaster.preview import access
from channel.estates import Estate, Estates
from channel.lineup import Lineup
from channel.settings import Channel, Settings


def _channel(folder: Path, **settings: str) -> Channel:
    return Channel(
        folder=folder,
        state=folder,
        settings=msgspec.structs.replace(Settings(title="测试", district="闵行区"), **settings),
        sources={},
        estates=Estates([Estate(id="mh0001", name="景城花苑", town="莘庄镇", lon=None, lat=None, area_code="")]),
        lineup=Lineup({}),
        digest="",
    )


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8180", "LOCALHOST", "[::1]:80", "127.0.0.1:1"])
def test_this_machine_may_look(peer: str, host: str) -> None:
    """Any loopback address, by any of its own names."""
    assert access.refusal(peer, host, frozenset({"host", "accept"})) == ""


@pytest.mark.parametrize(
    ("peer", "host", "fields"),
    [
        ("10.0.0.7", "127.0.0.1", ()),
        ("::ffff:10.0.0.7", "127.0.0.1", ()),
        ("fe80::1", "localhost", ()),
        ("", "localhost", ()),
        ("127.0.0.1", "evil.example", ()),
        ("127.0.0.1", "localhost.evil.example", ()),
        ("127.0.0.1", "127.0.0.1.evil.example:8180", ()),
        ("127.0.0.1", "127.0.0.1@evil.example", ()),
        ("127.0.0.1", "", ()),
        ("127.0.0.1", "[::1", ()),
        ("127.0.0.1", "localhost", ("x-forwarded-for",)),
        ("127.0.0.1", "localhost", ("forwarded",)),
        ("127.0.0.1", "localhost", ("via",)),
    ],
)
def test_nobody_else_may(peer: str, host: str, fields: tuple[str, ...]) -> None:
    """Other machines, names that an attacker's name server points here, and whoever comes through a proxy."""
    assert access.refusal(peer, host, frozenset(fields))


@pytest.mark.parametrize(
    "path", ["", "pages", "static/preview.js", "estates?q=x", "at/20261124T081200/web-hd/district/100.html"]
)
def test_every_address_is_guarded(path: str, tmp_path: Path) -> None:
    """The refusal is 403 with a sentence, for the page, its files, and every rendered document."""
    client = application(_channel(tmp_path)).test_client()
    answer = client.get(f"/preview/{path}", headers={"Host": "rebound.example"})
    assert (answer.status_code, answer.mimetype) == (403, "text/plain")
    answer = client.get(f"/preview/{path}", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert answer.status_code == 403


def test_the_page_runs_no_inline_script_and_writes_what_it_is_given_as_text(tmp_path: Path) -> None:
    """The strict policy is sent, the page keeps to it, and a title that looks like markup is only a title."""
    client = application(_channel(tmp_path, title="<b>&'\"")).test_client()
    answer = client.get("/preview/")
    text = answer.get_data(as_text=True)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "<b>" not in text
    assert "&lt;b&gt;&amp;&#39;&#34;" in text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", text)
    assert answer.headers["Cache-Control"] == "no-store"


def test_only_its_own_files_are_static(tmp_path: Path) -> None:
    """The folder also holds code; none of it can be fetched."""
    client = application(_channel(tmp_path)).test_client()
    assert client.get("/preview/static/preview.js").mimetype == "text/javascript"
    for name in ("blueprint.py", "__init__.py", "..%2fkeys.py", "preview.html"):
        assert client.get(f"/preview/static/{name}").status_code == 404
