"""The price of a visit, common to all sources, set so that a budget of visits is spent.

At a price p a source of steady rate r is visited every sqrt(2 p / r) seconds (`waiting`), that is sqrt(r / 2) / sqrt(p)
times a second. The sum of the sources' demands, sqrt(r / 2), so tells the price at which they spend a budget. What
floors, ceilings and windows add or take is found out from what was really spent, and put right slowly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from crawler.outlets.cadence.profile import DAY, HOUR

#: How often a price is set anew: sources come and go.
EVERY = HOUR
#: How often it is asked whether the demands were borne out. A whole day, as nights and days differ.
_ROUND = DAY
#: By when what was spent counts half: some days, since no two days are alike.
_MEMORY = 5 * DAY
#: What the demands tell is believed as if it had been borne out for so long.
_LEAN = 0.25 * DAY
_MOST_FACTOR = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price in force, in seconds that articles wait, and how it is borne out.

    `visits` is the count of all visits up to `round_at`, when the last whole day of them was looked at, `due` what
    the demands foretold since; `spent` and `foretold` are the faded sums of both over the days before.
    """

    price: float
    set_at: float
    demands: float
    round_at: float
    visits: int
    due: float = 0.0
    spent: float = 0.0
    foretold: float = 0.0


def set_price(last: Price | None, now: float, demands: float, visits: int, budget: float) -> Price | None:
    """The price from now on, None while there is nothing to set it by.

    `demands` is the sum over all sources that are visited adaptively, `visits` the count of their visits so far,
    `budget` how many a day they may spend.
    """
    if demands <= 0 or budget <= 0:
        return None
    borne = (
        _borne_out(last, now, visits)
        if last
        else Price(price=1.0, set_at=now, demands=demands, round_at=now, visits=visits)
    )
    lean = budget * _LEAN / DAY
    factor = (borne.spent + lean) / (borne.foretold + lean)
    told = DAY * demands / budget * min(max(factor, 1 / _MOST_FACTOR), _MOST_FACTOR)
    return replace(borne, price=told**2, set_at=now, demands=demands)


def _borne_out(last: Price, now: float, visits: int) -> Price:
    elapsed, made = now - last.set_at, visits - last.visits
    if not 0 <= elapsed <= DAY or made < 0:  # the clock was changed, or the service stood still: a new round
        return replace(last, round_at=now, visits=visits, due=0.0)
    due = last.due + last.demands * elapsed / math.sqrt(last.price)
    passed = now - last.round_at
    if passed < _ROUND:
        return replace(last, due=due)
    fade = 0.5 ** (passed / _MEMORY)
    spent, foretold = last.spent * fade + made, last.foretold * fade + due
    return replace(last, round_at=now, visits=visits, due=0.0, spent=spent, foretold=foretold)
