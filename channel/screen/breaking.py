"""Breaking text into lines, for Chinese, Latin and mixed text.

Rules (UAX #14, GB/T 15834): no closing mark starts a line, no opening mark ends one, and a number with its unit, a
date, a time span, a telephone number or a word of an alphabet is not cut unless it is longer than a line; such a word
is parted by the rules of its language (the patterns of Hunspell), with a hyphen.
"""

from __future__ import annotations

import re
from functools import lru_cache

import pyphen

from channel.screen.fonts import WIDER, Advances, Weight, advances

NEVER_FIRST = frozenset("，。、；：？！）》」』】〕〉…—～·％‰℃°”’,.;:?!)]}%／/–-")
"""Marks that may not start a line."""
NEVER_LAST = frozenset("（《「『【〔〈“‘([{￥¥$€£#＃")
"""Marks that may not end a line."""

_HYPHEN = "-"
_RUN = re.compile(r"[^\W\d_]+")
_WORD = re.compile(rf"{_RUN.pattern}(?:[-'’]{_RUN.pattern})*[’'),.;:!?]*")
"""Words of letters, with hyphens of their own and marks behind: addresses and figures are no words."""
_UNITS = (
    "公里/小时|微克/立方米|平方米|立方米|个百分点|公里|千米|毫米|厘米|分米|小时|分钟|微克|毫克|公斤|千克|毫升|"
    "工作日|个月|人次|周岁|万元|亿元|元|角|分|秒|米|克|斤|吨|升|度|岁|人|个|号线|号楼|号|路|楼|层|室|天|日|月|年|次|"
    "辆|位|级|页|家|处|场|件|名|户|桩|台|本|部|条|项|所|站|班|倍|折|点|时|届|期|周|℃|°C|°|%|％|‰|"
    "(?:km|kg|m|min|mi|h|s|am|pm)(?![A-Za-z])"
)
_LETTERS = "À-ɏ\u0300-\u058f\u1c80-\u1cff\u1e00-\u1fff\u2c60-\u2dff\ua640-\ua69f\ua720-\ua7ff"
"""Of the alphabets that are written letter by letter from left to right, with their marks."""
_TOKEN = re.compile(
    rf"""
      \d{{2,4}}年\d{{1,2}}月(?:\d{{1,2}}日)? | \d{{1,2}}月\d{{1,2}}日
    | \d{{3,4}}[-\x20]\d{{3,4}}(?:[-\x20]?\d{{4}})?(?!\d)                        # 021-5550 0112, 5550 0119
    | [￥$#]?\d[\d.,:/]*(?:[-–~～至]\d[\d.,:/]*)?\x20?(?:{_UNITS})?               # 36 微克, 8:30–11:30, 6至8 元
    | [A-Za-z0-9{_LETTERS}][A-Za-z0-9{_LETTERS}'’.+@&/_:-]*                           # words, addresses, PM2.5
    | …… | —— | \x20+ | .
    """,
    re.VERBOSE | re.DOTALL,
)


@lru_cache(maxsize=20_000)
def wrap(text: str, limit: int, size: int, weight: Weight, most: int = 0, lang: str = "") -> tuple[str, ...]:
    """``text`` (paragraphs separated by newlines) as lines that fit ``limit`` px even in an 8 % wider font.

    ``most`` > 0 bounds the number of lines: what is left over is cut with an ellipsis. Joining the lines gives the
    text again, but for spaces at the breaks and hyphens within words of the language ``lang`` (BCP 47).
    """
    table = advances(size, weight)
    room = int(limit / WIDER)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_paragraph(paragraph, room, table, lang))
        if most and len(lines) > most:
            break
    if most and len(lines) > most:
        rest = _joined(lines[most - 1], lines[most])
        lines = [*lines[: most - 1], cut(rest, limit, size, weight, forced=True)]
    return tuple(lines)


@lru_cache(maxsize=50_000)
def cut(text: str, limit: int, size: int, weight: Weight, forced: bool = False) -> str:
    """``text`` on one line of ``limit`` px: as it is when it fits in an 8 % wider font, else cut with an ellipsis.

    ``forced`` says that more follows, so an ellipsis is due in any case.
    """
    table = advances(size, weight)
    room = int(limit / WIDER)
    total = 0.0
    fits = room - table["…"]
    keep = 0
    for index, char in enumerate(text):
        total += table[char]
        if total <= fits:
            keep = index + 1
        if total > room:
            break
    else:
        if not forced:
            return text
    head = text[:keep]
    if 0 < keep < len(text) and _is_letter(head[-1]) and _is_letter(text[keep]):
        # Between words of an alphabet, unless that leaves little.
        space = head.rfind(" ")
        head = head[:space] if space * 2 > keep else head
    head = head.rstrip(" ")
    while head and (head[-1] in NEVER_LAST or head[-1] in "，、；：,;:"):
        head = head[:-1].rstrip(" ")
    return head + "…"


def _is_letter(char: str) -> bool:
    return char < "\u2e80" and char.isalnum()


def _joined(line: str, following: str) -> str:
    """Two lines as the one that they were: between words a space stood, and within one a hyphen of ours."""
    if line.endswith(_HYPHEN):
        return (line if following[:1].isupper() else line[:-1]) + following
    alike = line and following and line[-1] < "\u2e80" and following[0] < "\u2e80"
    return f"{line} {following}" if alike else line + following


def _paragraph(text: str, room: int, table: Advances, lang: str) -> list[str]:
    lines: list[str] = []
    line: list[str] = []
    used = 0.0
    for token in _tokens(text):
        size = sum([table[c] for c in token])
        if used + size <= room or (not line and size <= room):
            line.append(token)
            used += size
            continue
        if token.isspace():
            continue
        if size > room:
            parted = _parted(token, room - used, table, lang) or _parted(token, room, table, lang)
            if parted and used + sum(table[c] for c in parted[0]) > room:
                lines.append("".join(line).rstrip(" "))
                line, used = [], 0.0
            if parted:
                lines.append("".join((*line, parted[0])))
                line, used = _rest(parted[1], room, table, lang, lines)
            else:
                line, used = _hard_break(token, room, table, lines, line, used)
            continue
        carried = _carry(line, token)
        lines.append("".join(line).rstrip(" "))
        line = [*carried, token]
        used = sum(table[c] for part in line for c in part)
    if line or not lines:
        lines.append("".join(line).rstrip(" "))
    return _no_orphan([entry for entry in lines if entry] or [""], room, table)


def _tokens(text: str) -> list[str]:
    """Tokens that are never cut; marks stick to what they follow or precede."""
    tokens: list[str] = []
    for token in _TOKEN.findall(text):
        glue = tokens and (token[0] in NEVER_FIRST or tokens[-1][-1] in NEVER_LAST) and not token.isspace()
        if glue and len(tokens[-1]) + len(token) < 24:
            tokens[-1] += token
        else:
            tokens.append(token)
    return tokens


def _carry(line: list[str], token: str) -> list[str]:
    """Tokens at the end of ``line`` that must go along to the next line with ``token``."""
    carried: list[str] = []
    while len(line) > 1 and (token[0] in NEVER_FIRST or line[-1][-1] in NEVER_LAST):
        token = line.pop()
        carried.insert(0, token)
    while line and line[-1].isspace():
        line.pop()
    return carried


def _parted(token: str, room: float, table: Advances, lang: str) -> tuple[str, str] | None:
    """The longest part of a word that stands before a hyphen in ``room`` px, with the hyphen, and the rest. A word of
    several, such as Lock-Keeper, has hyphens of its own."""
    if not _WORD.fullmatch(token):
        return None
    patterns = _patterns(lang)
    for run in reversed(list(_RUN.finditer(token))):
        begin, inner = run.start(), reversed(patterns.positions(run[0]) if patterns else [])
        heads = [token[: begin + place] + _HYPHEN for place in inner]
        if token[:begin].endswith(_HYPHEN):
            heads.append(token[:begin])
        for head in heads:
            if sum(table[c] for c in head) <= room:
                return head, token[len(head) - (len(head) > begin) :]
    return None


def _rest(token: str, room: int, table: Advances, lang: str, lines: list[str]) -> tuple[list[str], float]:
    """What is left of a parted word begins a line, parted again while it is longer than one."""
    while (used := sum(table[c] for c in token)) > room:
        parted = _parted(token, room, table, lang)
        if parted is None:
            return _hard_break(token, room, table, lines, [], 0.0)
        lines.append(parted[0])
        token = parted[1]
    return [token], used


@lru_cache(maxsize=16)
def _patterns(lang: str) -> pyphen.Pyphen | None:
    """The patterns of a language; None where words are not parted, as in Chinese."""
    known = pyphen.language_fallback(lang.replace("-", "_")) if lang else None
    return pyphen.Pyphen(lang=known, left=3, right=3) if known else None


def _hard_break(
    token: str, room: int, table: Advances, lines: list[str], line: list[str], used: float
) -> tuple[list[str], float]:
    """A token longer than a line is cut where the line ends: better than to lose it."""
    current = "".join(line)
    for char in token:
        size = table[char]
        if used + size > room and current:
            back = len(current)
            while back > 1 and (char in NEVER_FIRST or current[back - 1] in NEVER_LAST) and len(current) - back < 3:
                back -= 1
                char = current[back] + char
            lines.append(current[:back].rstrip(" "))
            current, used = "", 0.0
            size = sum(table[c] for c in char)
        current += char
        used += size
    return [current], used


def _no_orphan(lines: list[str], room: int, table: Advances) -> list[str]:
    """A last line of one Han (with its mark) takes a companion from the line above."""
    if len(lines) < 2:
        return lines
    last, above = lines[-1], lines[-2]
    bare = last.rstrip("".join(NEVER_FIRST))
    if len(bare) != 1 or ord(bare) < 0x2E80:
        return lines
    tokens = _tokens(above)
    mover = tokens[-1]
    short = len(tokens) > 2 and len(mover) <= 4 and mover[0] not in NEVER_FIRST and tokens[-2][-1] not in NEVER_LAST
    if short and sum(table[c] for c in mover + last) <= room:
        lines[-2] = above[: len(above) - len(mover)].rstrip(" ")
        lines[-1] = mover + last
    return lines
