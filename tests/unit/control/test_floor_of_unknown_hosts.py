"""How often a host that nobody vouches for may be asked, by the settings."""

from __future__ import annotations

import pytest

from control.settings import Settings

FLOORS = {
    "by default once an hour": ({}, 3600),
    "a shorter interval on purpose is the operator's word": ({"interval_s": 60}, 60),
    "a longer interval leaves the hour": ({"interval_s": 7200}, 3600),
    "a floor of its own": ({"floor_s": 120}, 120),
    "a floor wins over the interval": ({"interval_s": 60, "floor_s": 1800}, 1800),
}


@pytest.mark.parametrize(("given", "floor_s"), FLOORS.values(), ids=FLOORS.keys())
def test_the_floor_in_force(given, floor_s):
    assert Settings(**given).least_gap_s == floor_s
