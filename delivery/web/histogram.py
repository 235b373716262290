"""Articles by day as a picture of bars that lead to their days: drawn here, so that no script is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

_WIDTH, _HEIGHT, _FOOT = 640, 170, 46
#: More bars than that cannot be hit with a finger or told apart: they are of months then, or of years.
MOST_BARS = 93
_DECEMBER = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Articles of the days from the first to the last."""

    first: date
    last: date
    count: int


def bars_of(days: Mapping[date, int]) -> list[Bar]:
    """A bar for each day from the first to the last that has an article; of months or years where those are many."""
    if not days:
        return []
    first, last = min(days), max(days)
    if (last - first).days < MOST_BARS:
        return [Bar(first=day, last=day, count=days.get(day, 0)) for day in _days(first, last)]
    is_monthly = (last.year - first.year) * 12 + last.month - first.month < MOST_BARS
    counts: dict[tuple[int, int], int] = {}
    for day, count in days.items():
        period = (day.year, day.month if is_monthly else 0)
        counts[period] = counts.get(period, 0) + count
    if is_monthly:
        return [_month(year, month, counts) for year, month in _months(first, last)]
    years = range(max(first.year, last.year - MOST_BARS + 1), last.year + 1)
    return [
        Bar(first=date(year, 1, 1), last=date(year, _DECEMBER, 31), count=counts.get((year, 0), 0)) for year in years
    ]


def histogram(bars: list[Bar], link: Callable[[date, date], str]) -> Markup:
    """The picture; `link` gives where a bar leads. Each bar is a link that tells its days and count."""
    top = max((bar.count for bar in bars), default=0)
    step = _WIDTH / max(1, len(bars))
    drawn = []
    for place, bar in enumerate(bars):
        height = max((_HEIGHT - _FOOT) * bar.count / top, 1.0) if bar.count else 0.0
        x, y, width = place * step, _HEIGHT - _FOOT - height, max(step - 1, 0.5)
        told = f"{period_words(bar)}: {bar.count}"
        shape = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(x, y, width, height)
        if bar.count:
            ground = Markup('<rect class="ground" x="{:.1f}" y="0" width="{:.1f}" height="{}"/>').format(
                x, width, _HEIGHT - _FOOT
            )
            drawn.append(
                Markup('<a href="{}" aria-label="{}"><title>{}</title>{}{}</a>').format(
                    link(bar.first, bar.last), told, told, ground, shape
                )
            )
    return Markup(
        '<svg class="histogram" viewBox="0 0 {} {}" role="group" aria-label="{}">{}'
        '<text x="0" y="{}">{}</text><text x="{}" y="{}" text-anchor="end">{}</text></svg>'
    ).format(
        _WIDTH, _HEIGHT, "Articles by day" if bars and bars[0].first == bars[0].last else "Articles by period",
        Markup("").join(drawn), _HEIGHT - 8, bars[0].first.isoformat(), _WIDTH, _HEIGHT - 8, bars[-1].last.isoformat(),
    )  # fmt: skip


def period_words(bar: Bar) -> str:
    """The days of a bar in short: 2026-05-09, 2026-05 or 2026."""
    if bar.first == bar.last:
        return bar.first.isoformat()
    return f"{bar.first:%Y-%m}" if bar.first.month == bar.last.month else f"{bar.first.year:04}"


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _months(first: date, last: date) -> list[tuple[int, int]]:
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [(number // 12, number % 12 + 1) for number in months]


def _month(year: int, month: int, counts: Mapping[tuple[int, int], int]) -> Bar:
    last = date(year, month, 31) if month == _DECEMBER else date(year, month + 1, 1) - timedelta(days=1)
    return Bar(first=date(year, month, 1), last=last, count=counts.get((year, month), 0))
