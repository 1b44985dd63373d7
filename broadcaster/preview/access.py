"""Who may look at the preview: whoever has the token, at this machine, and no page of another site in their browser.

A proxy on this machine that says nothing of itself looks like a person who sits here, so where a request comes from
proves nothing. The token does: ``channel run`` prints it, and it lies in the state folder for its owner alone.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import re
import secrets
from pathlib import Path
from urllib.parse import urlsplit

COOKIE = "channel-preview"
"""What a browser keeps of the token, for the preview's addresses alone."""
PARAMETER = "token"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,64}")
_PROXIED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")
"""Fields that a proxy adds: behind one, the peer's address says nothing of who asks."""


def token_of(path: Path) -> str:
    """The token in the file ``path`` (mode 0600), made when there is none: 192 bits that nobody guesses.

    One that another user may read or that is no token is replaced.
    """
    try:
        found = path.read_text("ascii").strip()
        if _TOKEN.fullmatch(found) and not path.stat().st_mode & 0o077:
            return found
    except (OSError, UnicodeDecodeError):
        pass
    made = secrets.token_urlsafe(24)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{made}\n")
    temporary.replace(path)
    return made


def is_token(given: str, token: str) -> bool:
    """Whether ``given`` is the token; takes as long for a near miss as for a far one."""
    return hmac.compare_digest(given.encode(), token.encode())


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
