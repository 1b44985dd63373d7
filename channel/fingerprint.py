"""The fingerprint of the engine: a name for all code and data, besides a page's inputs, that its bytes depend on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata, resources
from pathlib import Path

from channel.screen import fonts

_PACKAGES = ("feeds", "channel", "channel.layouts", "channel.fonts")
"""The last two are mapped: in a checkout they lie beside ``channel``, not in it."""
_LIBRARIES = ("jinja2", "markupsafe", "msgspec", "numpy", "pillow", "resvg-py", "zlib-ng")


def covered() -> Iterator[tuple[str, Path]]:
    """Every file of code and data that counts, with its name within its package: in the same order everywhere."""
    for package in _PACKAGES:
        root = Path(str(resources.files(package)))
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{package}/{path.relative_to(root).as_posix()}", path


@cache
def engine() -> str:
    """The hash of ``covered`` files and of the libraries that draw, press and write; 32 hexadecimal digits.

    Read once a process: code that changes under a running process is not what runs.
    """
    state = hashlib.blake2b(digest_size=16)
    versions = [f"{name} {metadata.version(name)}" for name in _LIBRARIES]
    state.update(framed(text.encode() for text in (fonts.engine_versions(), *versions)))
    for name, path in covered():
        state.update(framed((name.encode(), path.read_bytes())))
    return state.hexdigest()


def framed(parts: Iterable[bytes]) -> bytes:
    """The parts with their lengths before them, so that no two rows of parts give the same bytes."""
    return b"".join(b"%d:%b" % (len(part), part) for part in parts)
