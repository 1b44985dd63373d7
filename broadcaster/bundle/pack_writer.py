"""Making a pack: everything of a selection painted, what was painted for the pack before taken over.

A pack is a row of zstd frames (RFC 8878, clause 3.1: frames may follow each other), one for the files that one page of
one family brings, in a fixed order, and one for the rest. A frame depends on its own files alone, so the same release
gives the same pack whether anything was taken over or not. A thing is known by its key: the hash of all that it is
painted from.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO, Protocol

from broadcaster.bundle import pack_format
from broadcaster.bundle.earlier import Held, Index
from broadcaster.bundle.selection import Selection
from broadcaster.bundle.zstd_frames import Frame, Out, write_members
from channel.batch.jobs import Result, Row, Want
from channel.estates import DISTRICT
from channel.release.reading import Release
from channel.release.tree import unit_of
from feeds.base.errors import StoreError

Paint = Callable[[Iterable[tuple[str, Sequence[Want]]]], Iterator[tuple[str, Result]]]
"""Paints what is wanted of each page: ``channel.batch.painting.BatchPainter.paint``."""
Progress = Callable[[int, int], None]
"""Is told how many things are done, of how many."""


class Earlier(Protocol):
    """What is known of an earlier pack or tree."""

    index: Index

    def row(self, key: bytes) -> Row | None: ...
    def frame(self, name: str) -> tuple[Frame, bytes] | None: ...
    def bytes_of(self, files: list[str], /) -> Held: ...


def write_pack(
    release: Release,
    selection: Selection,
    paint: Paint,
    out: IO[bytes],
    earlier: Earlier,
    *,
    plain: bool = False,
    progress: Progress | None = None,
) -> tuple[str, Index]:
    """Write the pack of what ``selection`` has of ``release``; gives its SHA-256 and its index, whose ``pack`` is still
    to be named. With ``plain`` it is not compressed, for whoever unpacks it at once. Raises StoreError."""
    return _Packer(release, selection, paint, Out(out, plain=plain), earlier, progress).run()


class _Page:
    """A page on its way: its rows, the bytes of what was painted of it, how many are still to come."""

    def __init__(self, wants: Sequence[Want], rows: dict[bytes, Row], coming: int) -> None:
        self.wants, self.rows, self.coming = wants, rows, coming
        self.held: Held = {}


class _Packer:
    def __init__(
        self,
        release: Release,
        selection: Selection,
        paint: Paint,
        out: Out,
        earlier: Earlier,
        progress: Progress | None,
    ) -> None:
        self._release, self._selection, self._paint = release, selection, paint
        self._out, self._earlier, self._progress = out, earlier, progress
        self._tree = pack_format.Tree(release.id)
        self._index = Index(rows={}, frames={}, files={})
        self._there: set[str] = set()
        self._pages: dict[str, _Page] = {}
        self._done, self._all = 0, 0

    def run(self) -> tuple[str, Index]:
        release, selection, tree, rest = self._release, self._selection, self._tree, _Rest()
        for profile in selection.profiles:
            branch = tree.profiles[profile] = pack_format.ProfileTree()
            branch.estates = {name: {} for name in sorted((*selection.estates, *selection.others))}
        numbers = [*release.pages, ""]
        if self._progress:
            scripts = len(selection.scripts(release))
            self._all = sum(selection.count(release, page) for page in release.pages) + scripts
        ahead = iter(numbers)
        waiting = next(ahead, None)
        for number, result in self._paint(self._wanted(numbers)):
            page = self._pages[number]
            page.rows.update(result.rows)
            page.held.update(result.files)
            page.coming -= len(result.rows)
            self._step(len(result.rows))
            # In their order, whatever came first: the same release gives the same pack.
            while waiting is not None and waiting in self._pages and self._pages[waiting].coming <= 0:
                self._write(waiting, self._pages.pop(waiting))
                waiting = next(ahead, None)
        while waiting is not None:
            self._write(waiting, self._pages.pop(waiting))
            waiting = next(ahead, None)
        for branch in tree.profiles.values():
            _overrides(branch)
            self._alerts(branch, rest)
        tree.shared["index.html"] = rest.add(_home(list(selection.profiles)))
        with self._out.frame() as stream:
            write_members(stream, {file: data for file, data in rest.held.items() if file not in self._there})
            body = tree.encode()
            for part in (pack_format.member("tree.json", len(body)), body, pack_format.padding(len(body))):
                stream.write(part)
            stream.write(pack_format.END)
        return self._out.sha.hexdigest(), self._index

    def _wanted(self, numbers: Sequence[str]) -> Iterator[tuple[str, Sequence[Want]]]:
        """What has to be painted of each page; asked page by page, as painters have room."""
        for number in numbers:
            wants = self._wants(number)
            rows = {want.key: row for want in wants if (row := self._earlier.row(want.key)) is not None}
            fresh = list({want.key: want for want in wants if want.key not in rows}.values())
            self._step(len(wants) - len(fresh))
            self._pages[number] = _Page(wants, rows, len(fresh))
            if fresh:
                yield number, fresh

    def _wants(self, number: str) -> Sequence[Want]:
        selection, release = self._selection, self._release
        return tuple(selection.wants(release, number)) if number else selection.scripts(release)

    def _step(self, count: int) -> None:
        self._done += count
        if self._progress:
            self._progress(min(self._done, self._all), self._all)

    def _write(self, number: str, page: _Page) -> None:
        """A page's frames, one a family, and its places in the tree."""
        wants: dict[str, list[Want]] = defaultdict(list)
        for want in page.wants:
            wants[want.profile].append(want)
        for profile, mine in sorted(wants.items()):
            self._frame(number, page, mine)
            branch = self._tree.profiles[profile]
            for want in mine:
                row = page.rows[want.key]
                if row.lasting:
                    self._index.keep(want.key, row, self._earlier.index)
                self._tree.shared.update({f"assets/{name}": file for name, file in row.assets.items()})
                _place(branch, want.estate or DISTRICT, row.names)

    def _frame(self, number: str, page: _Page, wants: Sequence[Want]) -> None:
        """The frame of what a page brings for one family: copied where the pack before has the same."""
        files = [file for file in _ordered(page.rows[want.key] for want in wants) if file not in self._there]
        if not files:
            return
        name = _digest("".join(files).encode())
        known = self._earlier.frame(name)
        if known is not None:
            offset = self._out.offset
            self._out.write(known[1])
            frame = Frame(offset, known[0].length, known[0].check)
        else:
            with self._out.frame() as stream:
                write_members(stream, self._bytes_of(number, page, files, wants))
            frame = self._out.last
        self._index.frames[name] = frame
        self._index.files[name] = files
        self._there.update(files)

    def _bytes_of(self, number: str, page: _Page, files: list[str], wants: Sequence[Want]) -> Held:
        """The bytes of ``files``: what was painted now, what the pack before has, and what has to be painted all the
        same because its bytes are lost."""
        held = page.held | self._earlier.bytes_of([file for file in files if file not in page.held])
        missing = {file for file in files if file not in held}
        if missing:
            lost = [want for want in wants if not missing.isdisjoint(_files_of(page.rows[want.key]))]
            for _, result in self._paint([(number, lost)]):
                held.update(result.files)
        still = [file for file in files if file not in held]
        if still:
            raise StoreError(f"page {number}: what was painted before cannot be painted again", hint="see the log")
        return {file: held[file] for file in files}

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


def _ordered(rows: Iterable[Row]) -> dict[str, None]:
    """The files of rows, each once; documents of one name stand beside each other, and the window sees what they
    share."""
    found = list(rows)
    named = sorted((name, number, file) for number, row in enumerate(found) for name, file in row.names.items())
    pictures = sorted((name, file) for row in found for name, file in row.assets.items())
    return dict.fromkeys([*(file for _, _, file in named), *(file for _, file in pictures)])


def _files_of(row: Row) -> set[str]:
    return {*row.names.values(), *row.assets.values()}


def _place(branch: pack_format.ProfileTree, estate: str, names: Mapping[str, str]) -> None:
    for name, file in names.items():
        if name.startswith(f"{pack_format.ITEMS}/"):
            branch.items[name.removeprefix(f"{pack_format.ITEMS}/")] = file
        elif estate == DISTRICT:
            branch.district[name] = file
        else:
            branch.estates[estate][name] = file


def _overrides(branch: pack_format.ProfileTree) -> None:
    """Leave out of each estate what it shares with the district, and take from it the district's further screens of
    pages that the estate has of its own."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in branch.district:
        groups[_page_of(name)].append(name)
    for own in branch.estates.values():
        for page in {_page_of(name) for name in own}:
            for name in groups.get(page, ()):
                own.setdefault(name, None)
        for name in [name for name, file in own.items() if file and branch.district.get(name) == file]:
            del own[name]


def _page_of(name: str) -> str:
    unit = unit_of(name)
    return unit.page if unit else name


def _digest(*parts: bytes) -> str:
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        state.update(len(part).to_bytes(4, "big") + part)
    return state.hexdigest()


def _home(profiles: Sequence[str]) -> bytes:
    """The page of the tree's root: a web server that knows no boxes sends everyone to one profile's home page."""
    links = "".join(f'<p><a href="{name}/district/100.html">{name}</a></p>\n' for name in profiles)
    go = f'<meta http-equiv="refresh" content="0; url={profiles[0]}/district/100.html">\n' if profiles else ""
    return (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n'
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n'
        f"{go}<title>100</title></head><body>\n{links}</body></html>\n"
    ).encode()
