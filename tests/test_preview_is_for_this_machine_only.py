"""The preview shows what is not on air yet: nobody but people at this machine may see it."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from preview_site import TOKEN, application, editor

from broadcaster.preview import access
from channel.estates import Estate, Estates
from channel.folder import Channel
from channel.lineup import Lineup
from channel.settings import Settings


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
    """The refusal is 403 with a sentence, for the page, its files, and every rendered document; with the token too."""
    client = editor(application(_channel(tmp_path)))
    answer = client.get(f"/preview/{path}", headers={"Host": "rebound.example"})
    assert (answer.status_code, answer.mimetype) == (403, "text/plain")
    for forged in ({"REMOTE_ADDR": "192.0.2.7"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}):
        assert client.get(f"/preview/{path}", environ_base=forged).status_code == 403


@pytest.mark.parametrize(
    "path", ["", "pages", "static/preview.js", "estates?q=x", "at/20261124T081200/web-hd/district/100.html"]
)
def test_a_silent_proxy_on_this_machine_opens_nothing(path: str, tmp_path: Path) -> None:
    """``proxy_pass http://127.0.0.1:8180;`` alone: the peer and the Host are this machine's, no field says otherwise.
    What such a visitor does not have is the token, and none that is nearly right will do."""
    app = application(_channel(tmp_path))
    for value in ("", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "ä", "x" * 3000):
        client = app.test_client()
        client.set_cookie("channel-preview", value, path="/preview/")
        answer = client.get(f"/preview/{path}", headers={"Host": "127.0.0.1:8180"})
        assert answer.status_code == 403 and "预览需要口令" in answer.get_data(as_text=True)
        sep = "&" if "?" in path else "?"
        assert client.get(f"/preview/{path}{sep}token={value}").status_code == 403


def test_the_token_leaves_the_address_at_once(tmp_path: Path) -> None:
    """It comes once, the browser keeps it for these addresses alone, and what else was asked for stays."""
    client = application(_channel(tmp_path)).test_client()
    answer = client.get(f"/preview/?token={TOKEN}&page=201&estate=mh0001")
    assert answer.status_code == 303 and answer.headers["Location"] == "./?page=201&estate=mh0001"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/preview/" in cookie
    assert client.get("/preview/pages").status_code == 200


def test_the_token_is_its_owners_alone(tmp_path: Path) -> None:
    """0600, the same at the next start; one that others could read, or that is none, is made anew."""
    path = tmp_path / "preview-token"
    token = access.token_of(path)
    assert len(token) >= 32 and path.stat().st_mode & 0o777 == 0o600
    assert access.token_of(path) == token
    path.chmod(0o644)
    assert access.token_of(path) != token and path.stat().st_mode & 0o777 == 0o600
    for nonsense in ("", "short", "ä" * 40, "x" * 40 + "\n; rm"):
        path.write_text(nonsense)
        path.chmod(0o600)
        assert len(access.token_of(path)) >= 32 and access.token_of(path) != nonsense


def test_the_page_runs_no_inline_script_and_writes_what_it_is_given_as_text(tmp_path: Path) -> None:
    """The strict policy is sent, the page keeps to it, and a title that looks like markup is only a title."""
    client = editor(application(_channel(tmp_path, title="<b>&'\"")))
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
    client = editor(application(_channel(tmp_path)))
    assert client.get("/preview/static/preview.js").mimetype == "text/javascript"
    for name in ("blueprint.py", "__init__.py", "..%2fkeys.py", "preview.html"):
        assert client.get(f"/preview/static/{name}").status_code == 404
