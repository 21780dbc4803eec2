"""The geometry of the charts, which the templates draw as SVG: 560 wide, 250 high."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log10

LEFT, RIGHT, TOP, BOTTOM = 36.0, 552.0, 44.0, 204.0
_TICKS = 4
_NAMED_EACH = 3


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale, and its number."""

    at: float
    value: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a column, or a row's bar."""

    css: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    """A text below the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Stacked columns over hours."""

    ticks: Sequence[Tick]
    bars: Sequence[Bar]
    labels: Sequence[Label]


@dataclass(frozen=True, slots=True)
class Line:
    """A line, as the path's data, and where its name stands."""

    css: str
    name: str
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines over hours; an hour without a value is left out."""

    ticks: Sequence[Tick]
    lines: Sequence[Line]
    labels: Sequence[Label]


@dataclass(frozen=True, slots=True)
class Row:
    """A horizontal bar: its name, its length, and what is said at its end."""

    name: str
    said: str
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Rows:
    """Horizontal bars, one below the other."""

    ticks: Sequence[Tick]
    rows: Sequence[Row]
    height: float


def columns(stacks: Sequence[Mapping[str, int]]) -> Columns:
    """Stack the counts of each hour, 0 to 23, by the class of their bars, the first at the bottom."""
    top = scale(max((sum(each.values()) for each in stacks), default=0))
    step = (RIGHT - LEFT) / len(stacks)
    bars = []
    for hour, stack in enumerate(stacks):
        y = BOTTOM
        for css, count in stack.items():
            height = (BOTTOM - TOP) * count / top[-1]
            y -= height
            if count:
                bars.append(Bar(css, LEFT + step * hour + step * 0.14, y, step * 0.72, height))
    return Columns(_ticks(top), bars, _labels(len(stacks), step))


def lines(series: Mapping[str, Sequence[float | None]], css: Sequence[str]) -> Lines:
    """Draw values of each hour, 0 to 23, by name."""
    largest = max((each for values in series.values() for each in values if each is not None), default=0)
    top = scale(largest)
    step = (RIGHT - LEFT - 40) / 24
    drawn = []
    for (name, values), own in zip(series.items(), css, strict=True):
        points = [
            (LEFT + step * (hour + 0.5), BOTTOM - (BOTTOM - TOP) * value / top[-1])
            for hour, value in enumerate(values)
            if value is not None
        ]
        if points:
            # A single hour is a short line, so that it is seen.
            points = points if len(points) > 1 else [(points[0][0] - step / 2, points[0][1]), *points]
            path = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
            drawn.append(Line(own, name, path, *points[-1]))
    return Lines(_ticks(top), _apart(drawn), _labels(24, step))


def rows(values: Sequence[tuple[str, int, str]]) -> Rows:
    """Draw a bar for each: name, count, and what is said at its end."""
    top = scale(max((count for _, count, _ in values), default=0))
    width = 514.0
    ticks = [Tick(1 + width * value / top[-1], value) for value in top]
    drawn = [
        Row(name, said, 56.0 * at, width * count / top[-1]) for at, (name, count, said) in enumerate(values)
    ]
    return Rows(ticks, drawn, 56.0 * len(values))


def scale(largest: float) -> Sequence[int]:
    """Give the whole numbers of an axis from 0 to at least the largest value, in round steps."""
    rough = max(1.0, largest) / _TICKS
    power = 10 ** max(0, floor(log10(rough)))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough)
    return [step * number for number in range(max(1, ceil(largest / step)) + 1)]


def _ticks(values: Sequence[int]) -> Sequence[Tick]:
    return [Tick(BOTTOM - (BOTTOM - TOP) * value / values[-1], value) for value in values]


def _labels(count: int, step: float) -> Sequence[Label]:
    return [Label(LEFT + step * (hour + 0.5), f"{hour}h") for hour in range(0, count, _NAMED_EACH)]


def _apart(drawn: Sequence[Line]) -> Sequence[Line]:
    """Keep the names at the ends of two lines from standing on each other."""
    if len(drawn) == 2 and abs(drawn[0].y - drawn[1].y) < 14:
        low, high = drawn
        return [replace(low, y=max(low.y, high.y) + 7), replace(high, y=min(low.y, high.y) - 7)]
    return drawn
