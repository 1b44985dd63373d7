"""Datasets: indexed data in a file of its own, beside the archive.

A file is a head (magic, the format's name, a table of arrays) and the arrays, each aligned to 64 bytes, so that opening
it maps it and reads nothing. Files are named by their content and never changed.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from feeds.base.errors import SpaceError
from feeds.formats import formats
from feeds.formats.base import Dataset

log = logging.getLogger(__name__)
_MAGIC = b"SCDATA1\n"
_ALIGN = 64
_MOST_OPEN = 8


class Arrays:
    """Named arrays and a few plain facts, as a file holds them. ``kind`` is the name of the format."""

    def __init__(self, kind: str, facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self.kind = kind
        self.facts = dict(facts)
        self.arrays = dict(arrays)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays[name]

    def to_bytes(self) -> bytes:
        """Equal arrays give equal bytes."""
        table, at, parts = [], 0, []
        for name, array in sorted(self.arrays.items()):
            data = np.ascontiguousarray(array)
            table.append([name, data.dtype.str, list(data.shape), at])
            raw = data.tobytes()
            padding = -len(raw) % _ALIGN
            parts.append(raw + b"\0" * padding)
            at += len(raw) + padding
        head = msgspec.msgpack.encode([self.kind, self.facts, table], order="sorted")
        start = _MAGIC + len(head).to_bytes(8, "little") + head
        return b"".join([start + b"\0" * (-len(start) % _ALIGN), *parts])

    @classmethod
    def from_buffer(cls, data: np.ndarray) -> Arrays:
        """The arrays inside a buffer of bytes, without copying. Raises ValueError when it is no dataset."""
        # Slices of a memmap are memmaps, each of them many times as dear as a plain view of the same pages.
        data = data.view(np.ndarray)
        if bytes(data[:8]) != _MAGIC:
            raise ValueError("not a dataset")
        length = int.from_bytes(bytes(data[8:16]), "little")
        kind, facts, table = msgspec.msgpack.decode(bytes(data[16 : 16 + length]))
        start = 16 + length + -(16 + length) % _ALIGN
        arrays = {}
        for name, kind_of, shape, at in table:
            dtype = np.dtype(kind_of)
            count = int(np.prod(shape))
            raw = data[start + at : start + at + count * dtype.itemsize]
            arrays[name] = raw.view(dtype).reshape(shape)
        return cls(kind, facts, arrays)


class Strings:
    """Many texts in two arrays; each is decoded when it is asked for."""

    def __init__(self, blob: np.ndarray, ends: np.ndarray) -> None:
        self._blob = blob
        self._ends = ends

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int) -> str:
        start = int(self._ends[index - 1]) if index else 0
        return bytes(self._blob[start : int(self._ends[index])]).decode()

    @staticmethod
    def pack(texts: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
        """(blob, ends) of these texts."""
        encoded = [text.encode("utf-8", "replace") for text in texts]
        blob = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        return blob, np.cumsum([len(part) for part in encoded], dtype=np.int64)


class DatasetStore:
    """The dataset files of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def save(self, source_id: str, dataset: Dataset) -> str:
        """Keep the dataset; the file's name, which says what is in it. Raises SpaceError when there is no room."""
        data = dataset.to_bytes()
        name = f"{source_id}.{hashlib.blake2b(data, digest_size=12).hexdigest()}.dataset"
        path = self._folder / name
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            temporary = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")
            try:
                with temporary.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(path)
            except OSError as error:
                temporary.unlink(missing_ok=True)
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise SpaceError(str(self._folder)) from error
                raise
        return name

    def open(self, name: str) -> Any:
        """The dataset in a file, as the format that made it opens it; None when it is not there or is damaged."""
        with self._lock:
            if name in self._open:
                self._open.move_to_end(name)
                return self._open[name]
        try:
            arrays = Arrays.from_buffer(np.memmap(self._folder / name, dtype=np.uint8, mode="r"))
            dataset = formats()[arrays.kind].open_dataset(arrays)  # type: ignore[attr-defined]
        except (OSError, ValueError, TypeError, KeyError, AttributeError, msgspec.DecodeError) as error:
            log.error("dataset %s cannot be read: %s", name, error)
            return None
        with self._lock:
            self._open[name] = dataset
            while len(self._open) > _MOST_OPEN:
                self._open.popitem(last=False)
        return dataset

    def prune(self, source_id: str, keep: Iterable[str]) -> None:
        """Drop the source's files that no snapshot names any more; whoever has one open keeps it until it closes."""
        wanted = set(keep)
        for path in self._folder.glob(f"{source_id}.*"):
            if path.name not in wanted and path.suffix in (".dataset", ".part"):
                path.unlink(missing_ok=True)
