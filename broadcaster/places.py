"""Where things are in a channel's state folder, and what the environment may say."""

from __future__ import annotations

STORE = "store"
"""Releases."""
BUNDLES = "bundles"
"""The operator's repository."""
PAINTED = "painted"
"""What was painted: a cache, which may be lost."""
METRICS = "metrics"
"""What the origin's workers counted."""
ASK = "ask"
"""Touched by whoever wants a build begun at once."""
PREVIEW_TOKEN = "preview-token"
"""What the preview asks for; its owner's alone to read."""
CARDS = "cards.table"
"""Hashed card numbers and their estates."""

PREFIXES = "prefixes.csv"
"""In the channel's folder: address prefixes and their estates."""
EDGES = "edges.csv"
"""In the channel's folder: addresses of the caches before the origin."""

TOKEN_KEY = "CHANNEL_ENTRY_KEY"
"""Environment: the key that entry tokens are signed with."""
CARD_KEY = "CHANNEL_CARD_KEY"
"""Environment: the key that card numbers are hashed with; never stored."""
