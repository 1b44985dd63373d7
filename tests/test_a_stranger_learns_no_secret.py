"""What a document links to is a stranger's word: no variable is put into it, and no credential goes to a stranger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from feeding import Station, source
from upstream import Connection, Request, Upstream, answer, redirect

from feeds.base.errors import PersonError
from feeds.formats import format_names
from feeds.network.fetch import fetch
from feeds.source import Source, load_sources, origin_of

HEADERS = {
    "Authorization": "Bearer ${FEED_KEY}", "Cookie": "session=${FEED_KEY}", "X-Client": "${FEED_KEY}",
    "X-Api-Key": "${FEED_KEY}", "X-Plain": "plain",
}  # fmt: skip
SECRET = ("authorization", "cookie", "x-client", "x-api-key")


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_KEY", "s3cret")


def cap(*urls: str) -> bytes:
    entries = "".join(f'<entry><link href="{url}"/></entry>' for url in urls)
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode()


def gbfs(*urls: str) -> bytes:
    names = ("station_information", "station_status")
    feeds = [{"name": name, "url": url} for name, url in zip(names, urls, strict=False)]
    return json.dumps({"data": {"zh": {"feeds": feeds}}}).encode()


def ckan(*urls: str) -> bytes:
    return json.dumps(
        {"success": True, "result": {"title": "t", "resources": [{"format": "csv", "url": url} for url in urls]}}
    ).encode()


INDEXES = {"cap": cap, "gbfs": gbfs, "ckan": ckan}


def gather(tmp_path: Path, format: str, url: str, **more: Any) -> None:
    station = Station(tmp_path)
    facts = {"private": True, "retries": 0, "headers": HEADERS, **more}
    station.gather(source(format, url, record="contact" if format == "ckan" else "", **facts))
    station.close()


def secrets(request: Request) -> list[str]:
    """The credentials that came with a request."""
    return [name for name in SECRET if name in request.headers]


@pytest.mark.parametrize("format", sorted(INDEXES))
def test_a_document_cannot_ask_for_a_variable(tmp_path: Path, format: str) -> None:
    """``${FEED_KEY}`` in a link is three dozen letters of an address, on the source's own server and on any other."""
    with Upstream() as up, Upstream() as other:
        index = INDEXES[format](*(one.url("/x") + "?key=${FEED_KEY}" for one in (other, up)))
        up.serve("/index", answer(index))
        gather(tmp_path, format, up.url("/index"))
        links = [request for one in (up, other) for request in one.asked("/x")]
    assert links
    assert not any("s3cret" in request.path for request in links)


@pytest.mark.parametrize("format", sorted(INDEXES))
def test_credentials_stay_with_the_sources_own_origin(tmp_path: Path, format: str) -> None:
    """A link to another port of the same host gets the plain headers and none that is meant for one server alone."""
    with Upstream() as up, Upstream() as other:
        up.serve("/index", answer(INDEXES[format](other.url("/x"), up.url("/y"))))
        gather(tmp_path, format, up.url("/index"))
        assert secrets(up.asked("/index")[0]) == list(SECRET)
        assert [secrets(request) for request in other.asked("/x")] == [[]]
        assert other.asked("/x")[0].headers["x-plain"] == "plain"
        assert all(secrets(request) == list(SECRET) for request in up.asked("/y"))


def test_credentials_go_to_whom_the_source_names(tmp_path: Path) -> None:
    """``credentials_for`` adds origins, for links and for redirects; a third one gets nothing."""
    with Upstream() as up, Upstream() as named, Upstream() as third:
        up.serve("/index", answer(cap(named.url("/x"), third.url("/x"), up.url("/away"))))
        up.serve("/away", redirect(named.url("/y")))
        named.serve("/y", redirect(third.url("/z")))
        third.serve("/z", redirect(up.url("/home")))
        gather(tmp_path, "cap", up.url("/index"), credentials_for=(f"http://127.0.0.1:{named.port}",))
        assert secrets(named.asked("/x")[0]) == secrets(named.asked("/y")[0]) == list(SECRET)
        assert secrets(third.asked("/x")[0]) == secrets(third.asked("/z")[0]) == []
        assert secrets(up.asked("/home")[0]) == list(SECRET)


def test_a_delivered_index_has_no_origin(tmp_path: Path) -> None:
    """Whoever writes a file into the folder is no server: only what is named gets credentials."""
    with Upstream() as up:
        (tmp_path / "index.xml").write_bytes(cap(up.url("/x")))
        gather(tmp_path, "cap", "file:index.xml")
        gather(tmp_path, "cap", "file:index.xml", credentials_for=(f"http://127.0.0.1:{up.port}",))
        assert [secrets(request) for request in up.asked("/x")] == [[], list(SECRET)]


def test_a_servers_cookie_is_for_that_server(tmp_path: Path) -> None:
    """What one port sets is not sent to another, though cookies themselves know no ports."""
    with Upstream() as up, Upstream() as other:
        up.serve("/index", answer(cap(other.url("/x"), up.url("/y")), headers={"Set-Cookie": "session=abc"}))
        gather(tmp_path, "cap", up.url("/index"), headers={})
        assert "cookie" not in other.asked("/x")[0].headers


def test_the_name_in_an_address_serves_its_own_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative link takes over name and password, which a person wrote as a variable; nobody else learns them."""
    monkeypatch.setenv("FEED_USER", "u")
    with Upstream() as up, Upstream() as other:
        up.serve("/index", answer(cap("x", "http://${FEED_USER}:${FEED_KEY}@" + f"127.0.0.1:{other.port}/x")))
        url = "http://${FEED_USER}:${FEED_KEY}@" + f"127.0.0.1:{up.port}/index"
        gather(tmp_path, "cap", url, headers={})
        own = up.asked("/index")[0].headers["authorization"]
        assert own == up.asked("/x")[0].headers["authorization"]
        assert own not in {request.headers.get("authorization") for request in other.requests}


def test_the_variable_in_a_redirect_stays_as_it_is() -> None:
    """Where a server sends us is its word, too."""

    def send(connection: Connection, request: Request) -> None:
        redirect("/there?key=${FEED_KEY}")(connection, request)

    with Upstream() as up:
        up.serve("/", send)
        up.serve("/there", answer(b"ok"))
        fetch(Source(id="one", url=up.url("/"), format="rss", publisher="某局", private=True), Path())
        assert "s3cret" not in up.asked("/there")[0].path


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.org/a", "https://example.org"), ("https://example.org:443/", "https://example.org"),
        ("http://example.org:443/", "http://example.org:443"), ("http://u:p@[::1]:8080/x", "http://[::1]:8080"),
        ("ftp://example.org/", ""), ("file:x", ""), ("http://[x/", ""), ("http://x:y/", ""), ("", ""),
    ],
)  # fmt: skip
def test_origins_are_told_apart(url: str, origin: str) -> None:
    """By scheme, host and port (RFC 6454), and nothing else."""
    assert origin_of(url) == origin


@pytest.mark.parametrize("named", ["files.example.org", "https://files.example.org/", "https://x/path", "*", ""])
def test_what_is_no_origin_is_the_editors_mistake(tmp_path: Path, named: str) -> None:
    """A name that would match nothing, or more than is meant, is said at once."""
    head = '[source.one]\nurl = "https://x/"\nformat = "rss"\npublisher = "某局"\n'
    (tmp_path / "sources.toml").write_text(f'{head}credentials_for = ["{named}"]\n')
    with pytest.raises(PersonError, match="credentials_for: found"):
        load_sources(tmp_path / "sources.toml", format_names())
