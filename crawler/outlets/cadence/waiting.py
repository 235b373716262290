"""How long to wait: until what may be out there has waited for as much as a visit costs.

Articles come at a rate that the memory foretells minute by minute. A visit costs the price, in seconds that articles
wait; each second an article waits undiscovered costs one. With a steady rate r, visits every sqrt(2 price / r)
seconds cost least. With a changing one, a visit is due when waiting on costs as much as it saves: what has been
missed, found(t), against rate(t) times the wait that would follow. So it comes just after the articles of the
full hour, not just before them, and ahead of the evening's silence rather than into it.
"""

from __future__ import annotations

import math

from crawler.outlets.cadence.memory import BURST_LIFE, Memory
from crawler.outlets.cadence.profile import HOUR, MINUTE, MINUTES, PROMPT

#: The search for the best moment ends when what has been missed has waited for so many prices.
_PATIENCE = 1.5
_FADE = math.exp(-MINUTE / BURST_LIFE)
#: Never wait until the list may have overflowed: expected articles plus so many standard deviations must fit.
_DEVIATIONS = 3.0


def best_wait(memory: Memory, price: float, ceiling: float) -> float:
    """Seconds from the last visit to the best moment of the next, at most `ceiling`."""
    profile, factors = memory.profile, memory.profile.factors()
    level, burst, room = memory.level, memory.burst, _room(memory.listed)
    start = at = memory.seen_at
    hour = int(at // HOUR)
    minute = int(at % HOUR // MINUTE)
    prompt, later = profile.prompt_factors()
    is_prompt = at % MINUTE < PROMPT
    end = hour * HOUR + minute * MINUTE + (PROMPT if is_prompt else MINUTE)
    base = profile.rate(hour) * level
    latest, found, waited, balance, best, chosen = start + ceiling, 0.0, 0.0, 0.0, 0.0, ceiling
    while at < latest and waited < price * _PATIENCE and found < room:
        rate = base * factors[minute] * (prompt if is_prompt else later) + burst
        span = math.sqrt(2 * price / (base + burst))  # the wait that would follow
        step = end - at
        still = span - found / rate  # where in this minute waiting on costs as much as it saves
        if still < step:
            part = max(still, 0.0)
            here = balance + (found - rate * span + 0.5 * rate * part) * part
            if here < best:
                best, chosen = here, at + part - start
        gone = (found + 0.5 * rate * step) * step
        waited += gone
        balance += gone - rate * span * step
        found += rate * step
        if balance < best:
            best, chosen = balance, end - start
        at = end
        is_prompt = not is_prompt
        if not is_prompt:
            end += MINUTE - PROMPT
            continue
        burst *= _FADE
        end += PROMPT
        minute += 1
        if minute == MINUTES:
            minute = 0
            hour += 1
            base = profile.rate(hour) * level
    if found >= room:
        chosen = min(chosen, at - start)
    return min(chosen, ceiling)


def _room(listed: float) -> float:
    """How many expected articles a list of this length is sure to hold."""
    if listed <= 0:
        return math.inf
    root = (math.sqrt(_DEVIATIONS**2 + 4 * listed) - _DEVIATIONS) / 2
    return max(1.0, root * root)
