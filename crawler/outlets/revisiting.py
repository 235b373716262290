"""At which ages stored articles are asked for again: read from what a person wrote, and told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from crawler.outlets.errors import BadOrder
from crawler.outlets.fields import Fields
from crawler.outlets.values import Unfit, type_name
from storage.records import Outlet, RevisitPolicy

REVISIT_KEYS = ("revisits", "revisits_a_day")
#: A host that is sent more than this for re-visits would notice nothing else.
MAX_A_DAY = 20_000
_AGE = re.compile(r"(\d{1,5})\s*(min|m|h|d)")
_UNITS_S = {"m": 60, "min": 60, "h": 3_600, "d": 86_400}
_SHORTEST_S, _LONGEST_S = 600, 3_650 * 86_400
_MOST_AGES = 20
_EXAMPLE = "write ages such as 1h, 6h, 1d, 7d, 30d, 180d"


def check_ages(words: Sequence[str]) -> tuple[int, ...]:
    """Ages in seconds, the least first. Raises BadOrder."""
    ages = sorted({_age(word) for word in words})
    if len(ages) > _MOST_AGES:
        raise BadOrder(f"these are {len(ages)} ages", f"name at most {_MOST_AGES}")
    return tuple(ages)


def ages_in(text: str) -> tuple[int, ...]:
    """Ages written one after another, with commas or blanks between them; "none" is none. Raises BadOrder."""
    if text.strip().lower() == "none":
        return ()
    return check_ages(text.replace(",", " ").split())


def told_age(age_s: int) -> str:
    """An age as it is written: 1h, 180d."""
    for unit in ("d", "h"):
        if age_s % _UNITS_S[unit] == 0:
            return f"{age_s // _UNITS_S[unit]}{unit}"
    return f"{age_s // _UNITS_S['m']}m"


def told_policy(policy: RevisitPolicy) -> str:
    """A policy in a clause."""
    if not policy.is_on:
        return "no article is asked for again"
    ages = ", ".join(map(told_age, policy.ages_s))
    return f"articles are asked for again at {ages} of age, with at most {policy.a_day} requests a host and day"


def read_revisits(fields: Fields) -> tuple[tuple[int, ...] | None, int | None]:
    """What an outlet's file says: ages in seconds, and requests a day."""
    return fields.checked("revisits", _ages), fields.checked("revisits_a_day", check_a_day)


def revisit_values(outlet: Outlet) -> dict[str, Any]:
    """As an outlet's file says it."""
    ages = outlet.revisit_ages_s
    return {"revisits": ages and tuple(map(told_age, ages)), "revisits_a_day": outlet.revisits_a_day}


def check_a_day(value: Any) -> int:
    """Requests a day; 0 for none at all. Raises Unfit."""
    remedy = f"write a whole number from 0, which is none, to {MAX_A_DAY}"
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit(f"must be a whole number, but is {type_name(value)}", remedy)
    if not 0 <= value <= MAX_A_DAY:
        raise Unfit(f"{value} is out of range", remedy)
    return value


def _ages(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
        raise Unfit("must be a list of ages", 'write revisits = ["1h", "1d", "30d"]; revisits_a_day = 0 is none at all')
    try:
        return check_ages(value)
    except BadOrder as bad:
        raise Unfit(bad.what, bad.remedy) from None


def _age(word: str) -> int:
    found = _AGE.fullmatch(word.strip().lower())
    if found is None:
        raise BadOrder(f'"{word}" is no age', _EXAMPLE)
    age_s = int(found[1]) * _UNITS_S[found[2]]
    if not _SHORTEST_S <= age_s <= _LONGEST_S:
        raise BadOrder(f'the age "{word}" is out of range', "write ages from 10m to 3650d")
    return age_s
