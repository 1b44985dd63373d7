"""A chart's series as SVG (1.1): one picture in user units that every width scales, its colours left to the style."""

from __future__ import annotations

from markupsafe import Markup

from channel.views.content import Chart, Point, Series

_W, _H = 400, 220
_LEFT, _TOP, _FOOT = 40, 12, 32
_LABELS = 5
"""Labels under the axis; more would run into each other on a phone."""


def drawn(chart: Chart) -> Markup:
    """The picture, named by what it shows. Its values stand beside it as a table."""
    low, high = min(chart.ticks, default=0.0), max(chart.ticks, default=100.0)
    values = [point.value for series in chart.series for point in series.points if point.value is not None]
    low, high = min([low, *values]), max([high, *values])
    parts = [
        Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">').format(
            _W, _H, _told(chart)
        )
    ]
    for tick in chart.ticks:
        at = _level(tick, low, high)
        parts.append(Markup('<path class="grid" d="M{} {}H{}"/>').format(_LEFT, at, _W))
        parts.append(Markup('<text x="{}" y="{}" text-anchor="end">{:g}</text>').format(_LEFT - 8, at + 5, tick))
    parts += [
        _bars(one, low, high) if one.kind == "bars" else _line(one, number, low, high)
        for number, one in enumerate(chart.series)
    ]
    if chart.series:
        parts.append(_labels(chart.series[0].points))
    return Markup("").join([*parts, Markup("</svg>")])


def _told(chart: Chart) -> str:
    """What the picture shows, for whoever does not see it: of what, how it stands now, and how it moved."""
    now = " ".join(filter(None, (chart.place, chart.value, chart.level)))
    return ". ".join(filter(None, (chart.heading, now, chart.advice)))


def _level(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.0
    return round(_TOP + (_H - _TOP - _FOOT) * (1 - share), 1)


def _pitch(points: tuple[Point, ...]) -> float:
    return (_W - _LEFT) / max(1, len(points))


def _tone(tone: str) -> str:
    return f"t-{tone or 'brand'}"


def _bars(series: Series, low: float, high: float) -> Markup:
    pitch, base = _pitch(series.points), _H - _FOOT
    out = []
    for index, point in enumerate(series.points):
        if point.value is not None:
            top = min(_level(point.value, low, high), base - 2)
            out.append(
                Markup('<path class="{}" d="M{} {}h{}V{}h-{}z"/>').format(
                    _tone(point.tone or series.tone), round(_LEFT + index * pitch + pitch / 7, 1), base,
                    round(pitch * 5 / 7, 1), top, round(pitch * 5 / 7, 1),
                )
            )  # fmt: skip
    return Markup("").join(out)


def _line(series: Series, number: int, low: float, high: float) -> Markup:
    """Each line has a stroke of its own beside its colour."""
    pitch = _pitch(series.points)
    steps, pen = [], "M"
    for index, point in enumerate(series.points):
        if point.value is None:
            pen = "M"
            continue
        steps.append(f"{pen}{round(_LEFT + (index + 0.5) * pitch, 1)} {_level(point.value, low, high)}")
        pen = "L"
    return Markup('<path class="line l{} {}" d="{}"/>').format(number, _tone(series.tone), "".join(steps))


def _labels(points: tuple[Point, ...]) -> Markup:
    named = [(index, point.label) for index, point in enumerate(points) if point.label]
    step = -(-len(named) // _LABELS) or 1
    pitch = _pitch(points)
    return Markup("").join(
        Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
            round(min(max(_LEFT + (index + 0.5) * pitch, _LEFT), _W - 20), 1), _H - 8, label
        )
        for index, label in named[::step]
    )
