"""Who may look at the preview: people at this machine, and no page of another site that runs in their browser."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

_PROXIED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")
"""Fields that a proxy adds: behind one, the peer's address says nothing of who asks."""


def is_loopback(peer: str) -> bool:
    """Whether the connection comes from this machine."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def names_loopback(host: str) -> bool:
    """Whether a ``Host`` field names this machine by a name that no name server can point elsewhere.

    A page of another site may have its own name resolve to 127.0.0.1 (DNS rebinding); its requests then come from
    here, but still carry that name.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or is_loopback(name)


def refusal(peer: str, host: str, fields: frozenset[str]) -> str:
    """Why a request is refused, as one sentence; empty when it may come in. ``fields`` are its header names."""
    if not is_loopback(peer):
        return "the preview answers this machine only"
    if not names_loopback(host):
        return "the preview is reached as localhost or 127.0.0.1 only"
    if any(name.lower() in fields for name in _PROXIED):
        return "the preview is not reached through a proxy"
    return ""
