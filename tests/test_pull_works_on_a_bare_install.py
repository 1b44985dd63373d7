"""The cable operator installs the package with nothing but what it requires, and pulls."""

from __future__ import annotations

import os
import shutil
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
from bundle_site import site

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("PIL", "numpy", "flask", "sqlalchemy", "msgspec", "lxml", "rich", "cryptography", "apscheduler", "zlib_ng")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The `bin` folder of a fresh virtual environment into which a copy of the source was installed."""
    folder = tmp_path_factory.mktemp("bare")
    source = folder / "source"
    everywhere = shutil.ignore_patterns(".*", "*.egg-info", "__pycache__", "var")

    def skip(path: str, names: list[str]) -> set[str]:
        # `build` is also a package of ours, below the top.
        return everywhere(path, names) | ({"build", "dist", "tests", "docs"} if Path(path) == ROOT else set())

    shutil.copytree(ROOT, source, ignore=skip)
    venv.create(folder / "venv", with_pip=True)
    binaries = folder / "venv" / "bin"
    argv = [binaries / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", source]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    yield binaries


@pytest.mark.slow
def test_a_bare_install_pulls_over_http(bare: Path, tmp_path: Path) -> None:
    """`pip install .` alone, a root.json and a URL are enough; nothing of the station is there or missed."""
    missing = "import importlib.util as u, sys; sys.exit(any(u.find_spec(name) for name in sys.argv[1:]))"
    assert subprocess.run([bare / "python", "-c", missing, *HEAVY], check=False).returncode == 0

    def pull(url: str) -> subprocess.CompletedProcess[str]:
        argv = [bare / "channel", "pull", url, tmp_path / "edge", "--root", tmp_path / "root.json"]
        env = {"PATH": os.defpath, "HOME": str(tmp_path), "LC_ALL": "C", "PYTHONWARNINGS": "error"}
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, cwd=tmp_path, env=env, check=False)

    with site(tmp_path) as there:
        shutil.copy(there.root, tmp_path / "root.json")
        first = there.air("one")
        done = pull(there.url)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"release {first.id} is on air now" in done.stdout
        assert there.served()["web-hd/mh0001/201.html"] == b"<p>one mh0001"
        there.air("two")
        there.forge = {".tar.zst": lambda body: body[:-1] + bytes([body[-1] ^ 1])}
        done = pull(there.url)
        assert (done.returncode, done.stdout) == (5, "")
        assert "refused" in done.stderr
        assert there.served()["web-hd/mh0001/201.html"] == b"<p>one mh0001"
