"""How often somebody may do something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from delivery.access.limits import MOST_KEYS, Allowance, network_of

NOW = datetime(2026, 3, 14, 15, 40, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_so_many_at_once_then_one_each_time():
    allowance = Allowance(3, 10)
    assert [allowance.take("a", NOW) for _ in range(4)] == [0, 0, 0, 10]
    assert allowance.take("a", NOW + 4 * SECOND) == 6
    assert allowance.take("a", NOW + 10 * SECOND) == 0
    assert allowance.take("a", NOW + 10 * SECOND) == 10


def test_what_fills_up_never_runs_over():
    allowance = Allowance(2, 10)
    allowance.take("a", NOW)
    later = NOW + timedelta(days=9)
    assert [allowance.take("a", later) for _ in range(3)] == [0, 0, 10]


def test_each_key_has_its_own():
    allowance = Allowance(1, 10)
    assert allowance.take("a", NOW) == 0
    assert allowance.take("b", NOW) == 0
    assert allowance.wait_s("a", NOW) == 10
    assert allowance.wait_s("c", NOW) == 0


def test_what_is_given_back_can_be_taken_again():
    allowance = Allowance(1, 10)
    allowance.take("a", NOW)
    allowance.give_back("a", NOW)
    allowance.give_back("a", NOW)
    assert [allowance.take("a", NOW), allowance.take("a", NOW)] == [0, 10]


def test_a_clock_that_is_set_back_fills_nothing_up_and_locks_nobody_out_for_longer():
    allowance = Allowance(1, 10)
    allowance.take("a", NOW)
    assert allowance.take("a", NOW - timedelta(days=1)) == 10
    assert allowance.take("a", NOW - timedelta(days=1) + 10 * SECOND) in (0, 10)


def test_however_many_ask_no_more_are_remembered():
    allowance = Allowance(1, 10)
    for number in range(MOST_KEYS + 50):
        allowance.take(number, NOW)
    assert len(allowance._left) == MOST_KEYS
    assert allowance.wait_s(MOST_KEYS + 49, NOW) == 10
    assert allowance.wait_s(0, NOW) == 0


NETWORKS = {
    "an IPv4 address": ("203.0.113.5", "203.0.113.5"),
    "the same, mapped": ("::ffff:203.0.113.5", "203.0.113.5"),
    "a customer's IPv6 network": ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    "loopback": ("::1", "::/64"),
    "with a zone": ("fe80::1%eth0", "fe80::/64"),
    "a socket file": ("", ""),
    "nobody knows": (None, ""),
}


@pytest.mark.parametrize(("address", "network"), NETWORKS.values(), ids=NETWORKS)
def test_addresses_of_one_customer_count_as_one(address, network):
    assert network_of(address) == network
