"""Gather: sources in, snapshots of typed records out. Knows nothing of television."""
