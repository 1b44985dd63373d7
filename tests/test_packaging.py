"""What is installed is what is here: packages, their data, what they import, and which way imports run."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
MAPPED = {"channel.layouts": "layouts", "channel.fonts": "fonts"}
ROOMS = ("feeds", "channel", "broadcaster", "layouts", "fonts")
TEXT = {".py", ".md", ".toml", ".cfg", ".js", ".sh"}
NO_DATA = {".py", ".pyc", ".md"}


def setup() -> configparser.ConfigParser:
    found = configparser.ConfigParser()
    found.read(ROOT / "setup.cfg", encoding="utf-8")
    return found


def listed(section: str, key: str) -> list[str]:
    lines = setup()[section][key].splitlines()
    return [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]


def folders() -> Iterator[Path]:
    for room in ROOMS:
        for path in (ROOT / room).rglob("__init__.py"):
            yield path.parent


def test_every_package_is_listed_and_there() -> None:
    """The hand-written list of packages is that of the folders, mapped ones under their new names."""
    names = {".".join(folder.relative_to(ROOT).parts) for folder in folders()}
    back = {folder: name for name, folder in MAPPED.items()}
    expected = {back.get(name, name) for name in names}
    assert set(listed("options", "packages")) == expected


def test_every_file_of_data_goes_into_the_wheel() -> None:
    """Templates, themes, icons, scripts: what no pattern of package_data takes, an installed channel lacks."""
    data = setup()["options.package_data"]
    patterns = {package: [p.strip() for p in data[package].split(",")] for package in data}
    left_out = []
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and path.suffix not in NO_DATA and "__pycache__" not in path.parts:
                package, name = package_of(path)
                wanted = [*patterns.get("*", []), *patterns.get(package, [])]
                # As setuptools matches: a star does not go into a folder.
                if not any(Path(name).match(p) and name.count("/") == p.count("/") for p in wanted):
                    left_out.append(f"{package}: {name}")
    assert not left_out


def package_of(path: Path) -> tuple[str, str]:
    """The innermost package that holds a file, and the file's name from there."""
    folder = next(parent for parent in path.parents if (parent / "__init__.py").exists())
    dotted = ".".join(folder.relative_to(ROOT).parts)
    back = {folder: name for name, folder in MAPPED.items()}
    return back.get(dotted, dotted), path.relative_to(folder).as_posix()


def imported(folder: Path) -> set[str]:
    """The top-level names that the modules below a folder import, wherever in the module."""
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.add(node.module.partition(".")[0])
    return names


def test_everything_that_is_imported_is_declared() -> None:
    """Nothing is used only because something else happens to bring it along."""
    by_module = metadata.packages_distributions()
    declared = {
        re.split(r"[<>=!\[;~ ]", need)[0].lower().replace("_", "-")
        for need in [*listed("options", "install_requires"), *listed("options.extras_require", "station")]
    }
    undeclared = {}
    for room in ("feeds", "channel", "broadcaster"):
        for name in imported(ROOT / room) - set(sys.stdlib_module_names) - set(ROOMS):
            owners = {owner.lower().replace("_", "-") for owner in by_module.get(name, [name])}
            if not owners & declared:
                undeclared[name] = sorted(owners)
    # Flask is made of it, and says so.
    undeclared.pop("werkzeug", None)
    # TUF's own type of keys; it comes with tuf and is pinned by it.
    undeclared.pop("securesystemslib", None)
    # fetch names its errors; requests is made of it.
    undeclared.pop("urllib3", None)
    assert not undeclared


@pytest.mark.slow
def test_imports_run_one_way() -> None:
    """The house has one way through: import-linter's contracts hold."""
    program = Path(sys.executable).with_name("lint-imports")
    if not program.exists():
        pytest.skip("import-linter is not installed")
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_the_licences_are_whole() -> None:
    """Apache-2.0 and the font's OFL-1.1, as setup.cfg and the README say."""
    licence, notice = ((ROOT / name).read_text(encoding="utf-8") for name in listed("metadata", "license_files"))
    assert "Apache License" in licence and "END OF TERMS AND CONDITIONS" in licence
    assert setup()["metadata"]["license"] == "Apache-2.0"
    assert "SIL OPEN FONT LICENSE Version 1.1" in notice and "Noto Sans SC" in notice
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) < 120
    for name in ("LICENSE", "NOTICE", "CONTRIBUTING.md", "SECURITY.md"):
        assert f"]({name})" in readme and (ROOT / name).is_file()


def test_the_front_door_names_targets_that_exist() -> None:
    """Every ``make X`` of README, CONTRIBUTING and SECURITY is a target, and every file they lead to is there."""
    targets = set(re.findall(r"(?m)^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8")))
    for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE)) <= targets
        for path in re.findall(r"\]\(([\w./-]+)\)", text):
            assert (ROOT / path).exists(), f"{name}: {path}"


def test_no_test_imports_another() -> None:
    """What tests share stands in helpers beside them: a test file may be renamed or taken away alone."""
    # As text: a test that writes a program may import in it too.
    imports = re.compile(r"^\s*(?:from|import) (?:tests\.)?test_\w+", re.MULTILINE)
    for path in (ROOT / "tests").rglob("*.py"):
        assert not imports.findall(path.read_text(encoding="utf-8")), path.name


def test_no_path_of_a_machine_and_no_leftover_is_in_the_tree() -> None:
    """No home folder, no backup copy, no marker of unfinished work in what is published."""
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    tracked = listing.stdout.split("\n")
    if not any(tracked):
        pytest.skip("not a git clone")
    marker = re.compile(r"\b(TODO|FIXME|XXX)\b|/home/[a-z]|/work/(main|shared)|raise NotImplementedError")
    found = []
    for name in tracked:
        path = ROOT / name
        assert not name.endswith((".bak", ".orig", ".rej", "~")), name
        if path.suffix in TEXT and path.is_file() and path != Path(__file__):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if marker.search(line):
                    found.append(f"{name}:{number}: {line.strip()[:100]}")
    assert not found
