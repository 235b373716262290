"""Line charts as SVG, for docs/stories.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 320, 56, 150, 34, 46
_COLOURS = ("#1f6feb", "#d1242f", "#2da44e", "#8250df", "#bf8700")

Line = Sequence[tuple[str, float]]  # (label of x, value)


def draw(
    path: Path, title: str, below: str, lines: Mapping[str, Line], *, top: float, bar: float | None = None
) -> None:
    """Draws lines over the same labels, from 0 (or the least value, rounded down) to `top`, with a bar across."""
    labels = [label for label, _ in next(iter(lines.values()))]
    least = min(value for line in lines.values() for _, value in line)
    floor = 0.0 if least < top / 2 else int(least * 20) / 20

    def x(place: int) -> float:
        return _LEFT + place * (_WIDTH - _LEFT - _RIGHT) / max(1, len(labels) - 1)

    def y(value: float) -> float:
        return _TOP + (top - value) / (top - floor) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="18" font-size="14">{escape(title)}</text>',
    ]
    for step in range(6):
        value = floor + (top - floor) * step / 5
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#ddd"/>'
            f'<text x="{_LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.3g}</text>'
        )
    if bar is not None:
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(bar):.1f}" y2="{y(bar):.1f}" stroke="#555" stroke-dasharray="4 3"/>'
        )
    for place, label in enumerate(labels):
        parts.append(f'<text x="{x(place):.1f}" y="{_HEIGHT - 26}" text-anchor="middle">{escape(label)}</text>')
    parts.append(
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(below)}</text>'
    )
    for number, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, (_, value) in enumerate(line))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(
            f'<text x="{_WIDTH - _RIGHT + 8}" y="{_TOP + 14 + 18 * number}" fill="{colour}">{escape(name)}</text>'
        )
    path.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")
