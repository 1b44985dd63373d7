"""Making a pack quickly: what a release shares with the one before is copied, compressed as it is, not packed again.

A pack is a row of zstd frames (RFC 8878, clause 3.1: frames may follow each other), one for the files that one page of
one profile brings, in a fixed order, and one for the rest. A frame depends on its own files alone, so the same release
gives the same pack whether anything was copied or not. What is known of the newest pack is kept beside it in an index;
without an index, or with a damaged one, everything is read from the store again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, BinaryIO, Protocol

import msgspec

from broadcaster.bundle import pack_format
from broadcaster.bundle.zstd_frames import Frame, Out, check_of, write_members
from channel.release.artefact import Artefact
from channel.release.reading import Release
from channel.release.tree import group_of
from feeds.base.errors import StoreError

_ENDINGS = ("html", "json", "png")

Row = tuple[str, str, bytes]
"""Estate, group and the key of its sheet."""
Held = dict[str, bytes]
"""Bytes by their hash."""


class Bodies(Protocol):
    """What is asked of the store: ``channel.release.Store``."""

    def body(self, artefact: Artefact) -> bytes:
        """The bytes that a client ends up with, not compressed."""
        ...

    def asset(self, name: str) -> Artefact | None:
        """The descriptor of ``/assets/{name}``."""
        ...


class Part(msgspec.Struct, frozen=True, array_like=True):
    """What one page of one profile brings: estate -> name -> file, and asset -> file."""

    estates: dict[str, dict[str, str]]
    assets: dict[str, str]

    def files(self) -> Iterator[str]:
        """Its files; one estate's page stands beside the next one's, so that the window sees what they share."""
        rows = ((name, estate, file) for estate, own in self.estates.items() for name, file in own.items())
        for _, _, file in sorted(rows):
            yield file
        for _, file in sorted(self.assets.items()):
            yield file


class Index(msgspec.Struct):
    """What is known of one pack: parts by the hash of what they were made from, frames by the hash of their files."""

    pack: str = ""
    parts: dict[str, Part] = {}
    frames: dict[str, Frame] = {}

    @classmethod
    def load(cls, path: Path) -> Index:
        """The index in that file; an empty one when there is none that can be read."""
        with suppress(OSError, msgspec.MsgspecError):
            return msgspec.json.decode(path.read_bytes(), type=cls)
        return cls()


def write_pack(
    store: Bodies, release: Release, out: BinaryIO, first: str, before: Index, old: BinaryIO | None
) -> tuple[str, Index]:
    """Write the pack of ``release``; gives its SHA-256 and its index, whose ``pack`` is still to be named.

    ``before`` and ``old`` are the index and the file of an earlier pack. Raises StoreError.
    """
    return _Packer(store, release, Out(out), before, old).run(first)


def write_tar(store: Bodies, release: Release, out: IO[bytes], first: str = "") -> None:
    """Write what is in the pack of ``release`` without compressing it, for whoever unpacks it at once."""
    _Packer(store, release, Out(out, plain=True), Index(), None).run(first)


class _Packer:
    def __init__(self, store: Bodies, release: Release, out: Out, before: Index, old: BinaryIO | None) -> None:
        self._store = store
        self._release = release
        self._out = out
        self._before = before
        self._old = old
        self._index = Index(parts={}, frames={})
        self._packed: set[str] = set()

    def run(self, first: str) -> tuple[str, Index]:
        release, tree, rest = self._release, pack_format.Tree(self._release.id), _Rest()
        for profile in release.profiles:
            branch = tree.profiles[profile] = pack_format.ProfileTree()
            branch.estates = {name: {} for name in release.estates(profile) if name != pack_format.DISTRICT}
            for page, rows in sorted(self._pages(profile).items()):
                part = self._part(profile, page, rows)
                _place(branch, part)
                tree.shared.update({f"assets/{name}": file for name, file in part.assets.items()})
            _overrides(branch)
            self._alerts(branch, rest)
        tree.shared["index.html"] = rest.add(_home(release, first))
        with self._out.frame() as stream:
            write_members(stream, {file: data for file, data in rest.held.items() if file not in self._packed})
            body = tree.encode()
            stream.write(pack_format.member("tree.json", len(body)) + body + pack_format.padding(len(body)))
            stream.write(pack_format.END)
        return self._out.sha.hexdigest(), self._index

    def _pages(self, profile: str) -> dict[str, list[Row]]:
        """What each page has of its own in each estate; an alert of the district goes before an estate's own page."""
        release, pages = self._release, dict[str, list[Row]]()
        district = set(release.groups("alerts", profile, pack_format.DISTRICT))
        for estate in sorted({pack_format.DISTRICT, *release.estates(profile)}):
            own = release.answering(profile, estate)
            taken = district - release.groups("alerts", profile, estate).keys()
            for group, key in sorted(own.items()):
                if estate == pack_format.DISTRICT or group not in taken:
                    pages.setdefault(group.removeprefix(f"{pack_format.ITEMS}/"), []).append((estate, group, key))
        return pages

    def _part(self, profile: str, page: str, rows: list[Row]) -> Part:
        """The page's part, its frame written: from the pack before where it has them."""
        digest = _digest(self._release.root.denied.encode(), *(part for row in rows for part in _bytes(row)))
        part, held = self._before.parts.get(digest), None
        if part is None:
            part, held = self._read(profile, page, rows)
        self._index.parts[digest] = part
        files = [file for file in dict.fromkeys(part.files()) if file not in self._packed]
        self._packed.update(files)
        if not files:
            return part
        name = _digest("".join(files).encode())
        frame = self._copied(self._before.frames.get(name))
        if frame is None:
            held = held if held is not None else self._read(profile, page, rows)[1]
            with self._out.frame() as stream:
                write_members(stream, {file: held[file] for file in files})
            frame = self._out.last
        self._index.frames[name] = frame
        return part

    def _read(self, profile: str, page: str, rows: list[Row]) -> tuple[Part, Held]:
        held: Held = {}
        part = Part({}, {})
        assets: set[str] = set()
        for estate in dict.fromkeys(estate for estate, _, _ in rows):
            own = part.estates[estate] = {}
            for name, artefact in self._documents(profile, estate, page):
                assets.update(artefact.assets)
                own[name] = self._hold(self._target(artefact), held)
        for name in sorted(assets):
            found = self._store.asset(name)
            if found is not None:
                part.assets[name] = self._hold(found, held)
        return part, held

    def _documents(self, profile: str, estate: str, page: str) -> Iterator[tuple[str, Artefact]]:
        """The artefacts of one page in one estate: of a district's page the items too."""
        if estate == pack_format.DISTRICT:
            for name, artefact in self._district(profile).get(page, ()):
                yield name, artefact
            return
        for ending in _ENDINGS:
            screen = 1
            while True:
                name = f"{page}.{ending}" if screen == 1 else f"{page}-{screen}.{ending}"
                found = self._release.entry(profile, estate, name)
                if found is None:
                    break
                yield name, found
                screen += 1

    def _district(self, profile: str) -> dict[str, list[tuple[str, Artefact]]]:
        """Page -> documents and items of the district, read once a profile."""
        if self._read_district[0] != profile:
            pages: dict[str, list[tuple[str, Artefact]]] = {}
            for name, artefact in self._release.paths(profile, pack_format.DISTRICT, own=True):
                group = group_of(name)
                if group:
                    pages.setdefault(group.removeprefix(f"{pack_format.ITEMS}/"), []).append((name, artefact))
            self._read_district = profile, pages
        return self._read_district[1]

    _read_district: tuple[str, dict[str, list[tuple[str, Artefact]]]] = ("", {})

    def _target(self, artefact: Artefact) -> Artefact:
        """What a redirect leads to: a plain server has none, so the path is a further name of the picture."""
        if not artefact.location:
            return artefact
        found = self._store.asset(artefact.location.rpartition("/")[2])
        if found is None:
            raise StoreError(f"release: {artefact.location} leads nowhere")
        return found

    def _hold(self, artefact: Artefact, held: Held) -> str:
        body = self._store.body(artefact)
        file = pack_format.content_hash(body)
        held[file] = body
        return file

    def _copied(self, frame: Frame | None) -> Frame | None:
        if frame is None or self._old is None:
            return None
        self._old.seek(frame.offset)
        data = self._old.read(frame.length)
        if check_of(data) != frame.check:
            return None
        offset = self._out.offset
        self._out.write(data)
        return Frame(offset, frame.length, frame.check)

    def _alerts(self, branch: pack_format.ProfileTree, rest: _Rest) -> None:
        common = branch.district["alert.json"] = rest.add(self._release.alert(pack_format.DISTRICT))
        for estate, own in branch.estates.items():
            file = rest.add(self._release.alert(estate))
            if file != common:
                own["alert.json"] = file


class _Rest:
    """Files that are made anew each time: few and small."""

    def __init__(self) -> None:
        self.held: Held = {}

    def add(self, data: bytes) -> str:
        file = pack_format.content_hash(data)
        self.held[file] = data
        return file


def _place(branch: pack_format.ProfileTree, part: Part) -> None:
    for estate, names in part.estates.items():
        if estate != pack_format.DISTRICT:
            branch.estates[estate].update(names)
            continue
        for name, file in names.items():
            if name.startswith(f"{pack_format.ITEMS}/"):
                branch.items[name.removeprefix(f"{pack_format.ITEMS}/")] = file
            else:
                branch.district[name] = file


def _overrides(branch: pack_format.ProfileTree) -> None:
    """Take from each estate the district's further screens of pages that the estate has of its own."""
    groups: dict[str | None, list[str]] = {}
    for name in branch.district:
        groups.setdefault(group_of(name), []).append(name)
    for own in branch.estates.values():
        for group in {group_of(name) for name in own}:
            for name in groups.get(group, ()):
                own.setdefault(name, None)


def _bytes(row: Row) -> Iterable[bytes]:
    return row[0].encode(), row[1].encode(), row[2]


def _digest(*parts: bytes) -> str:
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        state.update(len(part).to_bytes(4, "big") + part)
    return state.hexdigest()


def _home(release: Release, first: str) -> bytes:
    """The page of the tree's root: a web server that knows no boxes sends everyone to one profile's home page."""
    profiles = sorted(release.profiles, key=lambda name: name != first)
    links = "".join(f'<p><a href="{name}/district/100.html">{name}</a></p>\n' for name in profiles)
    go = f'<meta http-equiv="refresh" content="0; url={profiles[0]}/district/100.html">\n' if profiles else ""
    return (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n'
        '<html lang="zh-CN"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n'
        f"{go}<title>100</title></head><body>\n{links}</body></html>\n"
    ).encode()
