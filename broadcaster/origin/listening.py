"""A place to listen at, or why there is none."""

from __future__ import annotations

import errno
import os
import socket

from feeds.base.errors import BusyError

BACKLOG = 4096
"""Connections that wait to be accepted."""




def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 is any free one. Raises BusyError when it is taken or not ours to take."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise _unusable(host, port, error) from None
    sock.setblocking(False)
    return sock


def check_free(host: str, port: int) -> None:
    """Raises BusyError when nobody could listen there."""
    if port:
        listen(host, port).close()


def _unusable(host: str, port: int, error: OSError) -> BusyError:
    if error.errno == errno.EADDRINUSE:
        return BusyError(f"port {port} on {host} is taken", hint="name another with --port, or end who holds it")
    reason = os.strerror(error.errno) if error.errno else str(error)
    return BusyError(f"cannot listen on {host} port {port}: {reason}", hint="name another with --host or --port")
