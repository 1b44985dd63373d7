"""Painting what is watched, when it is watched: in processes of its own, once however many ask, bounded and fair.

``keys`` names what is painted before it is, ``cache`` keeps it for a while, ``client`` asks the ``house``, which owns
the ``painter`` processes; ``wire`` is what they say to each other. ``python -m broadcaster.painters.house STATE`` runs
one for all workers of an origin. A worker looks up ``keys.recipe(…).key`` in ``Cache``, and where it is not there sends
an ``Ask`` over a ``Line`` and answers when the ``Answer`` comes.
"""

from broadcaster.painters.cache import Cache
from broadcaster.painters.client import Client, Line
from broadcaster.painters.keys import Recipe, document_key, ground_of, picture_key, recipe
from broadcaster.painters.wire import (
    ASSETS,
    BOX,
    CHECK,
    DRAFT,
    LATE,
    WARMER,
    WARNING,
    Answer,
    Ask,
    PaintedFile,
    PaintedPage,
    Picture,
)

__all__ = [
    "ASSETS",
    "BOX",
    "CHECK",
    "DRAFT",
    "LATE",
    "WARMER",
    "WARNING",
    "Answer",
    "Ask",
    "Cache",
    "Client",
    "Line",
    "PaintedFile",
    "PaintedPage",
    "Picture",
    "Recipe",
    "document_key",
    "ground_of",
    "picture_key",
    "recipe",
]
