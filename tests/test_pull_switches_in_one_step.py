"""A pull that dies at any step leaves `current` whole: the release before or the new one, and the next pull goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from bundle_site import Site, site

from broadcaster.bundle import bundles
from channel.settings import Origin

pytestmark = pytest.mark.slow
STEPS = ("rename", "replace", "symlink", "link", "unlink", "mkdir", "rmdir")


class Killed(BaseException):
    """The process is dead: nothing after this may touch the disk."""


class Kills:
    """Counts the steps that change names on disk below a folder; from number ``at`` on each of them fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.steps: list[str] = []
        self._folder = folder
        self.at = 0
        for name in STEPS:
            monkeypatch.setattr(os, name, self._counted(name, getattr(os, name)))

    def chosen(self) -> list[int]:
        """Every step that switches something, every tenth of those of which a tree takes hundreds, and all about the
        end: two pulls of the same tree differ by a few steps, for what may be linked is found by several threads."""
        last, switches = len(self.steps), ("rename", "replace", "symlink")
        chosen = [n for n, name in enumerate(self.steps, 1) if name in switches or n % 10 == 0 or n > last - 6]
        return [*chosen, *range(last + 1, last + 10)]

    def _ours(self, args: tuple[Any, ...]) -> bool:
        return any(isinstance(arg, str | Path) and Path(arg).is_relative_to(self._folder) for arg in args)

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **more: Any) -> Any:
            # What an origin of another test leaves on its own disk meanwhile is none of this pull's steps.
            if Path(args[0]).is_absolute() and not self._ours(args):
                return real(*args, **more)
            self.steps.append(name)
            if 0 < self.at <= len(self.steps):
                raise Killed
            return real(*args, **more)

        return step


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    """A channel whose bundles are served."""
    with site(tmp_path) as made:
        yield made


def _again(there: Site, first: str = "web-hd") -> None:
    """The release on air once more, from another pack: its `index.html` leads to another profile."""
    there.set(origin=Origin(default_profile=first))
    shutil.rmtree(bundles.folder(there.state))
    there.clock.forward(2)
    there.publish(there.on_air)


def _other(there: Site) -> None:
    there.air("two")


CHANGES: dict[str, Callable[[Site], None]] = {"the same release from another pack": _again, "another release": _other}


@pytest.mark.parametrize("change", CHANGES)
def test_every_step_may_be_the_last(
    there: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """For each step of the disk: what is served is the old tree or the new one, whole; and so after the next pull."""
    there.air("zero")
    there.pull()
    there.air("one")
    there.pull()
    before = there.served()
    CHANGES[change](there)
    start = there.edge
    seen = []
    there.edge = _copy(start, "whole")
    with monkeypatch.context() as patched:
        kills = Kills(patched, tmp_path)
        assert there.pull().changed
        steps, after = kills.chosen(), there.served()
    assert after != before and len(steps) > 10
    for step in steps:
        there.edge = _copy(start, str(step))
        with monkeypatch.context() as patched:
            kills = Kills(patched, tmp_path)
            kills.at = step
            with suppress(Killed):
                there.pull()
        served = there.served()
        seen.append(served == after)
        assert served in (before, after), step
        there.pull()
        assert there.served() == after, step
        shutil.rmtree(there.edge)
    assert seen[0] is False and seen[-1] is True


def test_a_release_that_comes_and_goes_is_never_half_there(there: Site) -> None:
    """The same release from one pack and another, in turns: each time the folder holds what was signed, and no more
    than two trees stay."""
    there.air("one")
    there.pull()
    one = there.served()
    for _ in range(2):
        _again(there)
        assert there.pull().changed
        other = there.served()
        assert other["index.html"] != one["index.html"]
        _again(there, "bitmap-hd")
        assert there.pull().changed
        assert there.served() == one
        assert len(list((there.edge / "releases").iterdir())) <= 2


def _copy(edge: Path, name: str) -> Path:
    """The folder as it stands, hard links kept as such."""
    target = edge.with_name(f"edge-{name}")
    subprocess.run(["cp", "-a", edge, target], check=True)
    return target
