"""Every table in docs/sources.md is a source that loads, and every format is explained there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from feeds.formats import format_names
from feeds.source import Source, load_sources

PAGE = Path(__file__).parents[1] / "docs" / "sources.md"
TABLES = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table).splitlines()[0])
def test_every_example_loads(tmp_path: Path, table: str) -> None:
    """As it stands, without a warning from the checks."""
    (tmp_path / "sources.toml").write_text(table, encoding="utf-8")
    assert load_sources(tmp_path / "sources.toml", format_names())


def test_every_format_has_an_example() -> None:
    """A new format is not done before an editor can use it."""
    shown = set(re.findall(r'^format = "(\w+)"', "\n".join(TABLES), re.MULTILINE))
    assert shown == format_names()


def test_every_key_is_explained() -> None:
    """No key of a source is a secret."""
    text = PAGE.read_text(encoding="utf-8")
    for key in Source.__struct_fields__:
        assert key == "id" or f"`{key}`" in text, key
