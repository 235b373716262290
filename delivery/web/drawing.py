"""Pictures drawn on the server, as SVG: no script, no style of their own, and a text for those who do not see them."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

_DAY_WIDTH, _HEIGHT = 3, 24


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


def _height(count: int, most: int) -> int:
    """At least a pixel of what is there at all."""
    return max(round(_HEIGHT * count / most), 1) if count else 0
