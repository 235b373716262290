"""Pictures drawn on the server, as SVG: no script, no style of their own, and a text for those who do not see them."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

_DAY_WIDTH, _HEIGHT = 3, 24
_BAR_WIDTH, _BAR_HEIGHT = 10, 48
_CELL, _LEFT, _TOP = 20, 44, 18
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOURS = 24


def sparkline(counts: Sequence[int], *, is_told_whole: bool = False) -> Markup:
    """Articles by day as a row of steps, the oldest first; its text tells their sum, or each of them."""
    most, width = max(counts, default=0), _DAY_WIDTH * len(counts)
    label = f"{sum(counts)} articles in {len(counts)} days, at most {most} a day"
    if is_told_whole:
        label += f"; the oldest first: {', '.join(map(str, counts))}"
    steps = {count: f"V{_HEIGHT - _height(count, most)}h{_DAY_WIDTH}" for count in set(counts)}
    path = f"M0 {_HEIGHT}{''.join(map(steps.__getitem__, counts))}V{_HEIGHT}z" if most else ""
    return Markup(  # noqa: S704 (numbers only)
        f'<svg class="spark" role="img" aria-label="{label}" width="{width}" height="{_HEIGHT}"'
        f' viewBox="0 0 {width} {_HEIGHT}"><path d="{path}"/></svg>'
    )


def fill_bars(values: Sequence[int | None], top: int, label: str) -> Markup:
    """Values over time as bars, the oldest first; `top` is the value of a full one, None leaves a gap."""
    width = _BAR_WIDTH * len(values)
    drawn = []
    for place, value in enumerate(values):
        if value is not None:
            height = max(round(_BAR_HEIGHT * min(value, top) / max(top, 1)), 1)
            drawn.append(f"M{place * _BAR_WIDTH} {_BAR_HEIGHT}v-{height}h{_BAR_WIDTH - 2}v{height}z")
    told = f"{label}: {', '.join('none' if value is None else str(value) for value in values)}"
    return Markup(
        '<svg class="fill" role="img" aria-label="{}" width="{}" height="{}" viewBox="0 0 {} {}">'
        '<path class="ground" d="M0 {}h{}v1h-{}z"/><path d="{}"/></svg>'
    ).format(told, width, _BAR_HEIGHT + 1, width, _BAR_HEIGHT + 1, _BAR_HEIGHT, width, width, "".join(drawn))


def week(rates: Sequence[float]) -> Markup:
    """168 hours from Monday 00:00 as squares, the darker the more articles an hour; days are rows."""
    most = max(rates)
    width, height = _LEFT + _HOURS * _CELL, _TOP + len(_DAYS) * _CELL
    parts = [f'<text x="{_LEFT + hour * _CELL}" y="{_TOP - 6}">{hour:02}</text>' for hour in range(0, _HOURS, 6)]
    for row, day in enumerate(_DAYS):
        y = _TOP + row * _CELL
        parts.append(f'<text x="0" y="{y + 14}">{day[:3]}</text>')
        for hour in range(_HOURS):
            rate = rates[row * _HOURS + hour]
            shade = round(0.06 + 0.94 * rate / most, 2) if most else 0.06
            x = _LEFT + hour * _CELL
            title = f"{day} {hour:02}:00, {rate:.2f} an hour"
            square = f'<rect x="{x}" y="{y}" width="{_CELL - 2}" height="{_CELL - 2}" fill-opacity="{shade}">'
            parts.append(f"{square}<title>{title}</title></rect>")
    return Markup(  # noqa: S704 (numbers and names of days only)
        f'<svg class="week" role="img" aria-label="{week_words(rates)}" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}">{"".join(parts)}</svg>'
    )


def week_words(rates: Sequence[float]) -> str:
    """What the picture of a week shows, for those who do not see it."""
    busiest = max(range(len(rates)), key=rates.__getitem__)
    a_day = [sum(rates[row * _HOURS : (row + 1) * _HOURS]) for row in range(len(_DAYS))]
    told = ", ".join(f"{day} {number:.1f}" for day, number in zip(_DAYS, a_day, strict=True))
    day, hour = _DAYS[busiest // _HOURS], busiest % _HOURS
    return f"Articles expected by day: {told}; the busiest hour is {day} {hour:02}:00 with {rates[busiest]:.2f}"


def _height(count: int, most: int) -> int:
    """At least a pixel of what is there at all."""
    return max(round(_HEIGHT * count / most), 1) if count else 0
