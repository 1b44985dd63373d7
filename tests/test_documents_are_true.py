"""The documents say what the code does: the reference is fresh, every link leads somewhere, every page is told of."""

import re
import tomllib
from pathlib import Path

import pytest

from broadcaster.cli import command_names
from tests.conftest import EXAMPLE, ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), EXAMPLE / "README.md"]


def test_the_reference_is_fresh() -> None:
    """docs/reference.md is what the code gives."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.TARGET.read_text(encoding="utf-8") == module.reference(), "run make docs"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """A relative link of a document names a file that is there."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (path.parent / target).exists(), target


def test_every_command_is_in_the_readme_or_the_reference() -> None:
    """A command that nobody can read about does not exist."""
    told = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    for name in command_names():
        assert f"channel {name.replace('_', '-')}" in told


def test_the_example_carries_the_whole_line_up() -> None:
    """Eighty-six services and the page by which a box finds its estate, with eighty-seven different titles."""
    pages = tomllib.loads((EXAMPLE / "lineup.toml").read_text(encoding="utf-8"))["page"]
    assert len(pages) == 87 and "109" in pages
    assert len({page["title"] for page in pages.values()}) == 87


def test_nothing_names_a_machine() -> None:
    """No path of a developer's machine, no package registry's host stands in the project."""
    bad = re.compile(r"/home/|/root/|/work/|pypi\.org|npmjs|deb\.debian")
    for folder in ("broadcaster", "channel", "feeds", "layouts", "docs", "scripts", "examples"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".md", ".toml", ".xml", ".js", ".html", ".css") and "var" not in path.parts:
                assert not bad.search(path.read_text(encoding="utf-8")), path
