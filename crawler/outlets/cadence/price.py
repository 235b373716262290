"""The price of a visit, common to all sources, set so that a budget of visits is spent.

At a price p a source of steady rate r is visited every sqrt(2 p / r) seconds (`waiting`), that is sqrt(r / 2) / sqrt(p)
times a second. The sum of the sources' demands, sqrt(r / 2), so tells the price at which they spend a budget. What
floors, ceilings and windows add or take is found out from what was really spent, and put right slowly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
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
#: A site whose budget is used up becomes dearer by this each hour, and cheaper again while less than so much is used.
_DEARER, _CHEAPER, _MOST_OF = 1.1, 0.95, 0.85
_HALVINGS, _TOLERANCE = 60, 1e-9


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


def within_sites(demands: Mapping[str, float], budget: float, most: float) -> dict[str, float]:
    """What is left of each site's demands where all get `budget` visits a day, and no site more than `most` of them.

    At a price of (DAY s)^2 a site of demands d gets d / s visits a day; what is above `most` goes to other sites.
    """
    wanted = [demand for demand in demands.values() if demand > 0]
    whole = min(budget, most * len(wanted)) * (1 - _TOLERANCE)
    low, high = 0.0, sum(wanted) / whole if whole > 0 else 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        spent = sum(min(demand / middle, most) for demand in wanted) if middle > 0 else math.inf
        low, high = (middle, high) if spent >= whole else (low, middle)
    return {site: min(demand, most * low) for site, demand in demands.items()}


def borne_out(dearer: float, spent: int, most: float) -> float:
    """By how much a visit is dearer at a site from now on, because its budget was used up: what a cap holds back shows
    in no count of visits. `spent` are the visits of the last day. To be asked each `EVERY`.
    """
    if spent >= most:
        return min(dearer * _DEARER, _MOST_FACTOR)
    return max(dearer * _CHEAPER, 1.0) if spent < _MOST_OF * most else dearer


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
