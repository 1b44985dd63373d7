"""The folder that ``channel pull`` keeps: a pool of files by content, releases as trees of hard links, one switch.

::

    DIR/current -> releases/{id}     what a web server serves; replaced in one step, and its target never moves
    DIR/releases/{id}/...            plain trees; the one on air and the one before
    DIR/.pull/pool/{hh}/{hash}       every file once; a release's paths are further names of the same file
    DIR/.pull/spare-{id}/            the release before these two, in which the next one is laid out
    DIR/.pull/                       also: trusted metadata, the lock, which assets were on air when

Everything of a new release is on disk before the switch, so a machine that loses power serves the old or the new one.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from broadcaster.bundle import hard_links, pack_format
from feeds.base.errors import BusyError, TrustError

ASSETS = "assets"
ASSET_SECONDS = 24 * 3600
"""How long pictures stay after their last release: a box may still show a page of it."""
SPARE = "spare-"
AGAIN = "~"
"""Behind the id of a release that came once more, from another pack, while its own folder was being served."""
RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""What a release may be called; it names a folder."""


class Home:
    """One folder of pulled releases."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.private = folder / ".pull"
        self.releases = folder / "releases"
        self.pool = self.private / "pool"
        self._dirty = self.private / "unpacking"
        self._assets = self.private / "assets.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for oneself. Raises BusyError when another pull does."""
        self.private.mkdir(parents=True, exist_ok=True)
        self.releases.mkdir(exist_ok=True)
        with (self.private / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BusyError(f"{self.folder}: another pull is under way") from None
            yield

    @property
    def serving(self) -> str:
        """The name of the folder that is served; empty before the first."""
        try:
            return (self.folder / "current").readlink().name
        except OSError:
            return ""

    def holding(self, release: str, pack: str) -> str:
        """The name of the folder that has the release, whole, from the pack of that hash; empty when there is none."""
        for name in (release, release + AGAIN):
            with suppress(OSError):
                if (self.releases / name).is_dir() and self._origin(name).read_text() == pack:
                    return name
        return ""

    def unpack(self, stream: IO[bytes], limits: pack_format.Limits) -> tuple[pack_format.Tree, int]:
        """Put a pack's files into the pool; gives its tree and how many files were new. Raises TrustError."""
        # After a crash a file of the pool may have its name without its bytes: then bytes are compared, not only sizes.
        distrust = self._dirty.exists()
        self._dirty.touch()
        files, fresh, tree = set(), 0, None
        for name, data in pack_format.read_members(stream, limits):
            if tree is not None:
                raise TrustError("pack: something follows its tree")
            if not name:
                tree = pack_format.decode(data, limits)
            else:
                files.add(name)
                fresh += self._keep(name, data, distrust)
        if tree is None:
            raise TrustError("pack: has no tree.json")
        missing = set(pack_format.referenced(tree)) - files
        if missing:
            raise TrustError(f"pack: its tree names files/{min(missing)}, which is not in it")
        return tree, fresh

    def install(self, tree: pack_format.Tree, pack: str) -> tuple[str, int]:
        """Lay the tree out as a release folder, all of it on disk; gives the folder's name and how many paths it has.

        The folder that is served stays where it is, also when it is of the same release.
        """
        name = tree.release + AGAIN if self.serving == tree.release else tree.release
        target = self.releases / name
        # Nobody may take what stands there for whole, from the first step of its removal on.
        self._origin(name).unlink(missing_ok=True)
        if target.exists():
            hard_links.remove(target)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=self.releases))
        try:
            draft.chmod(0o755)
            count = hard_links.lay(draft, self.pool, tree, self._recycled(draft))
            _replace(self._paths(name), tree.encode())
            # One sync of all in place of one a file: a release has tens of thousands.
            os.sync()
            draft.rename(target)
            _replace(self._origin(name), pack.encode())
            self._dirty.unlink(missing_ok=True)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        return name, count

    def carry(self, name: str, now: float) -> None:
        """Lay the assets served until ``now`` (unix seconds) beside a folder's own, for boxes that still show them.

        Each stays until ``ASSET_SECONDS`` after the last release that was made with it.
        """
        served, target = self.folder / "current" / ASSETS, self.releases / name / ASSETS
        if not served.is_dir() or self.serving == name:
            return
        target.mkdir(exist_ok=True)
        own = {path.name for path in target.iterdir()}
        until = {path.name: now for path in served.iterdir()} | self._carried()
        kept = {name: moment for name, moment in until.items() if now - ASSET_SECONDS < moment <= now}
        for name in kept.keys() - own:
            with suppress(FileNotFoundError):
                os.link(served / name, target / name)
        _replace(self._assets, json.dumps({n: m for n, m in kept.items() if n not in own}).encode())

    def switch(self, name: str) -> None:
        """Make the folder of that name the served one, in one step."""
        fresh = self.folder / ".current"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(f"releases/{name}")
        sync(self.releases)
        fresh.replace(self.folder / "current")
        sync(self.folder)

    def prune(self, keep: set[str]) -> None:
        """Take away all folders of releases but those named, and the files that no release uses any more.

        One of the folders waits as the spare in which the next release is laid out.
        """
        for path in self.private.glob("*.pack"):
            # First of all: a folder of which a part is gone is no longer a release that one can go back to.
            if path.stem not in keep:
                path.unlink()
        spares = {path.name.removeprefix(SPARE) for path in self.private.glob(f"{SPARE}*")}
        for folder in self.releases.iterdir():
            if folder.name in keep:
                continue
            if not spares and self._paths(folder.name).exists():
                folder.rename(self.private / f"{SPARE}{folder.name}")
                spares.add(folder.name)
            else:
                hard_links.remove(folder)
        for path in self.private.glob("*.paths"):
            if path.stem not in keep | spares:
                path.unlink()
        for shelf in self.pool.iterdir() if self.pool.exists() else ():
            for file in shelf.iterdir():
                if file.lstat().st_nlink == 1:
                    file.unlink()

    def _recycled(self, draft: Path) -> pack_format.Tree | None:
        """Put the spare folder in the place of the empty ``draft``; gives the tree that it holds, None without one."""
        for spare in self.private.glob(f"{SPARE}*"):
            try:
                listed = self._paths(spare.name.removeprefix(SPARE)).read_bytes()
                tree = pack_format.decode(listed, pack_format.Limits())
            except (OSError, TrustError):
                hard_links.remove(spare)
                continue
            spare.rename(draft)
            for path in (draft / ASSETS).iterdir() if (draft / ASSETS).is_dir() else ():
                # What lay there for boxes that still showed an older release.
                if f"{ASSETS}/{path.name}" not in tree.shared:
                    path.unlink()
            return tree
        return None

    def _paths(self, release: str) -> Path:
        """What a laid out release has where."""
        return self.private / f"{release}.paths"

    def _origin(self, release: str) -> Path:
        return self.private / f"{release}.pack"

    def _place(self, name: str) -> Path:
        return self.pool / name[:2] / name

    def _keep(self, name: str, data: bytes, distrust: bool) -> bool:
        place = self._place(name)
        with suppress(OSError):
            if place.stat().st_size == len(data) and not (distrust and place.read_bytes() != data):
                return False
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = place.with_suffix(".new")
        fresh.write_bytes(data)
        fresh.chmod(0o444)
        fresh.replace(place)
        return True

    def _carried(self) -> dict[str, float]:
        """When each asset that the served release did not bring itself was last one of a release's own."""
        with suppress(OSError, ValueError, TypeError, AttributeError):
            return {str(name): float(moment) for name, moment in json.loads(self._assets.read_bytes()).items()}
        return {}


def _replace(path: Path, data: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(data)
    fresh.replace(path)


def sync(folder: Path) -> None:
    """Bring the names in a folder to disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
