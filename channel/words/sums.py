"""Sums of money and other figures, as a language writes them: its decimal mark, its place for the sign, and as many
decimals as the currency has (ISO 4217)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.core import Locale
from babel.numbers import format_currency, get_currency_precision, get_currency_symbol, get_decimal_symbol

MOST_DECIMALS = 6
"""Of a sum that would be none with fewer."""
_DECIMALS = re.compile(r"\.0+")


@lru_cache(maxsize=4096)
def rounded(value: float, digits: int, *, tiny: bool = True) -> Decimal:
    """``value`` with ``digits`` decimals, half a unit up as people reckon; what is more than nothing keeps the first
    digit that says so, unless what is ``tiny`` may go."""
    exact = Decimal(repr(value))
    for places in range(digits, MOST_DECIMALS + 1 if tiny else digits + 1):
        found = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if found or not exact:
            return found
    return found


@lru_cache(maxsize=64)
def decimal_mark(language: str) -> str:
    """``.`` or ``,``."""
    return get_decimal_symbol(language)


@lru_cache(maxsize=256)
def digits_of(money: str, currency: str, language: str) -> int:
    """The decimals of what a price calls its money: a code, a sign, or a word, which can only be of ``currency``."""
    return get_currency_precision(code_of(money, currency, language) or currency)


@lru_cache(maxsize=256)
def code_of(money: str, currency: str, language: str) -> str:
    """The code (ISO 4217) of what a feed calls its money: ``currency`` where it says nothing or that; "" for a word."""
    if not money or money in (currency, get_currency_symbol(currency, language)):
        return currency
    english = Locale("en")
    signs = {sign: code for code, sign in english.currency_symbols.items()}
    return money if money in english.currencies else signs.get(money, "")


def currency_sum(value: float, currency: str, language: str) -> str:
    """``€2.50``, ``2,50 €``, ``¥120``; without decimals where they are all nought."""
    sum_ = rounded(value, get_currency_precision(currency))
    pattern = str(Locale.parse(language).currency_formats["standard"].pattern)
    if get_currency_symbol(currency, language)[-1].isalpha():
        # A word keeps apart from its figure (CLDR, currencySpacing).
        pattern = pattern.replace("¤#", "¤\u00a0#")
    if sum_ == sum_.to_integral_value():
        pattern = _DECIMALS.sub("", pattern)
        return format_currency(sum_, currency, pattern, locale=language, currency_digits=False)
    return format_currency(sum_, currency, pattern, locale=language, decimal_quantization=False)
