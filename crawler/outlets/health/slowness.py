"""Whether a source that answers has become slow: many times its own past, several visits in a row."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: So many visits must have been answered before one can be called slow.
_LEAST_PAST = 10
#: An answer is slow when it took so many times the usual time, and so many seconds at least.
_TIMES, _LEAST_S = 5.0, 3.0
#: So many slow answers in a row are no chance; they lie within three intervals of a source.
_IN_A_ROW = 3
#: The usual time is a geometric mean that fades: so many visits count. Slow answers count for little, so that an ill
#: server is not soon taken for a usual one, and a lasting change is in the end.
_MEMORY, _SLOW_MEMORY = 50, 500
_QUICKEST_S = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowness:
    """How long a source's answers take."""

    usual_s: float | None = None  # None: never measured
    answers: int = 0  # measured
    slow: int = 0  # slow ones in a row, up to the last visit

    @property
    def is_slow(self) -> bool:
        """Whether the last answers were slow."""
        return self.slow >= _IN_A_ROW


def answered(slowness: Slowness, took_s: float | None) -> Slowness:
    """After a visit that was answered in so many seconds; None where that was not measured."""
    if took_s is None or not math.isfinite(took_s) or took_s < 0:
        return slowness
    took_s = max(took_s, _QUICKEST_S)
    if slowness.usual_s is None:
        return Slowness(usual_s=took_s, answers=1)
    is_slow = slowness.answers >= _LEAST_PAST and took_s >= max(_LEAST_S, _TIMES * slowness.usual_s)
    share = 1 / (_SLOW_MEMORY if is_slow else min(slowness.answers + 1, _MEMORY))
    usual_s = slowness.usual_s * (took_s / slowness.usual_s) ** share
    slow = min(slowness.slow + 1, _IN_A_ROW) if is_slow else 0
    return Slowness(usual_s=usual_s, answers=min(slowness.answers + 1, _SLOW_MEMORY), slow=slow)
