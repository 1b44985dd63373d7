"""A source cannot make us ask an inner address, read another file, or tell a secret."""

from __future__ import annotations

import ipaddress
import logging
import os
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest
from upstream import Upstream, answer, redirect, status

from feeds.base.errors import FetchError, PersonError
from feeds.formats import format_names
from feeds.network.fetch import fetch
from feeds.network.guard import is_public
from feeds.source import Source, load_sources


def source(url: str, **more: Any) -> Source:
    facts = {"deadline": "10min", "retries": 0, "private": True, **more}
    return Source(id="one", url=url, format="rss", publisher="某局", **facts)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "not an address",
    ],
)  # fmt: skip
def test_inner_addresses_are_not_public(address: str) -> None:
    """Loopback, link-local, private, shared, multicast and what only wraps one of them."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2400:3200::1"])
def test_outer_addresses_are_public(address: str) -> None:
    """The internet stays reachable."""
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433"])
def test_loopback_is_refused_by_any_name(host: str) -> None:
    """However loopback is written, it is not asked, and trying again is pointless."""
    with Upstream() as up:
        with pytest.raises(FetchError) as raised:
            fetch(source(f"http://{host}:{up.port}/", private=False, retries=2), Path())
        assert "private address" in str(raised.value) or "valid" in str(raised.value)
        assert not raised.value.retryable
        assert up.requests == []


def test_a_resolver_that_changes_its_mind_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to the address that was checked: a name that turns inward the second time is refused.
    Here 127.0.0.1 plays the internet and 127.0.0.2 the inside."""
    monkeypatch.setattr("feeds.network.guard.is_public", lambda address: address == "127.0.0.1")
    answers = iter(["127.0.0.1", "127.0.0.2"])
    asked = []

    def resolver(host: str, port: int) -> list[tuple[int, str]]:
        asked.append(host)
        return [(2, next(answers))]

    with Upstream() as outer:
        outer.serve("/", answer(b"ok"))
        one = source(f"http://rebind.example:{outer.port}/", private=False)
        # One question for one connection: there is no second answer between the check and the use.
        assert fetch(one, Path(), resolver=resolver).documents[0].body == b"ok"
        assert asked == ["rebind.example"]
        with pytest.raises(FetchError, match="private address"):
            fetch(one, Path(), resolver=resolver)
        assert len(outer.requests) == 1


def test_a_resolver_that_hangs_is_left_at_the_deadline() -> None:
    """The system's resolver cannot be stopped, but it is not waited for."""
    done, answered = threading.Event(), threading.Event()

    def resolver(host: str, port: int) -> list[tuple[int, str]]:
        done.wait(120)
        answered.set()
        return []

    with pytest.raises(FetchError):
        fetch(source("http://slow.example/", deadline="300ms"), Path(), resolver=resolver)
    assert not answered.is_set()
    done.set()


def test_a_redirect_to_an_inner_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each hop is checked like the first. Here 127.0.0.1 plays the internet and 127.0.0.2 the inside."""
    monkeypatch.setattr("feeds.network.guard.is_public", lambda address: address == "127.0.0.1")
    with Upstream() as outer, Upstream(host="127.0.0.2") as inner:
        inner.serve("/secret", answer(b"secret"))
        outer.serve("/", redirect(inner.url("/secret")))
        outer.serve("/near", redirect("/ok"))
        outer.serve("/ok", answer(b"ok"))
        with pytest.raises(FetchError, match=r"127\.0\.0\.2 is a private address"):
            fetch(source(outer.url("/"), private=False), Path())
        assert inner.requests == []
        assert fetch(source(outer.url("/near"), private=False), Path()).documents[0].body == b"ok"


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("file:///etc/passwd", "redirected to a file address"),
        ("ftp://127.0.0.1/x", "redirected to a ftp address"),
        ("gopher://x/", "redirected to a gopher address"),
        ("http://[x/", "not valid"),
    ],
)
def test_a_redirect_to_another_scheme_is_refused(to: str, words: str) -> None:
    """Only http and https are followed."""
    with Upstream() as up, pytest.raises(FetchError, match=words):
        fetch(source(up.serve("/", redirect(to))), Path())


def test_a_redirect_loop_ends() -> None:
    """Redirects are followed as often as the source allows, and no more."""
    with Upstream() as up:
        with pytest.raises(FetchError, match="more than 3 redirects"):
            fetch(source(up.serve("/", redirect("/"))), Path())
        assert len(up.requests) == 4
        up.serve("/a", redirect("b", 301))
        up.serve("/b", redirect("/c", 307))
        up.serve("/c", answer(b"here"))
        document = fetch(source(up.url("/a")), Path()).documents[0]
        assert (document.body, document.url) == (b"here", up.url("/a"))


def test_credentials_come_from_the_environment_and_stay_with_their_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A header's ``${NAME}`` is expanded for the source's own host, and dropped when another host takes over."""
    monkeypatch.setenv("FEED_KEY", "s3cret")
    with Upstream() as up, Upstream() as other:
        other.serve("/there", answer(b"ok"))
        up.serve("/", redirect(other.url("/there")))
        fetch(source(up.url(), headers={"Authorization": "Bearer ${FEED_KEY}"}), Path())
        assert up.requests[0].headers["authorization"] == "Bearer s3cret"
        assert "authorization" not in other.requests[0].headers
    with pytest.raises(PersonError, match="FEED_KEY2 is not set"):
        fetch(source("http://127.0.0.1:1/", headers={"X-Key": "${FEED_KEY2}"}), Path())


@pytest.mark.parametrize("name", ["Authorization", "Cookie", "X-Api-Key", "apikey", "X-Auth-Token"])
def test_a_credential_in_the_file_is_the_editors_mistake(tmp_path: Path, name: str) -> None:
    """A secret is named in ``sources.toml``, never written there; the message does not repeat it."""
    head = '[source.one]\nurl = "https://x/"\nformat = "rss"\npublisher = "某局"\n'
    (tmp_path / "sources.toml").write_text(f'{head}headers = {{ "{name}" = "s3cret", Accept = "text/xml" }}\n')
    with pytest.raises(PersonError, match=f"headers.{name}") as raised:
        load_sources(tmp_path / "sources.toml", format_names())
    assert "s3cret" not in str(raised.value)
    (tmp_path / "sources.toml").write_text(f'{head}headers = {{ "{name}" = "Bearer ${{KEY}}" }}\n')
    assert load_sources(tmp_path / "sources.toml", format_names())


def test_no_error_and_no_log_tells_a_secret(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever fails, the expanded key stands neither in the message nor in any log line."""
    monkeypatch.setenv("FEED_KEY", "s3cret")
    caplog.set_level(logging.DEBUG)
    with Upstream() as up:
        up.serve("/x", status(403))
        up.serve("/loop", redirect("/loop?key=s3cret"))
        for url in (
            up.url("/x?key=${FEED_KEY}"),
            up.url("/loop?key=${FEED_KEY}"),
            "http://127.0.0.1:1/?key=${FEED_KEY}",
        ):
            with pytest.raises(FetchError) as raised:
                fetch(source(url, headers={"X-Key": "${FEED_KEY}"}), Path())
            assert "s3cret" not in str(raised.value)
        bad = source(up.url("/x"), headers={"X-Key": "${FEED_KEY}\nInjected: yes"})
        with pytest.raises(FetchError, match="not valid") as raised:
            fetch(bad, Path())
        assert "s3cret" not in str(raised.value)
        assert "s3cret" in up.requests[0].path
    assert "s3cret" not in caplog.text


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy variable on the machine does not redirect the gathering."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with Upstream() as up:
        assert fetch(source(up.serve("/", answer(b"ok"))), Path()).documents[0].body == b"ok"


def test_an_unverifiable_certificate_is_refused(tmp_path: Path) -> None:
    """TLS to a server that nobody vouches for is no answer, and no reason to try without."""
    context = _self_signed(tmp_path)
    with Upstream() as up:

        def over_tls(connection: Any, request: Any) -> None:
            raise AssertionError("plain request on a TLS port")

        up.serve("/", over_tls)
        with _tls_server(context) as port, pytest.raises(FetchError, match="certificate cannot be verified"):
            fetch(source(f"https://127.0.0.1:{port}/"), Path())


def test_a_sources_own_authority_is_believed(tmp_path: Path) -> None:
    """``options.ca`` names the certificates to verify against, from the channel's folder and nowhere else."""
    context = _self_signed(tmp_path)
    with _tls_server(context, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as port:
        one = source(f"https://127.0.0.1:{port}/", options={"ca": "cert.pem"})
        assert fetch(one, tmp_path).documents[0].body == b"ok"
    with pytest.raises(FetchError, match="outside the channel's folder"):
        fetch(source("https://127.0.0.1:1/", options={"ca": "../cert.pem"}), tmp_path)


def test_local_files_stay_in_the_folder(tmp_path: Path) -> None:
    """``file:`` means a plain file inside the channel's folder, whatever the path or a link in it says."""
    base = tmp_path / "channel"
    (base / "in").mkdir(parents=True)
    (tmp_path / "outside.xml").write_text("secret")
    (base / "in" / "ok.xml").write_text("<rss/>")
    (base / "link.xml").symlink_to(tmp_path / "outside.xml")
    os.mkfifo(base / "pipe.xml")
    assert fetch(source("file:in/ok.xml"), base).documents[0].body == b"<rss/>"
    for url in (
        "file:../outside.xml",
        "file:///etc/passwd",
        "file:/etc/passwd",
        "file:link.xml",
        "file:in/%2e%2e/%2e%2e/outside.xml",
    ):
        with pytest.raises(FetchError, match="outside the channel's folder"):
            fetch(source(url), base)
    for url in ("file:pipe.xml", "file:in", "file:nothing.xml"):
        with pytest.raises(FetchError):
            fetch(source(url), base)


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    """Size and time of change stand in for an ETag."""
    (tmp_path / "a.csv").write_text("name\nx\n")
    first = fetch(source("file:a.csv"), tmp_path)
    assert fetch(source("file:a.csv"), tmp_path, etag=first.etag).not_modified
    (tmp_path / "a.csv").write_text("name\nxy\n")
    assert not fetch(source("file:a.csv"), tmp_path, etag=first.etag).not_modified


def test_a_server_may_not_point_at_local_files(tmp_path: Path) -> None:
    """A link to ``file:`` in something that came over the network is missing, not read."""
    (tmp_path / "secret.json").write_text("secret")
    with Upstream() as up:
        url = up.serve("/index", answer(b"index"))
        got = fetch(source(url), tmp_path, links=lambda documents, source: ["file:secret.json"])
    assert [document.body for document in got.documents] == [b"index"]
    assert got.missing == ("file:secret.json",)


def _self_signed(folder: Path) -> ssl.SSLContext:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = folder / "cert.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


class _tls_server:
    """A TLS port that takes one connection, and answers if it is given something to say."""

    def __init__(self, context: ssl.SSLContext, answer: bytes = b"") -> None:
        import socket

        self._context = context
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> int:
        self._thread.start()
        return int(self._listener.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        sock, _ = self._listener.accept()
        try:
            with self._context.wrap_socket(sock, server_side=True) as secure:
                if self._answer:
                    secure.recv(65_536)
                    secure.sendall(self._answer)
        except (ssl.SSLError, OSError):
            pass
        finally:
            sock.close()
