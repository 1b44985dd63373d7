"""The style of a document: what all pages of a profile and theme share, and the rules of one page.

Equal rules share one short class. A stretch of a body can be taken down once (``Tape``) with its classes left open, and
then be written into any document: which class a rule has is each document's own affair.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import NamedTuple

from channel.paint.output import Asset
from channel.paint.strips import RING
from channel.paint.theme import Theme
from channel.profiles import Profile
from channel.screen import fonts
from channel.screen.geometry import Geometry

BIG = 7
"""The most letters that the scripts show large: ``remote.js`` counts them."""
_ECHO_INSET = 12
_OPEN = "\x01"
"""Stands for the class of a rule; markup has no such character."""


def csp_hash(text: str) -> str:
    """The CSP source expression of an inline block (CSP 3, 8.3): ``sha256-…`` over its text in UTF-8."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def base_style(theme: Theme, profile: Profile, geometry: Geometry, tag: str = "zh-CN") -> str:
    """The rules that every page of this profile and theme shares; ``tag`` is the language's."""
    c = theme.colors
    w, h = profile.canvas
    found = fonts.settings()
    # A browser takes a font for a whole word where it can: of alphabets first one that has all their letters.
    names = found.family.css if tag.startswith("zh") else (*found.further.css, *found.family.css)
    family = ",".join(f'"{name}"' for name in (*names, *([] if tag.startswith("zh") else [_FITTED])))
    return (
        ("" if tag.startswith("zh") else _fitted(found.fallback))
        + f"html,body{{margin:0;padding:0;width:{w}px;height:{h}px;overflow:hidden;background:{c['ground']}}}"
        f"body{{position:relative;color:{c['text']};font-family:{family},sans-serif;font-kerning:none;font-variant-ligatures:none;text-spacing-trim:space-all;"
        f"font-weight:{fonts.settings().weights.regular}}}"
        f"a,i,b,div,img{{position:absolute;font-style:normal;text-decoration:none;white-space:nowrap;color:{c['text']};"
        f"border:0;outline:0;font-weight:inherit}}"
        f".o{{display:none}}.f .o{{display:block}}"
        f"a.f{{z-index:2}}a.r.f{{background:{c['focus']}}}.f i{{color:{c['onfocus']}}}"
        f".f .m{{font-weight:{fonts.settings().weights.bold}}}"
        f"#echo,#mark,#over{{display:none}}#echo.on,#mark.on,#over.on{{display:block}}#echo.on,#over.on{{z-index:9}}"
        + _overlays(theme, profile, geometry)
    )


def bare_focus(theme: Theme) -> str:
    """The rule by which a browser without script shows which link it has the focus on: the script's ring is a class."""
    return f"a:focus{{outline:{RING}px solid {theme.colors['ring']};z-index:3}}"


_FITTED = "fitted"


def _fitted(fallback: fonts.Fallback) -> str:
    """The font that a browser falls back to under a name of ours, no wider than what was measured. Its regular letters
    stand for all but bold ones: by itself a browser takes the bold ones from weight 550 on, which are wider."""
    faces = ((fallback.regular, fallback.regular_fit, "1 599"), (fallback.bold, fallback.bold_fit, "600 999"))
    return "".join(
        f'@font-face{{font-family:"{_FITTED}";font-weight:{weights};size-adjust:{fit}%;'
        f"src:{','.join(f'local({name!r})' for name in names)}}}"
        for names, fit, weights in faces
    )


def _overlays(theme: Theme, profile: Profile, geometry: Geometry) -> str:
    """What the scripts show at times: few words over the page's number and title, a warning's mark in the header, and
    a warning over everything, for when its page cannot be had."""
    w, h = profile.canvas
    c, side, unit = theme.colors, w // 20, h / 720
    line, (x, y, wide, high) = round(72 * unit), geometry.mark
    # As wide as the label is at most, in a font that is wider than ours.
    size = min(high * 5 // 8, round((wide - 8) / (2.9 if geometry.frame["mark_short"] else 5.6) / fonts.WIDER))
    return (
        _echo(theme, geometry)
        + f"#mark{{left:{x}px;top:{y}px;width:{wide}px;height:{high}px;background:{c['yellow']}}}"
        f"#mark.loud{{background:{c['red']}}}#mark.f{{background:{c['focus']}}}"
        f"#markt{{width:{wide}px;text-align:center;line-height:{high}px;font-size:{size}px;color:{c['onyellow']};"
        f"font-weight:{fonts.settings().weights.bold}}}"
        f".loud #markt{{color:{c['onkey']}}}.f #markt{{color:{c['onfocus']}}}"
        f"#mark .o{{left:-{RING}px;top:-{RING}px;width:{wide}px;height:{high}px;border:{RING}px solid {c['ring']}}}"
        f"#over{{left:0;top:0;width:{w}px;height:{h}px;background:#7E1818}}"
        f"#over b,#over i{{left:{side}px;width:{w - 2 * side}px;white-space:normal;color:#EBE8DE}}"
        f"#overt{{top:{round(64 * unit)}px;height:{round(252 * unit)}px;line-height:{round(84 * unit)}px;"
        f"font-size:{round(64 * unit)}px}}"
        f"#overd{{top:{round(330 * unit)}px;height:{round(216 * unit)}px;line-height:{round(72 * unit)}px;"
        f"font-size:{round(48 * unit)}px}}"
        f"#overk{{top:{round(600 * unit)}px;height:{line}px;line-height:{line}px;"
        f"font-size:{max(24, round(34 * unit))}px}}"
    )


def _echo(theme: Theme, geometry: Geometry) -> str:
    """Digits and short words of the scripts: two lines, or one of ``BIG`` letters at most."""
    c, (x, y, w, h) = theme.colors, geometry.echo
    room = w - 2 * _ECHO_INSET
    big = min(geometry.type["title"], int(room / (BIG * fonts.WIDER)), h * 3 // 4)
    return (
        f"#echo{{left:{x}px;top:{y}px;width:{room}px;height:{h}px;line-height:{h // 2}px;padding:0 {_ECHO_INSET}px;"
        f"background:{c['text']};color:{c['ground']};font-size:{geometry.type['floor']}px;white-space:normal;"
        f"overflow:hidden;font-weight:{fonts.settings().weights.medium}}}"
        f"#echo.one{{line-height:{h}px}}#echo.big{{font-size:{big}px;line-height:{h}px;white-space:nowrap}}"
    )


class Rules:
    """Rules, by key and text, in the order in which they were named. Rows of one kind name the same: one object."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: tuple[tuple[str, str], ...]) -> None:
        self.pairs = pairs


class Taped(NamedTuple):
    """A stretch of a body as it was taken down: the text between its classes, which rule each of these is, the
    rules, the one that comes after all others, the pictures, and whether it is what stands in a link."""

    parts: list[str]
    order: list[int]
    rules: Rules
    last: str
    assets: dict[str, Asset]
    link: bool

    def written(self, sheet: StyleSheet, assets: dict[str, Asset]) -> str:
        """The stretch with the classes of ``sheet``; its pictures go to ``assets``."""
        names = sheet.named(self.rules)
        out = self.parts * 2
        out[0::2] = self.parts
        out[1::2] = [*[names[rule] for rule in self.order], ""]
        sheet.last = sheet.last or self.last
        assets.update(self.assets)
        return "".join(out)


class StyleSheet:
    """The style rules of one document: equal rules share one short class."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._rules: list[str] = []
        self._lists: dict[Rules, list[str]] = {}
        self.texts: dict[tuple[object, ...], str] = {}
        """The classes of texts by all that places and colours them."""
        self.last = ""
        """A rule of the whole page, after all others."""

    def name(self, rule: str) -> str:
        """The class of a rule."""
        return self._names.get(rule) or self.take(rule, f".{_OPEN}{{{rule}}}")

    def toned(self, color: str, on: str) -> str:
        """The class of a text with another colour in the focus than usual."""
        return self._pair(f"color:{color}", f"color:{on}", f"t{color}{on}")

    def filled(self, color: str, on: str) -> str:
        """The class of a fill with another colour in the focus."""
        return self._pair(f"background:{color}", f"background:{on}", f"b{color}{on}")

    def edged(self, rule: str, color: str, on: str) -> str:
        """The class of an edge in another colour in the focus."""
        return self._pair(f"{rule};border-color:{color}", f"border-color:{on}", f"e{rule}{color}{on}")

    def pictured(self, rule: str, usual: str, focused: str) -> str:
        """The class of a picture, with another one in the focus unless ``focused`` is empty."""
        if not focused:
            return self.name(f"{rule};background:url({usual})")
        return self._pair(f"{rule};background:url({usual})", f"background:url({focused})", f"p{usual}{focused}{rule}")

    def _pair(self, rule: str, focused: str, key: str) -> str:
        return self._names.get(key) or self.take(key, f".{_OPEN}{{{rule}}}.f i.{_OPEN}{{{focused}}}")

    def take(self, key: str, text: str) -> str:
        """The class of the rule ``key``, whose ``text`` has its classes left open."""
        names = self._names
        known = names.get(key)
        if known is None:
            known = names[key] = _short(len(names))
            self._rules.append(text.replace(_OPEN, known))
        return known

    def named(self, rules: Rules) -> list[str]:
        """The classes of rules."""
        names = self._lists.get(rules)
        if names is None:
            known = self._names.get
            names = self._lists[rules] = [known(key) or self.take(key, text) for key, text in rules.pairs]
        return names

    def text(self) -> str:
        """All rules."""
        return "".join(self._rules) + self.last


class Tape(StyleSheet):
    """A sheet that takes down which rules are asked for, and leaves their classes open."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: dict[str, tuple[int, str]] = {}

    def take(self, key: str, text: str) -> str:
        number, _ = self._asked.setdefault(key, (len(self._asked), text))
        return f"{_OPEN}{number}{_OPEN}"

    def taped(self, text: str, assets: dict[str, Asset], *, link: bool) -> Taped:
        """What was written meanwhile."""
        parts = text.split(_OPEN)
        rules = _rules(tuple([(key, rule) for key, (_, rule) in self._asked.items()]))
        return Taped(parts[0::2], [int(number) for number in parts[1::2]], rules, self.last, assets, link)


@lru_cache(maxsize=4096)
def _rules(pairs: tuple[tuple[str, str], ...]) -> Rules:
    return Rules(pairs)


@lru_cache(maxsize=1_024)
def _short(number: int) -> str:
    return f"{chr(97 + number % 26)}{number // 26}"
