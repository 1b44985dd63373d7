"""The palette of a theme: its colours, and the steps between those that meet as ink and ground.

One palette serves every picture of a theme, so that a band means the same in each of them. Rows have indexes of their
own for what changes with the focus (ink on the panel, the rim where the ring comes to stand, the pointer): the same
compressed pixels under the palette ``lit`` are the row as it looks with the focus.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from channel.paint.raster import LEVELS
from channel.paint.theme import TOKENS, Theme, rgb_of
from channel.screen.pieces import INKS, ROW

GROUNDS = ("ground", "bar", "panel", "panel2")
_PAIRS = (
    *((ink, ground) for ground in GROUNDS if ground != ROW for ink in INKS),
    ("onfocus", "focus"), ("focus", "onfocus"), ("onbrand", "brand"), ("ground", "brand"), ("ground", "warn"),
    ("onkey", "red"), ("onkey", "green"), ("onkey", "blue"), ("onyellow", "yellow"), ("onkey", "yellow"),
    ("ring", "ground"),
)  # fmt: skip


class Palette:
    """At most 256 colours: ``index[token]``, and ``ramp(ink, ground)`` as indexes of the levels of ink.

    ``rim`` looks like the ground and becomes the ring, ``pointer`` (a ramp) looks like the panel and becomes the
    pointer, when the colours are ``lit`` instead of ``colors``. So many indexes are left ``spare`` at the end: a
    screen's pictures have colours of their own there.
    """

    def __init__(self, theme: Theme, spare: int = 0) -> None:
        tokens = [*TOKENS, *(t for t in theme.colors if t not in TOKENS)]
        exact = np.array([theme.rgb(token) for token in tokens], dtype=np.int16)
        steps = np.concatenate([_steps(theme, ink, ground) for ink, ground in _PAIRS])
        edge = "edge" if "edge" in theme.colors else ROW
        own = [_flat(theme, "ground"), _flat(theme, ROW), _flat(theme, edge)]
        own += [_steps(theme, ink, ROW)[1:] for ink in INKS] + [_flat(theme, ROW, LEVELS - 1)]
        self._theme = theme
        self._shared = _merge(exact, steps, 256 - spare - sum(map(len, own)))
        self.colors = np.concatenate([self._shared, *own])
        self.index = {token: int(self._nearest(np.array([theme.rgb(token)]))[0]) for token in tokens}
        self.rim, self.index[ROW], self.index[edge] = (len(self._shared) + n for n in (0, 1, 1 if edge == ROW else 2))
        ramps = [
            np.array([self.index[ROW], *range(at, at + LEVELS - 1)], np.uint8)
            for at in range(len(self._shared) + 3, len(self.colors), LEVELS - 1)
        ]
        self._ramps = {(ink, ROW): ramp for ink, ramp in zip((*INKS, ""), ramps, strict=True)}
        self.pointer = ramps[-1]
        self.lit = self._lit(ramps, self.index[edge])

    def _lit(self, ramps: list[npt.NDArray[np.uint8]], edge: int) -> npt.NDArray[np.int16]:
        """The colours with the focus on a row: its panel, all ink on it, ring and pointer."""
        lit = self.colors.copy()
        for ramp in ramps:
            lit[ramp] = _steps(self._theme, "onfocus", "focus")
        lit[edge] = self._theme.rgb("focus")
        lit[self.rim] = self._theme.rgb("ring")
        return lit

    def ramp(self, ink: str, ground: str) -> npt.NDArray[np.uint8]:
        """Indexes of the levels from ``ground`` to ``ink``."""
        try:
            return self._ramps[ink, ground]
        except KeyError:
            ramp = self._nearest(_steps(self._theme, ink, ground))
            self._ramps[ink, ground] = ramp
            return ramp

    @property
    def plte(self) -> bytes:
        """The RGB triples of a PNG's PLTE chunk."""
        return self.colors.astype(np.uint8).tobytes()

    @property
    def lit_plte(self) -> bytes:
        """The same for a row with the focus."""
        return self.lit.astype(np.uint8).tobytes()

    def _nearest(self, wanted: npt.NDArray[np.int16]) -> npt.NDArray[np.uint8]:
        distance = np.abs(wanted[:, None, :].astype(np.int32) - self._shared[None, :, :]).sum(axis=2)
        out: npt.NDArray[np.uint8] = distance.argmin(axis=1).astype(np.uint8)
        return out


def rgb_ramp(theme: Theme, ink: str, ground: str) -> npt.NDArray[np.uint8]:
    """The colours from ``ground`` to ``ink`` as RGB, for a small picture with a palette of its own."""
    return _steps(theme, ink, ground).astype(np.uint8)


def ramp_of(ink: str, ground: str) -> npt.NDArray[np.uint8]:
    """The same between two colours as ``#RRGGBB``."""
    return _between(rgb_of(ink), rgb_of(ground)).astype(np.uint8)


def _steps(theme: Theme, ink: str, ground: str) -> npt.NDArray[np.int16]:
    return _between(theme.rgb(ink), theme.rgb(ground))


def _between(ink: tuple[int, int, int], ground: tuple[int, int, int]) -> npt.NDArray[np.int16]:
    a, b = np.array(ground, dtype=np.float64), np.array(ink, dtype=np.float64)
    share = np.linspace(0, 1, LEVELS)[:, None]
    out: npt.NDArray[np.int16] = np.rint(a + (b - a) * share).astype(np.int16)
    return out


def _flat(theme: Theme, token: str, count: int = 1) -> npt.NDArray[np.int16]:
    return np.array([theme.rgb(token)] * count, dtype=np.int16)


def _merge(exact: npt.NDArray[np.int16], steps: npt.NDArray[np.int16], most: int) -> npt.NDArray[np.int16]:
    """The exact colours and as many steps as are told apart by more than a tolerance, at most ``most``."""
    for tolerance in range(2, 80):
        kept = np.unique(exact, axis=0)
        for colour in np.unique(steps, axis=0):
            if np.abs(kept - colour).max(axis=1).min() > tolerance:
                kept = np.concatenate([kept, colour[None, :]])
        if len(kept) <= most:
            return kept
    raise AssertionError("a theme has fewer than 256 colours")


@lru_cache(maxsize=16)
def palette(theme: Theme, spare: int = 0) -> Palette:
    """The palette of ``theme``, made once."""
    return Palette(theme, spare)
