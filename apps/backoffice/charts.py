"""Charts as plain shapes that a template draws; no script, no other host.

The drawing is 1000 wide and 100 high, and is stretched over its place; so words stand beside it and not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 1000.0, 100.0


@dataclass(frozen=True, slots=True)
class Series:
    """`colour` is one of the classes s0 to s4 of the style sheet; a value of None is not known."""

    name: str
    colour: str
    values: Sequence[int | None]

    @property
    def total(self) -> int:
        return sum(value or 0 for value in self.values)


@dataclass(frozen=True, slots=True)
class Bar:
    x: str
    y: str
    width: str
    height: str
    colour: str
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    name: str
    series: Sequence[Series]
    bars: Sequence[Bar]
    top: int
    first: date
    last: date
    rows: Sequence[tuple[date, Sequence[int | None]]]


def stacked(name: str, days: Sequence[date], series: Sequence[Series]) -> Chart:
    """One column a day, the series on top of each other; `days` is not empty."""
    columns = _columns(days, series)
    top = max(map(sum, columns), default=0)
    step, scale = WIDTH / len(days), HEIGHT / (top or 1)
    bars = []
    for place, column in enumerate(columns):
        below = 0.0
        for one, value in zip(series, column, strict=True):
            below += value * scale
            bars.append(_bar(one, days[place], value, (place + 0.1) * step, step * 0.8, below, value * scale))
    return _chart(name, days, series, bars, top)


def side_by_side(name: str, days: Sequence[date], series: Sequence[Series]) -> Chart:
    """As many columns a day as there are series; `days` is not empty."""
    columns = _columns(days, series)
    top = max(map(max, columns), default=0)
    step, scale = WIDTH / len(days), HEIGHT / (top or 1)
    width = step * 0.8 / len(series)
    bars = [
        _bar(one, days[place], value, (place + 0.1) * step + number * width, width, value * scale, value * scale)
        for place, column in enumerate(columns)
        for number, (one, value) in enumerate(zip(series, column, strict=True))
    ]
    return _chart(name, days, series, bars, top)


def _columns(days: Sequence[date], series: Sequence[Series]) -> list[list[int]]:
    return [[one.values[place] or 0 for one in series] for place in range(len(days))]


def _bar(one: Series, day: date, value: int, x: float, width: float, up_to: float, height: float) -> Bar:
    title = f"{day:%Y-%m-%d}: {value:,} {one.name}"
    return Bar(_px(x), _px(HEIGHT - up_to), _px(width), _px(height), one.colour, title)


def _chart(name: str, days: Sequence[date], series: Sequence[Series], bars: Sequence[Bar], top: int) -> Chart:
    rows = [(day, [one.values[place] for one in series]) for place, day in enumerate(days)]
    return Chart(name, series, [bar for bar in bars if float(bar.height)], top, days[0], days[-1], rows[::-1])


def _px(value: float) -> str:
    """For a drawing, whatever the reader's language thinks of decimal points."""
    return f"{value:.2f}"
