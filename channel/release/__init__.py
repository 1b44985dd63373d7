"""Releases: parts, packs, maps and the store that publishes them in one atomic step."""
