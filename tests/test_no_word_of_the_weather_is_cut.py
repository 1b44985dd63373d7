"""The sky and the reason of an empty page stand whole on every canvas and in every language: by a shorter word, a
smaller size or a further line."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from view_inputs import inputs, page, source

from channel.screen.compose import compose
from channel.screen.geometry import load_geometry
from channel.screen.pieces import Text
from channel.screen.screen import Screen
from channel.screen.templates import Layouts
from channel.views import _weather
from channel.views import content as c
from channel.words import Say
from tests.samples import picture

pytestmark = pytest.mark.slow

SCALES = ("hd", "large", "sd", "sd530")
LANGUAGES = ("en", "zh_Hans", "zh_Hant")
LAYOUTS = {Say(language).tag: Layouts(say=Say(language)) for language in LANGUAGES}
CODES = list({_weather.sky(code, Say("en")): code for code in (*range(100), None)}.values())
"""One code of WMO code table 4677 for each word, and none."""


def screens(layout: str, body: c.Body, scale: str, say: Say, window: str = "") -> list[Screen]:
    """The Screens of a body in a language."""
    shape = load_geometry(scale)
    head = msgspec.structs.replace(picture.head(layout, scale), window=window)
    return compose(LAYOUTS[say.tag].markup(layout, body, head, shape), shape, page="501", title="x")


def texts(found: list[Screen]) -> list[str]:
    return [piece.text for screen in found for piece in screen.pieces if isinstance(piece, Text)]


def card(code: int | None, say: Say) -> c.WeatherCard:
    return c.WeatherCard(
        to="501", place="", temperature="9°", word=_weather.sky(code, say), short=_weather.short_sky(code, say),
        span="6° to 13°", icon=_weather.icon_of(code),
    )  # fmt: skip


def day(code: int | None, say: Say) -> c.ForecastDay:
    return c.ForecastDay(
        label="", date="24", icon="rain", word=_weather.sky(code, say), short=_weather.short_sky(code, say), high=9,
        low=3,
    )  # fmt: skip


def chart(code: int | None, say: Say) -> c.Chart:
    known = _weather.sky(code, say) if _weather.icon_of(code) else ""
    return c.Chart(
        place="", value="9°", level=known, short=_weather.short_sky(code, say), tone="", facts=(),
        advice="", heading="", ticks=(0.0, 9.0),
        series=(c.Series(name="", points=(c.Point(value=3.0, label=""),) * 3, kind="line", tone="brand"),),
    )  # fmt: skip


def weather_of(layout: str, code: int | None, say: Say) -> c.Body:
    tile = c.Tile(number="501", label="x", icon="cloud-sun", to="501")
    bodies: dict[str, Any] = {
        "forecast": lambda: c.Forecast(days=(day(code, say),) * 7),
        "menu": lambda: c.Menu(tiles=(tile,) * 3, weather=card(code, say)),
        "dashboard": lambda: c.Dashboard(cards=(c.Card(title="x", number="501", to="501", weather=card(code, say)),)),
        "chart": lambda: chart(code, say),
    }
    return bodies[layout]()  # type: ignore[no-any-return]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("layout", ["forecast", "menu", "dashboard", "chart"])
def test_every_sky_has_a_word_that_fits(layout: str, scale: str, language: str) -> None:
    """A tile that said "Over…" says a short word of the catalogue, and the long one wherever that has room."""
    say = Say(language)
    for code in CODES:
        found = texts(screens(layout, weather_of(layout, code, say), scale, say))
        assert not [text for text in found if "…" in text], code
        if layout != "chart" or _weather.icon_of(code):
            assert {_weather.sky(code, say), _weather.short_sky(code, say)} & set(found), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sky_fits_beside_the_television(language: str) -> None:
    """Page 100 with a window of live television, whose column is narrow."""
    say = Say(language)
    for code in CODES:
        found = texts(screens("menu", weather_of("menu", code, say), "hd", say, window="placeholder"))
        assert not [text for text in found if "…" in text], code


REASONS: dict[str, dict[str, Any]] = {"nothing came": {"records": None}, "nothing new": {"records": []}}


@pytest.mark.parametrize("every", ["1min", "15min", "3h", "1d"])
@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scale", SCALES)
def test_why_a_page_is_empty_is_said_to_the_end(scale: str, language: str, reason: str, every: str) -> None:
    """In as many lines as it takes, all of them inside the box."""
    say, given = Say(language), REASONS[reason]
    asked = inputs(
        page("latest", "111", layout="list"), {"articles": given["records"]}, sources={"articles": source(every=every)},
        say=say,
    )  # fmt: skip
    empty = asked.empty("articles", say("Nothing here for now"))
    (screen,) = screens("list", c.List(rows=(), empty=empty), scale, say)
    assert "…" not in "".join(texts([screen])) and screen.flaws == []
    said = "".join(texts([screen])).replace(" ", "")
    assert empty.hint.replace(" ", "") in said and empty.sentence.replace(" ", "") in said
