"""The files that an image or a wheel is made of, as ``.dockerignore`` lets them through."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def ignored() -> list[str]:
    """The rules of ``.dockerignore``, in their order."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def copy(target: Path) -> None:
    """What a build of the image is given, and nothing else."""
    target.mkdir()
    for line in ignored():
        source = ROOT / line.removeprefix("!")
        if line.startswith("!") and source.is_dir():
            skip = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, target / source.name, ignore=skip)
        elif line.startswith("!"):
            shutil.copy(source, target)
