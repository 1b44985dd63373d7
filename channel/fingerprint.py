"""Two fingerprints: of all code and data, besides a page's inputs, that its bytes depend on, and of what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import metadata, resources
from pathlib import Path

from channel.keys import framed
from channel.screen import fonts

_PACKAGES = ("feeds", "channel", "channel.layouts", "channel.fonts")
"""The last two are mapped: in a checkout they lie beside ``channel``, not in it."""
_SAYING = (
    "feeds/", "channel/views/", "channel/words/", "channel/asking.py", "channel/estates.py", "channel/lineup.py",
    "channel/folder.py", "channel/memory.py", "channel/offered.py", "channel/overlay.py", "channel/settings.py",
    "channel/simulated.py", "channel/build/saying.py", "channel/build/ledger.py",
)  # fmt: skip
"""What a page's words depend on: views and all that they stand on."""
_LIBRARIES = ("icalendar", "jinja2", "markupsafe", "msgspec", "numpy", "pillow", "resvg-py", "segno", "zlib-ng")


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


@cache
def voice() -> str:
    """The hash of the files that say what the pages say; 32 hexadecimal digits. It differs, and every page is asked
    again; where ``engine`` alone differs, they only look otherwise."""
    state = hashlib.blake2b(digest_size=16)
    for name, path in covered():
        if name.startswith(_SAYING):
            state.update(framed((name.encode(), path.read_bytes())))
    return state.hexdigest()
