"""Bundles: each release as a repository of The Update Framework that an operator pulls.

::

    state/bundles/metadata/1.root.json, N.targets.json, N.snapshot.json, timestamp.json
    state/bundles/targets/{sha256}.release-{id}.tar.zst    the pack of a release (broadcaster.packs)
    state/bundles/targets/{sha256}.channel.json            names the newest release and its pack

The signed part is ``broadcaster.repository``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

import zstandard

from broadcaster import packs
from broadcaster.repository import Repository, pack_name
from channel.release.artefact import Artefact
from channel.release.reading import Release
from channel.release.tree import group_of
from feeds.base.clock import Clock
from feeds.base.errors import BusyError, StoreError

LEVEL = 3
"""Of zstd: higher levels save a few per cent and take several times as long."""


class Bodies(Protocol):
    """What is asked of the store: ``channel.release.Store``."""

    def body(self, artefact: Artefact) -> bytes:
        """The bytes that a client ends up with, not compressed."""
        ...

    def asset(self, name: str) -> Artefact | None:
        """The descriptor of ``/assets/{name}``."""
        ...


def folder(state: Path) -> Path:
    """Where bundles are; what ``/bundles/`` serves."""
    return state / "bundles"


def publish(store: Bodies, release: Release, state: Path, clock: Clock, *, keep: int = 5, first: str = "") -> Path:
    """Publish ``release`` as the newest bundle; gives the path of its pack.

    A release that is the newest already only has its timestamp signed anew when that is due, so this may be called as
    often as one likes; whoever is behind calls it with the release now on air and leaves out those between. ``keep``
    packs stay; ``first`` is the profile that ``index.html`` leads to. Raises BusyError when another process publishes,
    StoreError, PersonError or TrustError when the keys are not in order.
    """
    home = folder(state)
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        repository = Repository(home, state, clock)
        known = repository.pack(release.id)
        if known and repository.newest == release.id:
            repository.resign()
            return known
        path = known or _pack(store, release, repository.targets, first)
        repository.publish(release.id, path, keep)
        return path


def _pack(store: Bodies, release: Release, target: Path, first: str) -> Path:
    """Write the release's pack, durably, under its hash; gives its path."""
    draft = target / f".{release.id}.{os.getpid()}.new"
    try:
        with draft.open("w+b") as file:
            compressor = zstandard.ZstdCompressor(
                compression_params=zstandard.ZstdCompressionParameters.from_level(LEVEL, window_log=packs.WINDOW_LOG)
            )
            with compressor.stream_writer(file, closefd=False) as stream:
                _write(store, release, stream, first)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            name = hashlib.file_digest(file, "sha256").hexdigest()
        path = target / f"{name}.{pack_name(release.id)}"
        draft.replace(path)
        return path
    finally:
        draft.unlink(missing_ok=True)


def _write(store: Bodies, release: Release, stream: IO[bytes], first: str) -> None:
    tree = packs.Tree(release.id)
    writer = _Writer(stream)
    tree.shared["index.html"] = writer.add(_index(release, first))
    assets: set[str] = set()
    for profile in release.profiles:
        branch = tree.profiles[profile] = packs.ProfileTree()
        # By name first, so that one estate's page stands beside the next one's and the window sees what they share.
        for name, estate, artefact in sorted(_addresses(release, profile), key=lambda row: row[:2]):
            assets.update(artefact.assets)
            file = _file(store, writer, artefact, assets)
            if estate != packs.DISTRICT:
                branch.estates.setdefault(estate, {})[name] = file
            elif name.startswith(f"{packs.ITEMS}/"):
                branch.items[name.removeprefix(f"{packs.ITEMS}/")] = file
            else:
                branch.district[name] = file
        _overrides(release, profile, branch)
        _alerts(release, profile, branch, writer)
    for name in sorted(assets):
        found = store.asset(name)
        if found is not None:
            tree.shared[f"assets/{name}"] = writer.add_artefact(store, found)
    writer.end(tree.encode())


def _addresses(release: Release, profile: str) -> Iterator[tuple[str, str, Artefact]]:
    """(name, estate, artefact) of what each estate does not share with the district."""
    district = set(release.groups("alerts", profile, packs.DISTRICT))
    for estate in {packs.DISTRICT, *release.estates(profile)}:
        # An alert page of the whole district goes before an estate's own page of that number.
        hidden = district.difference(release.groups("alerts", profile, estate))
        for name, artefact in release.paths(profile, estate, own=True):
            if not hidden or group_of(name) not in hidden:
                yield name, estate, artefact


def _overrides(release: Release, profile: str, branch: packs.ProfileTree) -> None:
    """Take from each estate the district's further screens of pages that the estate has of its own."""
    groups: dict[str | None, list[str]] = {}
    for name in branch.district:
        groups.setdefault(group_of(name), []).append(name)
    for estate in release.estates(profile):
        if estate == packs.DISTRICT:
            continue
        own = branch.estates.setdefault(estate, {})
        for group in {group_of(name) for name in own}:
            for name in groups.get(group, ()):
                own.setdefault(name, None)


def _alerts(release: Release, profile: str, branch: packs.ProfileTree, writer: _Writer) -> None:
    branch.district["alert.json"] = common = writer.add(release.alert(packs.DISTRICT))
    for estate, own in branch.estates.items():
        file = writer.add(release.alert(estate))
        if file != common:
            own["alert.json"] = file


def _file(store: Bodies, writer: _Writer, artefact: Artefact, assets: set[str]) -> str:
    """The file of an artefact; a redirect to an asset is the asset's file."""
    if not artefact.location:
        return writer.add_artefact(store, artefact)
    name = artefact.location.rpartition("/")[2]
    found = store.asset(name)
    if found is None:
        raise StoreError(f"release: {artefact.location} leads nowhere")
    assets.add(name)
    return writer.add_artefact(store, found)


class _Writer:
    """Puts distinct files into the tar, each once."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._known: dict[tuple[str, tuple[bytes, ...]], str] = {}
        self._files: set[str] = set()

    def add_artefact(self, store: Bodies, artefact: Artefact) -> str:
        key = artefact.encoding, artefact.parts
        file = self._known.get(key)
        if file is None:
            file = self._known[key] = self.add(store.body(artefact))
        return file

    def add(self, data: bytes) -> str:
        """The name of a file with these bytes."""
        file = packs.content_hash(data)
        if file not in self._files:
            self._files.add(file)
            self._member(f"files/{file}", data)
        return file

    def end(self, tree: bytes) -> None:
        self._member("tree.json", tree)
        self._stream.write(packs.END)

    def _member(self, name: str, data: bytes) -> None:
        self._stream.write(packs.member(name, len(data)) + data + packs.padding(len(data)))


def _index(release: Release, first: str) -> bytes:
    """The page of the tree's root: a web server that knows no boxes sends everyone to one profile's home page."""
    profiles = sorted(release.profiles, key=lambda name: name != first)
    links = "".join(f'<p><a href="{name}/district/100.html">{name}</a></p>\n' for name in profiles)
    go = f'<meta http-equiv="refresh" content="0; url={profiles[0]}/district/100.html">\n' if profiles else ""
    return (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n'
        '<html lang="zh-CN"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n'
        f"{go}<title>100</title></head><body>\n{links}</body></html>\n"
    ).encode()


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError(f"{home}: another process publishes bundles") from None
        yield
