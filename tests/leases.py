"""What tests of the lease need: a clock that one sets, and another machine."""

from __future__ import annotations

from broadcaster.station.lease import Lease


class Clocked:
    """A clock that one sets."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def elsewhere(lease: Lease) -> Lease:
    """As if the process were on another machine, where nobody here can see whether it lives."""
    lease._host = "another-machine"
    return lease
