"""Laying a tree out as hard links: a folder in which an earlier tree lies already is changed, not made anew.

A release has hundreds of thousands of paths and a minute changes a few thousands of them, so what the folder of the
release before last has in common with the new one stays where it is.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from broadcaster.bundle import pack_format

WORKERS = 4
"""Threads that lay out and remove trees: most of that time is spent waiting for the kernel."""

Files = Mapping[str, str]
_NOTHING: Files = {}
_renewing = threading.Lock()


def lay(root: Path, pool: Path, tree: pack_format.Tree, before: pack_format.Tree | None = None) -> int:
    """Make ``root`` hold exactly ``tree``, of files in ``pool``; gives the number of paths.

    ``before`` is what ``root`` holds (None: nothing). Nobody may be served from ``root`` meanwhile.
    """
    with ThreadPoolExecutor(WORKERS) as workers:
        counts = workers.map(lambda step: _folder(root, pool, *step), _steps(tree, before))
        count = sum(counts)
    for profile, branch in tree.profiles.items():
        for estate in branch.estates if branch.items else ():
            link = root / profile / estate / pack_format.ITEMS
            if not link.is_symlink():
                link.symlink_to(f"../{pack_format.DISTRICT}/{pack_format.ITEMS}")
    return count


def remove(root: Path) -> None:
    """A tree's folder with all below it."""
    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(_remove, [path for path in root.glob("*/*") if path.is_dir() and not path.is_symlink()]))
    _remove(root)


def _steps(tree: pack_format.Tree, before: pack_format.Tree | None) -> Iterator[tuple[str, Files, Files]]:
    """Each folder with what it shall have and what it has; folders that only the earlier tree had come last."""
    old = dict(before.folders()) if before else {}
    for prefix, files in tree.folders():
        yield prefix, files, old.pop(prefix, _NOTHING)
    for prefix, files in old.items():
        yield prefix, _NOTHING, files


def _folder(root: Path, pool: Path, prefix: str, files: Files, old: Files) -> int:
    # Plain strings: this runs for every path of a release.
    shelves, folder = f"{pool}/", f"{root}/{prefix}"
    if not files:
        _remove(Path(folder))
        return 0
    for name in old.keys() - files.keys():
        with suppress(FileNotFoundError):
            Path(folder + name).unlink()
    changed = [name for name, file in files.items() if old.get(name) != file]
    for below in {name.rpartition("/")[0] for name in changed}:
        (root / prefix / below).mkdir(parents=True, exist_ok=True)
    for name in changed:
        file, target = files[name], folder + name
        if name in old:
            with suppress(FileNotFoundError):
                Path(target).unlink()
        _link(f"{shelves}{file[:2]}/{file}", target)
    return len(files)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno != errno.EMLINK:
            raise
        _link_to_copy(source, target)


def _link_to_copy(source: str, target: str) -> None:
    """ext4 gives a file at most 65,000 names; a copy in its place takes further ones."""
    with _renewing:
        fresh = Path(source + ".new")
        shutil.copyfile(source, fresh)
        fresh.chmod(0o444)
        fresh.replace(source)
        os.link(source, target)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
