"""Hits a day as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

_WIDTH, _HEIGHT = 640, 120
_FOOT = 22


def bars_as_svg(by_day: Sequence[tuple[date, int]]) -> str:
    """A bar for each day, as an SVG document that takes its colours from the page; with a title that tells all."""
    top = max((count for _, count in by_day), default=0)
    total = sum(count for _, count in by_day)
    told = f"{total} hits in {len(by_day)} days, at most {top} a day" if by_day else "no days"
    step = _WIDTH / max(1, len(by_day))
    bars = []
    for number, (day, count) in enumerate(by_day):
        height = (_HEIGHT - _FOOT) * count / top if top else 0.0
        place = f'x="{number * step:.1f}" y="{_HEIGHT - _FOOT - height:.1f}" width="{max(step - 1, 0.5):.1f}"'
        bars.append(f'<rect {place} height="{height:.1f}"><title>{day}: {count}</title></rect>')
    ends = ""
    if by_day:
        y = _HEIGHT - 4
        ends = (
            f'<text x="0" y="{y}">{by_day[0][0]}</text>'
            f'<text x="{_WIDTH}" y="{y}" text-anchor="end">{by_day[-1][0]}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" class="bars" role="img" '
        f'font-size="16" fill="currentColor"><title>{escape(told)}</title>{"".join(bars)}{ends}</svg>\n'
    )
