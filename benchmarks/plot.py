"""Wall time against records as a log-log plot: SVG by hand."""

import math
import statistics
from collections.abc import Mapping
from html import escape

from benchmarks.report import Results
from benchmarks.rounds import BATCHED, FLOOR, LOOP, RECEIVER

_WIDTH, _HEIGHT = 720, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 190, 50, 55

_LINES: Mapping[str, tuple[str, str]] = {
    LOOP: ("#c0392b", "loop of put_item, send_message"),
    BATCHED: ("#d68910", "batch_writer, batches of 10"),
    "receiver, updated": ("#76448a", "receiver, updated"),
    RECEIVER: ("#1f618d", "receiver, new"),
    "receiver, repeated": ("#48a9c5", "receiver, repeated"),
    FLOOR: ("#7f8c8d", "floor: no botocore"),
}
_SECONDS = (0.001, 0.01, 0.1, 1, 10, 100)
_LABELS = ("1 ms", "10 ms", "100 ms", "1 s", "10 s", "100 s")


def svg(results: Results) -> str:
    """Draw the medians of the series at 5 ms, or at the first latency there is."""
    latencies = [case.milliseconds for case, _ in results]
    latency = 5 if 5 in latencies else latencies[0]
    shown = [(case, measured) for case, measured in results if case.milliseconds == latency and not case.tls]
    lines: dict[str, list[tuple[int, float]]] = {name: [] for name in _LINES}
    for case, measured in shown:
        for name, points in lines.items():
            if name in measured:
                points.append((case.records, statistics.median(measured[name].wall)))
    sizes = [case.records for case, _ in shown]
    times = [seconds for points in lines.values() for _, seconds in points]
    axes = _Axes(sizes, times)
    body = [*axes.draw(f"Wall time of one delivery, {latency:g} ms a call"), *_draw_lines(lines, axes)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="sans-serif" font-size="12">\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


class _Axes:
    """Both axes are logarithmic; time begins and ends at a power of ten."""

    def __init__(self, sizes: list[int], times: list[float]) -> None:
        self._sizes = sizes
        self._most = max(math.log10(max(sizes)), 1)
        self._low, self._high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))

    def x(self, records: int) -> float:
        return _LEFT + math.log10(records) / self._most * (_WIDTH - _LEFT - _RIGHT)

    def y(self, seconds: float) -> float:
        share = (math.log10(seconds) - self._low) / (self._high - self._low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    def draw(self, title: str) -> list[str]:
        right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
        middle, below = (_LEFT + right) / 2, _HEIGHT - 14
        drawn = [
            f'<text x="{_LEFT}" y="26" font-size="15">{escape(title)}</text>',
            f'<text x="{middle}" y="{below}" text-anchor="middle">records in the delivery</text>',
        ]
        for seconds, label in zip(_SECONDS, _LABELS, strict=True):
            if self._low <= round(math.log10(seconds)) <= self._high:
                y = self.y(seconds)
                drawn.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#ddd"/>')
                drawn.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
        for records in self._sizes:
            x = self.x(records)
            drawn.append(f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{bottom}" stroke="#ddd"/>')
            drawn.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{records:,}</text>')
        return drawn


def _draw_lines(lines: Mapping[str, list[tuple[int, float]]], axes: _Axes) -> list[str]:
    drawn = []
    # Names stand at the ends of their lines, from the top, pushed down where they would touch.
    ends = sorted(((axes.y(points[-1][1]), name) for name, points in lines.items() if points))
    lowest = 0.0
    for y, name in ends:
        colour, label = _LINES[name]
        points = [(axes.x(records), axes.y(seconds)) for records, seconds in lines[name]]
        path = " ".join(f"{x:.1f},{at:.1f}" for x, at in points)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn.extend(f'<circle cx="{x:.1f}" cy="{at:.1f}" r="3" fill="{colour}"/>' for x, at in points)
        lowest = max(y + 4, lowest + 15)
        drawn.append(
            f'<text x="{_WIDTH - _RIGHT + 10}" y="{lowest:.1f}" fill="{colour}">{escape(label)}</text>'
        )
    return drawn
