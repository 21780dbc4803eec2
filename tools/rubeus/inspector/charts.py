"""The geometry of the charts, which the templates draw as SVG: 560 wide, 250 high but for rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log10
from textwrap import shorten
from typing import NamedTuple

LEFT, RIGHT, TOP, BOTTOM = 40.0, 552.0, 12.0, 204.0
ROW_LEFT, ROW_RIGHT, ROW_STEP = 1.0, 515.0, 52.0
_TICKS = 4
_MOST_LABELS = 8
_ROW_NAME = 24.0
_ROW_BAR = 18.0
# On a phone, what is said has room beside it.
_ROW_CHARACTERS = 30


class Tick(NamedTuple):
    """A line of the scale, and its number."""

    at: float
    value: int


class Bar(NamedTuple):
    """A part of a column or of a row; `css` is the class of its colour."""

    css: str
    x: float
    y: float
    width: float
    height: float


class Label(NamedTuple):
    """A text below the axis."""

    x: float
    text: str


class Columns(NamedTuple):
    """Stacked columns, one beside the other."""

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


class Lines(NamedTuple):
    """Lines over hours; an hour without a value is left out."""

    ticks: Sequence[Tick]
    lines: Sequence[Line]
    labels: Sequence[Label]


class Row(NamedTuple):
    """What stands above the bar of a row: its name, and what is said at its end."""

    name: str
    said: str
    y: float


class Rows(NamedTuple):
    """Stacked bars, one below the other."""

    ticks: Sequence[Tick]
    rows: Sequence[Row]
    bars: Sequence[Bar]
    height: float


def columns(stacks: Sequence[Mapping[str, int]], names: Sequence[str]) -> Columns:
    """Stack counts by the class of their bars, the first at the bottom; a name below every few."""
    top = _top(stacks)
    step = (RIGHT - LEFT) / len(stacks)
    bars = [
        Bar(css, LEFT + step * (at + 0.14), BOTTOM - end, step * 0.72, end - begin)
        for at, stack in enumerate(stacks)
        for css, begin, end in _stacked(stack, (BOTTOM - TOP) / top[-1])
    ]
    return Columns(_ticks(top), bars, _labels(names, step))


def rows(values: Sequence[tuple[str, Mapping[str, int], str]]) -> Rows:
    """Stack counts by the class of their bars, the first at the left: name, counts, what ends it."""
    top = _top([counts for _, counts, _ in values])
    unit = (ROW_RIGHT - ROW_LEFT) / top[-1]
    bars = [
        Bar(css, ROW_LEFT + begin, ROW_STEP * at + _ROW_NAME, end - begin, _ROW_BAR)
        for at, (_, counts, _) in enumerate(values)
        for css, begin, end in _stacked(counts, unit)
    ]
    drawn = [
        Row(shorten(name, _ROW_CHARACTERS, placeholder="…"), said, ROW_STEP * at)
        for at, (name, _, said) in enumerate(values)
    ]
    ticks = [Tick(ROW_LEFT + unit * value, value) for value in top]
    return Rows(ticks, drawn, bars, ROW_STEP * len(values))


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
    return Lines(_ticks(top), _apart(drawn), _labels(hours(), step))


def hours() -> Sequence[str]:
    """Name the hours of a day."""
    return [f"{hour}h" for hour in range(24)]


def scale(largest: float) -> Sequence[int]:
    """Give the whole numbers of an axis from 0 to at least the largest value, in round steps."""
    rough = max(1.0, largest) / _TICKS
    power = 10 ** max(0, floor(log10(rough)))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough)
    return [step * number for number in range(max(1, ceil(largest / step)) + 1)]


def _top(stacks: Sequence[Mapping[str, int]]) -> Sequence[int]:
    return scale(max((sum(each.values()) for each in stacks), default=0))


def _stacked(counts: Mapping[str, int], unit: float) -> Iterator[tuple[str, float, float]]:
    """Give where each part of a bar begins and ends; nothing is drawn of nothing."""
    begin = 0.0
    for css, count in counts.items():
        if count:
            yield css, begin, begin + unit * count
            begin += unit * count


def _ticks(values: Sequence[int]) -> Sequence[Tick]:
    return [Tick(BOTTOM - (BOTTOM - TOP) * value / values[-1], value) for value in values]


def _labels(names: Sequence[str], step: float) -> Sequence[Label]:
    every = ceil(len(names) / _MOST_LABELS)
    return [Label(LEFT + step * (at + 0.5), names[at]) for at in range(0, len(names), every)]


def _apart(drawn: Sequence[Line]) -> Sequence[Line]:
    """Keep the names at the ends of two lines from standing on each other."""
    if len(drawn) == 2 and abs(drawn[0].y - drawn[1].y) < 14:
        low, high = drawn
        return [replace(low, y=max(low.y, high.y) + 7), replace(high, y=min(low.y, high.y) - 7)]
    return drawn
