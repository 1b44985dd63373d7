"""What declares a channel, as one archive: a release carries it, so that whoever paints needs no folder of ours."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import zstandard

from channel.folder import Channel

_FILES = ("channel.toml", "sources.toml", "lineup.toml", "estates.csv")


def pack_folder(channel: Channel) -> bytes:
    """The files that declare a channel, with what editors change in them: what ``Channel.digest`` covers, and its own
    profiles."""
    folder = channel.folder
    paths = [folder / name for name in _FILES] + sorted((folder / "profiles").glob("*.toml"))
    if channel.layouts:
        paths += sorted(path for path in channel.layouts.rglob("*") if path.is_file())
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path in paths:
            info = tarfile.TarInfo(path.relative_to(folder).as_posix())
            text = channel.overlaid.get(path.name) if path.parent == folder else None
            data = path.read_bytes() if text is None else text.encode()
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return zstandard.ZstdCompressor(level=3).compress(out.getvalue())


def unpack_folder(data: bytes, folder: Path) -> None:
    """Lay out in ``folder`` what ``pack_folder`` packed."""
    with tarfile.open(fileobj=io.BytesIO(zstandard.ZstdDecompressor().decompress(data))) as archive:
        archive.extractall(folder, filter="data")
