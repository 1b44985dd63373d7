"""Addresses inside documents."""

from __future__ import annotations

from urllib.parse import urljoin


def join(base: str, target: str) -> str:
    """``target`` as seen from ``base``; "" when the two make no address, such as ``http://[x/``."""
    try:
        return urljoin(base, target)
    except ValueError:
        return ""
