"""A worker of batches that dies of one thing: imported by workers, so it imports nothing that they do not need."""

from __future__ import annotations

import os

import msgspec

from channel.batch import jobs

DEADLY = ("115", "mh0002", "web-hd")
"""Page, estate and profile of what nobody survives painting."""
_run = jobs.run


def run(data: bytes) -> bytes:
    """Do a job, unless it is to paint that."""
    job = msgspec.msgpack.decode(data, type=jobs.Job)
    if any((job.page, want.estate, want.profile) == DEADLY for want in job.wants):
        os._exit(9)
    return _run(data)
