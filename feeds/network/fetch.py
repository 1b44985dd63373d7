"""The one way onto the network, and into the channel's folder.

``fetch`` returns the documents of a source or raises FetchError; nothing a server does makes it take longer than the
source's deadline, hold more bytes than its cap, or ask an address that the source may not ask. Messages never hold
header values, expanded credentials or more of an address than ``sources.toml`` says.
"""

from __future__ import annotations

import contextlib
import email.message
import logging
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
import urllib3

from feeds.base.clock import Clock, SystemClock, as_utc, parse_duration
from feeds.base.errors import FetchError, FormatError, PersonError
from feeds.formats.base import Document, Links, no_links
from feeds.network.guard import Guard, GuardedAdapter, Resolver, Stop, resolve
from feeds.network.local import files_of, last_segment, local_path, read_file, tag_of
from feeds.network.unpack import Unpacker
from feeds.source import Source, is_credential, origin_of

USER_AGENT = "service-channel/0.1"
_CHUNK = 65_536
_MOST_ROUNDS = 4
_MOST_DOCUMENTS = 200
_MOST_SHARES = 8
"""A linked document has at least this part of the time that is left, however many there are: few of them hang."""
_SHORTEST_SHARE_S = 0.3
_RETRYABLE = {408, 425, 429, 500, 502, 503, 504}
_REDIRECTS = {301, 302, 303, 307, 308}
_INVALID = (
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


# Its debug lines print whole addresses, and a key may stand in a query.
logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What came: the entry document first, then what it links to.

    ``bytes`` counts what came over the wire, ``seconds`` the whole with retries. ``missing`` names linked documents
    that could not be had; their absence is for the format to judge.
    """

    documents: tuple[Document, ...] = ()
    etag: str = ""
    last_modified: str = ""
    not_modified: bool = False
    seconds: float = 0.0
    bytes: int = 0
    missing: tuple[str, ...] = ()


def fetch(
    source: Source,
    base: Path,
    *,
    etag: str = "",
    last_modified: str = "",
    clock: Clock | None = None,
    links: Links = no_links,
    wait: Callable[[float], None] = time.sleep,
    resolver: Resolver = resolve,
    stop: Stop | None = None,
) -> Fetched:
    """The documents of ``source``.

    ``base`` is the channel's folder, which ``file:`` paths are relative to and may not leave. ``etag`` and
    ``last_modified`` are the validators of the copy that is at hand. ``links`` names further documents to fetch.
    ``wait`` sleeps between attempts (tests pass one that returns at once); ``stop`` ends everything early. Raises
    FetchError, or PersonError when the source's own table is wrong.
    """
    start = time.monotonic()
    with _Fetch(source, base, clock or SystemClock(), wait, resolver, stop) as run:
        entry = run.entry(etag, last_modified)
        if entry is None:
            return Fetched(
                etag=run.etag or etag, last_modified=run.last_modified or last_modified, not_modified=True,
                seconds=time.monotonic() - start, bytes=run.received,
            )  # fmt: skip
        etag, last_modified = run.etag, run.last_modified
        documents, missing = _follow(run, entry, links, source)
        return Fetched(
            documents=documents, etag=etag, last_modified=last_modified, seconds=time.monotonic() - start,
            bytes=run.received, missing=missing,
        )  # fmt: skip


def _follow(
    run: _Fetch, entry: list[Document], links: Links, source: Source
) -> tuple[tuple[Document, ...], tuple[str, ...]]:
    """The entry and everything it links to; a linked document that fails is named, and the others still count."""
    documents, missing = list(entry), dict[str, None]()
    for _ in range(_MOST_ROUNDS):
        try:
            with run.paused():
                wanted = [url for url in links(documents, source) if url not in missing]
        except FormatError:
            break
        late = _ask(run, wanted[: _MOST_DOCUMENTS - len(documents)], documents, missing)
        # Those that hung have what the others left.
        _ask(run, late, documents, missing)
        if not wanted:
            break
    return tuple(documents), tuple(missing)


def _ask(run: _Fetch, wanted: Sequence[str], documents: list[Document], missing: dict[str, None]) -> list[str]:
    """Ask for linked documents, each in its share of the time; those whose time ran out, who are missing so far."""
    late = []
    for number, url in enumerate(wanted):
        share = max(_SHORTEST_SHARE_S, run.remaining / min(len(wanted) - number, _MOST_SHARES))
        try:
            with run.share(share):
                documents.append(run.linked(url))
            missing.pop(url, None)
        except FetchError as error:
            missing[url] = None
            if error.late and run.remaining > _SHORTEST_SHARE_S:
                late.append(url)
    return late


class _Fetch:
    """One fetch under one deadline and one cap."""

    def __init__(
        self,
        source: Source,
        base: Path,
        clock: Clock,
        wait: Callable[[float], None],
        resolver: Resolver,
        stop: Stop | None,
    ) -> None:
        self._source = source
        self._base = base
        self._clock = clock
        self._wait = wait
        self._guard = Guard(parse_duration(source.deadline), private=source.private, resolver=resolver, stop=stop)
        self.paused, self.share = self._guard.paused, self._guard.share
        self._session = requests.Session()
        self._session.trust_env = False
        if "ca" in source.options:
            self._session.verify = str(local_path(f"file:{source.options['ca']}", base))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, GuardedAdapter(self._guard))
        self._asked = ""
        self._left = source.max_bytes
        self._is_local = source.url.startswith("file:")
        self.received = 0
        self.etag = ""
        self.last_modified = ""

    def __enter__(self) -> _Fetch:
        self._guard.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()
        self._guard.__exit__()

    @property
    def remaining(self) -> float:
        """Seconds that are left for all that is still to be asked."""
        return self._guard.remaining

    def entry(self, etag: str, last_modified: str) -> list[Document] | None:
        """What the source's own address gives; None when the copy at hand is still good. Raises FetchError."""
        if not self._is_local:
            document = self._document(self._source.url, expand(self._source.url, "url"), etag, last_modified)
            return None if document is None else [document]
        paths = files_of(self._source, self._base)
        self.etag = tag_of(paths)
        if etag and etag == self.etag:
            return None
        urls = [self._source.url] if len(paths) == 1 else [f"{self._source.url}#{path.name}" for path in paths]
        return [self._read(path, url) for path, url in zip(paths, urls, strict=True)]

    def linked(self, url: str) -> Document:
        """A document that another one names. Raises FetchError.

        What a local document links to may be delivered beside it, under the link's last name; a server may not point
        at local files.
        """
        if self._is_local and last_segment(url):
            path = files_of(self._source, self._base)[0].parent / last_segment(url)
            if path.is_file() and path.resolve().is_relative_to(self._base.resolve()):
                return self._read(path, url)
        document = self._document(url, self._with_password(url))
        if document is None:
            raise FetchError("the server answered 304")
        return document

    def _with_password(self, url: str) -> str:
        """A link as it is asked. Nothing in it is expanded: a stranger wrote it. But a relative one has taken over the
        name and password of the source's own address, which a person wrote there as ``${NAME}``."""
        own, link = urlsplit(self._source.url), urlsplit(url)
        if "@" not in own.netloc or (own.scheme, own.netloc) != (link.scheme, link.netloc):
            return url
        return link._replace(netloc=expand(own.netloc, "url")).geturl()

    def _document(self, url: str, target: str, etag: str = "", last_modified: str = "") -> Document | None:
        """The document called ``url`` from the http address ``target``; None when the copy at hand is still good.

        Raises FetchError.
        """
        if not url.startswith(("http://", "https://")):
            raise FetchError("only http and https addresses are asked", retryable=False)
        for attempt in range(self._source.retries + 1):
            try:
                return self._request(url, target, etag, last_modified)
            except FetchError as error:
                pause = _pause(attempt, error)
                last = attempt == self._source.retries
                if last or not error.retryable or self._guard.is_over or pause >= self._guard.remaining:
                    raise
                self._wait(pause)
        raise AssertionError("unreachable")

    def _read(self, path: Path, url: str) -> Document:
        document = read_file(path, url, self._left)
        self._left -= len(document.body)
        self.received += len(document.body)
        return document

    def _request(self, url: str, target: str, etag: str, last_modified: str) -> Document | None:
        """One attempt, redirects followed by hand: each hop is checked like the first."""
        for _ in range(self._source.redirects + 1):
            with self._open(target, self._headers(target, etag, last_modified)) as response:
                if response.status_code in _REDIRECTS:
                    target = self._hop(target, response)
                    continue
                return self._answer(url, response, conditional=bool(etag or last_modified))
        raise FetchError(f"more than {self._source.redirects} redirects", retryable=False)

    @contextlib.contextmanager
    def _open(self, target: str, headers: Mapping[str, str]) -> Iterator[requests.Response]:
        """A response whose head has come. Whatever goes wrong, here or while it is read, is a FetchError."""
        if origin_of(target) != self._asked:
            # A cookie knows no port: what one server of a host sets is not for another.
            self._session.cookies.clear()
            self._asked = origin_of(target)
        try:
            # The guard ends the whole; this is only for a connection that it does not know.
            seconds = self._guard.remaining + 5
            with self._session.get(
                target, headers=dict(headers), stream=True, allow_redirects=False, timeout=seconds
            ) as response:
                yield response
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise self._failure(error) from None

    def _failure(self, error: Exception) -> FetchError:
        """What went wrong, in words that hold nothing of the address or the headers."""
        if self._guard.refused:
            return FetchError(
                f"{self._guard.refused} is a private address", retryable=False,
                hint="set private = true if this source may ask inner addresses",
            )  # fmt: skip
        if self._guard.is_over:
            return self._late()
        if isinstance(error, requests.exceptions.SSLError):
            return FetchError("the server's certificate cannot be verified", retryable=False)
        if isinstance(error, _INVALID) or (
            isinstance(error, ValueError) and not isinstance(error, requests.RequestException)
        ):
            return FetchError("the address or a header is not valid", retryable=False)
        return FetchError(_reason(error))

    def _late(self) -> FetchError:
        return FetchError(f"not finished within {self._source.deadline}", late=True)

    def _headers(self, target: str, etag: str, last_modified: str) -> dict[str, str]:
        """What is sent to ``target``: credentials to those alone that they are meant for."""
        headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        is_trusted = self._is_trusted(target)
        for name, value in self._source.headers.items():
            if is_trusted or not is_credential(name, value):
                headers[name] = expand(value, f"headers.{name}")
        return headers

    def _is_trusted(self, target: str) -> bool:
        """Whether credentials may go there: the source's own origin, and those that it names."""
        own = "" if self._is_local else origin_of(expand(self._source.url, "url"))
        return origin_of(target) in {origin for origin in (own, *self._source.credentials_for) if origin}

    def _hop(self, target: str, response: requests.Response) -> str:
        """Where a redirect leads."""
        there = urljoin(target, response.headers.get("Location", ""))
        before, after = urlsplit(target), urlsplit(there)
        if after.scheme not in ("http", "https") or not after.hostname:
            raise FetchError(f"redirected to a {after.scheme or 'missing'} address", retryable=False)
        if before.scheme == "https" and after.scheme == "http":
            raise FetchError("redirected from https to http", retryable=False)
        return there

    def _answer(self, url: str, response: requests.Response, *, conditional: bool) -> Document | None:
        status = response.status_code
        if status == 304 and conditional:
            self._remember(response)
            return None
        if status != 200:
            raise FetchError(
                f"the server answered {status}", retryable=status in _RETRYABLE, retry_after=self._after(response)
            )
        body = self._body(response)
        self._remember(response)
        kind = email.message.Message()
        kind["Content-Type"] = response.headers.get("Content-Type", "")
        charset = kind.get_param("charset") or ""
        return Document(
            url=url, body=body, media_type=kind.get_content_type() if kind["Content-Type"] else "",
            charset=charset if isinstance(charset, str) else "",
        )  # fmt: skip

    def _remember(self, response: requests.Response) -> None:
        self.etag = response.headers.get("ETag", "")[:200]
        self.last_modified = response.headers.get("Last-Modified", "")[:100]

    def _body(self, response: requests.Response) -> bytes:
        """The body with its content coding taken off, never more than the cap on either side of it."""
        length = response.headers.get("Content-Length", "")
        if length.isdigit() and int(length) > self._left:
            raise FetchError(f"{length} bytes announced, at most {self._left} allowed", retryable=False)
        unpack = Unpacker(response.headers.get("Content-Encoding", ""), self._left)
        came = 0
        for chunk in response.raw.stream(_CHUNK, decode_content=False):
            came += len(chunk)
            self.received += len(chunk)
            if came > self._left:
                raise FetchError(f"more than {self._left} bytes", retryable=False)
            unpack.feed(chunk)
            if self._guard.is_over:
                raise self._late()
        # A connection that the deadline shut down reads like one that ended well.
        if self._guard.is_over:
            raise self._late()
        body = unpack.finish()
        self._left -= len(body)
        return body

    def _after(self, response: requests.Response) -> float | None:
        """Seconds that the server asks us to stay away (RFC 9110, 10.2.3)."""
        text = response.headers.get("Retry-After", "").strip()
        if text.isdigit():
            return float(min(int(text), 86_400))
        try:
            moment = as_utc(parsedate_to_datetime(text))
        except (ValueError, TypeError, IndexError):
            return None
        return min(86_400.0, max(0.0, (moment - self._clock.now()).total_seconds()))


def expand(text: str, key: str) -> str:
    """``text`` with each ``${NAME}`` from the environment. Raises PersonError that names the variable, not a value."""

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            raise PersonError(f"{key}: the environment variable {match[1]} is not set")
        return found

    return _VARIABLE.sub(value, text)


def _pause(attempt: int, error: FetchError) -> float:
    """Seconds before the next attempt: doubling from half a second, jittered, or what the server asks."""
    backoff = float(0.5 * 2**attempt * (0.5 + random.random()))
    return max(backoff, error.retry_after or 0.0)


def _reason(error: BaseException) -> str:
    """One sentence for a failed connection, from the innermost error that says something."""
    seen: BaseException | None = error
    found: BaseException = error
    for _ in range(8):
        if seen is None:
            break
        found = seen
        inner = seen.args[-1] if seen.args and isinstance(seen.args[-1], BaseException) else None
        seen = getattr(seen, "reason", None) if isinstance(getattr(seen, "reason", None), BaseException) else inner
    if isinstance(found, TimeoutError | urllib3.exceptions.TimeoutError):
        return "no answer in time"
    if isinstance(found, OSError) and found.strerror:
        return f"the connection failed: {found.strerror}"
    names = {"IncompleteRead": "the body ends too early", "ProtocolError": "the connection broke off"}
    return names.get(type(found).__name__, f"the connection failed: {type(found).__name__}")
