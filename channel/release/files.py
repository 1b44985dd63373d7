"""The store's files, kind by kind: how each is told from a damaged one, and what becomes of it in a repair.

What cannot be read any more is set aside in ``damaged/``, never deleted: somebody may still mend its permissions. What
can be said again from other files is written anew. What only rendering brings back is the builder's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec

from channel.release import audit
from channel.release.asrun import sound_frames
from channel.release.heads import Heads
from channel.release.locks import locked
from channel.release.objects import sound
from channel.release.pack import PACK_MAGIC, Pack
from channel.release.prune import rewrite
from channel.release.retired import root_in
from channel.release.room import Room
from channel.release.tree import Root
from feeds.base.errors import NotFound, StoreError

ASIDE = "damaged"
"""The folder for what was set aside."""


@dataclass(frozen=True)
class Kind:
    """One kind of file. ``wrong`` says what is wrong with one, empty when nothing is; it may raise OSError or
    StoreError instead. ``mend`` leaves either a sound file or none."""

    name: str
    pattern: str
    wrong: Callable[[Room, Path], str]
    mend: Callable[[Room, Path], None]

    def damaged(self, room: Room) -> Iterator[tuple[Path, str]]:
        """Every file of this kind that is not sound, with what is wrong."""
        for path in sorted(room.folder.glob(self.pattern)):
            try:
                wrong = self.wrong(room, path)
            except (FileNotFoundError, NotFound):
                continue  # pruned meanwhile
            except OSError as error:
                wrong = f"unreadable ({error.strerror})"
            except StoreError:
                wrong = "damaged"
            if wrong:
                yield path, wrong


def mend(room: Room) -> bool:
    """Mend or set aside every file that is not sound; whether another release is on air or built after that."""
    with ExitStack() as alone:
        for name in ("sweep", "write", "publish"):
            alone.enter_context(locked(room.lock(name), wait=60.0))
        for kind in KINDS:
            for path, _ in list(kind.damaged(room)):
                kind.mend(room, path)
        room.objects.refresh()
        return _mend_heads(room)


def missing_heads(room: Room) -> list[str]:
    """What ``current`` names and nobody has; ``current`` itself where there are releases without it."""
    try:
        heads = room.records.heads()
    except StoreError:
        return ["current"] if not (room.folder / "current").exists() else []
    known = set(room.records.ids())
    return [f"releases/{ident}" for ident in dict.fromkeys((heads.air, heads.built)) if ident and ident not in known]


def _mend_heads(room: Room) -> bool:
    heads = room.heads()
    air, built = _root(room, heads.air), _root(room, heads.built)
    fresh = msgspec.structs.replace(heads, air=air.id, built=built.id) if air.id else Heads(seq=heads.seq)
    noted = (room.folder / "current").exists() and room.records.heads()
    if fresh == noted or fresh == Heads():
        return False
    room.records.write_heads(fresh)
    room.note("repair", fresh)
    return True


def _root(room: Room, ident: str) -> Root:
    try:
        return room.root(ident)
    except StoreError:
        return room.root("")


def _set_aside(room: Room, path: Path) -> None:
    aside = room.folder / ASIDE
    aside.mkdir(exist_ok=True)
    number = 1
    while (target := aside / f"{path.name}.{number}").exists():
        number += 1
    room.disk.rename(path, target)


def _keep(whole: Callable[[bytes], list[bytes]]) -> Callable[[Room, Path], None]:
    """Mends a file of many pieces: those that are ``whole`` stay."""

    def keep(room: Room, path: Path) -> None:
        pieces = whole(path.read_bytes()) if path.is_file() else []
        _set_aside(room, path)
        if pieces:
            room.disk.replace_file(path, b"".join(pieces))

    return keep


def _pieces(whole: Callable[[bytes], list[bytes]]) -> Callable[[Room, Path], str]:
    def wrong(room: Room, path: Path) -> str:
        data = path.read_bytes()
        lost = len(data) - sum(map(len, whole(data)))
        return f"damaged ({lost} of {len(data)} bytes)" if lost or not data else ""

    return wrong


def _pack_is_wrong(room: Room, path: Path) -> str:
    with path.open("rb") as file:
        if file.read(len(PACK_MAGIC)) != PACK_MAGIC:
            return "damaged"
    pack = Pack(path.parent, path.stem)
    lost = sum(1 for _, key, data in pack.objects() if data is None or not sound(key, data))
    return f"damaged ({lost} of {pack.count} objects)" if lost or not pack.count else ""


def _mend_pack(room: Room, path: Path) -> None:
    """What is sound in it goes into another; what is not would only be taken for what is there."""
    packs = [pack for pack in room.objects.packs if pack.name == path.stem]
    if packs:
        rewrite(room, packs)
    else:
        _set_aside(room, path)


def _index_is_wrong(room: Room, path: Path) -> str:
    index = path.with_suffix(".idx")
    return "" if Pack(path.parent, path.stem).indexed else "damaged" if index.exists() else "missing"


def _mend_index(room: Room, path: Path) -> None:
    index = path.with_suffix(".idx")
    if index.exists():
        _set_aside(room, index)
    room.disk.replace_file(index, Pack(path.parent, path.stem).index())


def _record_is_wrong(room: Room, path: Path) -> str:
    room.records.read(path.name)
    return ""


def _retired_is_wrong(room: Room, path: Path) -> str:
    root_in(path)
    return ""


def _current_is_wrong(room: Room, path: Path) -> str:
    path.read_bytes()
    room.records.heads()
    return ""


KINDS = (
    Kind("pack", "packs/*.pack", _pack_is_wrong, _mend_pack),
    Kind("index", "packs/*.pack", _index_is_wrong, _mend_index),
    Kind("release", "releases/r*", _record_is_wrong, _set_aside),
    Kind("retired", "retired/[0-9]*", _retired_is_wrong, _set_aside),
    Kind("as-run", "asrun/*.log", _pieces(sound_frames), _keep(sound_frames)),
    Kind("audit", audit.NAME, _pieces(audit.sound_lines), _keep(audit.sound_lines)),
    Kind("current", "current", _current_is_wrong, _set_aside),
)
"""In the order in which they are mended: what is on air is found again from all others."""
NOTES = ("index", "retired", "as-run", "audit")
"""Kinds without which every page can still be served."""
