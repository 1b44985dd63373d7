"""The one seam through which the store touches the disk, so that a test can stop it at any step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO


class Disk:
    """Writes, syncs and renames. Every change that the store makes to its folder is one of these calls."""

    def create(self, path: Path) -> BinaryIO:
        """A new unbuffered file to write (an old one of that name is emptied)."""
        return path.open("wb", buffering=0)

    def write(self, file: BinaryIO, data: bytes | bytearray | memoryview) -> None:
        """All of ``data``, or OSError (a raw file may take a part and say so)."""
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]

    def sync(self, file: BinaryIO) -> None:
        """Return when the file's bytes are on the medium."""
        os.fsync(file.fileno())

    def rename(self, source: Path, target: Path) -> None:
        """Put ``source`` in the place of ``target`` in one step."""
        source.replace(target)

    def sync_folder(self, folder: Path) -> None:
        """Return when the folder's names are on the medium."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def remove(self, path: Path) -> None:
        """Remove a file; one that is gone already is no error."""
        path.unlink(missing_ok=True)

    def append(self, path: Path, data: bytes) -> None:
        """One line more at the end of a log, in one call."""
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, data)
        finally:
            os.close(handle)

    def replace_file(self, path: Path, data: bytes) -> None:
        """``data`` as the whole of ``path``: temporary file beside it, sync, rename."""
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        with self.create(temporary) as file:
            self.write(file, data)
            self.sync(file)
        self.rename(temporary, path)
        self.sync_folder(path.parent)
