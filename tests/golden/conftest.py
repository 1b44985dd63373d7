"""``--accept``: what the screens look like now is what they shall look like. Refused where CI is set."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from review import Review

OUT = Path(__file__).resolve().parents[2] / "build" / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the option."""
    parser.addoption("--accept", action="store_true", help="accept the golden screens as they are now")


def pytest_configure(config: pytest.Config) -> None:
    """In CI nobody looks at the pictures, so nobody may accept them there."""
    if config.getoption("--accept", default=False) and os.environ.get("CI"):
        raise pytest.UsageError(
            "--accept is refused where CI is set: look at build/golden/index.html and accept at home"
        )


@pytest.fixture
def accept(request: pytest.FixtureRequest) -> bool:
    """Whether this run accepts what it sees (the option is there only when this folder is asked for)."""
    return bool(request.config.getoption("--accept", default=False))


@pytest.fixture
def review() -> Review:
    """Where a difference is laid out to be looked at."""
    return Review(OUT)
