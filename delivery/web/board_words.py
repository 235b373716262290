"""What lines of the list of outlets say: made in one call each, since there may be thousands."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup, escape

from delivery.web.wording import ago, iso, language_name, when
from storage.records import Delay, OutletLine

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def stamp(at: datetime | None, now: datetime, otherwise: str) -> Markup:
    """A time as how long ago it was, with the time itself; `otherwise` where there is none."""
    if at is None:
        return Markup(f'<span class="dim">{escape(otherwise)}</span>')  # noqa: S704 (escaped)
    told = "due now" if otherwise == "none" and at <= now else ago(at, now)
    return Markup(f'<time datetime="{iso(at)}" title="{when(at)}">{told}</time>')  # noqa: S704 (made of times)


def due(at: datetime | None, now: datetime) -> Markup:
    """When a visit is due."""
    return stamp(at, now, "none")


def delay_words(delay: Delay | None) -> str:
    """How long after it came out an article is found: "3 to 14 min", "at most 9 min", "6 min"."""
    if delay is None:
        return "unknown"
    least, most = delay.least.total_seconds(), delay.most.total_seconds()
    if least >= most:
        return _span(most)
    return f"at most {_span(most)}" if least < _MINUTE_S else f"{_span(least)} to {_span(most)}"


def origin_words(line: OutletLine) -> str:
    """Country and languages."""
    return " · ".join(filter(None, (line.country, ", ".join(map(language_name, line.languages)))))


def ill_words(line: OutletLine) -> Markup:
    """Which of several sources are ill, and why the outlet is."""
    number = sum(count for _, count in line.sources)
    parts = [f"{count} of {number} sources {state}" for state, count in line.sources if state.is_ill and number > 1]
    told = "".join(f' <small class="part">{part}</small>' for part in parts)
    if line.state.is_ill:
        told += f' <small class="why">{escape(line.trouble or "no reason was noted")}</small>'
    return Markup(told)  # noqa: S704 (numbers, names of states, and what was escaped)


def _span(seconds: float) -> str:
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    size, unit = (_DAY_S, "days") if seconds >= 2 * _DAY_S else (_HOUR_S, "h")
    return f"{seconds / size:.{0 if seconds >= 10 * size else 1}f} {unit}"
