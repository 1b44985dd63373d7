"""Walking the trees of releases, every map once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

from channel.release.artefact import Sheet, decode_sheet
from channel.release.objects import MAP
from channel.release.room import Room
from channel.release.tree import LAYERS, Layer, Root
from feeds.base.errors import StoreError

T = TypeVar("T")
_decode_index = msgspec.msgpack.Decoder(dict[str, bytes]).decode


class TreePlace(msgspec.Struct, frozen=True):
    """Where something stands in the tree; what lies above a group has an empty ``group``, and so on."""

    release: str
    layer: Layer
    profile: str
    scope: str = ""
    group: str = ""
    key: bytes = b""


Trouble = Callable[[TreePlace, bytes, StoreError], None]
"""Is told of a map that cannot be read: where, its key, and what is wrong."""


def ignore(place: TreePlace, key: bytes, error: StoreError) -> None:
    """A damaged map is somebody else's business."""


def walk(
    room: Room, roots: Iterable[Root], seen: set[bytes] | None = None, trouble: Trouble = ignore
) -> Iterator[tuple[TreePlace, Sheet]]:
    """Every sheet of ``roots`` whose key is not in ``seen``; all maps walked through are added to ``seen``.

    Maps are not kept in memory. What a damaged map would have led to is left out.
    """
    seen = set() if seen is None else seen

    def load(place: TreePlace, key: bytes, decode: Callable[[bytes], T]) -> T | None:
        if key in seen:
            return None
        seen.add(key)
        try:
            return decode(room.objects.get(MAP, key))
        except StoreError as error:
            trouble(place, key, error)
            return None

    for root in roots:
        for layer in LAYERS:
            for profile, index_key in root.layer(layer).items():
                top = TreePlace(root.id, layer, profile)
                for scope, scope_key in (load(top, bytes.fromhex(index_key), _decode_index) or {}).items():
                    middle = TreePlace(root.id, layer, profile, scope)
                    for group, key in (load(middle, scope_key, _decode_index) or {}).items():
                        place = TreePlace(root.id, layer, profile, scope, group, key)
                        sheet = load(place, key, decode_sheet)
                        if sheet is not None:
                            yield place, sheet


def loose_maps(root: Root) -> list[bytes]:
    """Maps that hang on the root itself: the alert answers, what was taken down, the declarations."""
    return [bytes.fromhex(key) for key in (root.answers, root.denied, root.declared) if key]
