"""Which addresses may be connected to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.fetch.guard import Refusals
from crawler.fetch.policy import AddressPolicy

REFUSED = {
    "unspecified": "0.0.0.0",
    "this network": "0.1.2.3",
    "private 10": "10.1.2.3",
    "private 172": "172.16.0.1",
    "private 192": "192.168.1.10",
    "loopback": "127.0.0.1",
    "the end of loopback": "127.255.255.254",
    "link-local": "169.254.169.254",
    "carrier-grade NAT": "100.64.0.1",
    "the end of carrier-grade NAT": "100.127.255.255",
    "protocol assignments": "192.0.0.8",
    "a metadata service among protocol assignments": "192.0.0.192",
    "documentation 1": "192.0.2.1",
    "documentation 2": "198.51.100.7",
    "documentation 3": "203.0.113.7",
    "6to4 relays": "192.88.99.1",
    "benchmarks": "198.18.0.1",
    "multicast": "224.0.0.1",
    "the end of multicast": "239.255.255.255",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "unspecified, IPv6": "::",
    "loopback, IPv6": "::1",
    "link-local, IPv6": "fe80::1",
    "link-local with its interface": "fe80::1%eth0",
    "loopback with an interface": "::1%lo",
    "unique local": "fd00::1",
    "site-local": "fec0::1",
    "multicast, IPv6": "ff02::1",
    "documentation, IPv6": "2001:db8::1",
    "new documentation, IPv6": "3fff::1",
    "discard": "100::1",
    "segment routing": "5f00::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped loopback in hexadecimal": "::ffff:7f00:1",
    "mapped private": "::ffff:10.0.0.1",
    "mapped unspecified": "::ffff:0.0.0.0",
    "compatible loopback": "::127.0.0.1",
    "compatible public": "::93.184.216.34",
    "NAT64 of loopback": "64:ff9b::7f00:1",
    "NAT64 of private": "64:ff9b::10.0.0.1",
    "local NAT64 of loopback": "64:ff9b:1::7f00:1",
    "6to4 of loopback": "2002:7f00:1::",
    "6to4 of private": "2002:a00:1::1",
    "6to4 of public": "2002:5db8:d822::1",
    "a name": "localhost",
    "nothing": "",
    "a number": "2130706433",
    "an octal number": "0177.0.0.1",
    "an address with a port": "93.184.216.34:80",
    "an address in brackets": "[::1]",
}
ALLOWED = {
    "a public address": "93.184.216.34",
    "next to private 172": "172.32.0.1",
    "next to carrier-grade NAT": "100.128.0.1",
    "next to protocol assignments": "192.0.1.1",
    "a public address, IPv6": "2606:2800:220:1:248:1893:25c8:1946",
    "mapped public": "::ffff:93.184.216.34",
    "NAT64 of public": "64:ff9b::93.184.216.34",
}


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused(address: str):
    assert not AddressPolicy().allows(address)


@pytest.mark.parametrize("address", ALLOWED.values(), ids=ALLOWED.keys())
def test_it_is_allowed(address: str):
    assert AddressPolicy().allows(address)


def test_what_others_hold_for_non_public_is_refused(shared: Path):
    lines = (shared / "suites/ssrf-ip-classes/cases.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    assert cases
    assert [case for case in cases if AddressPolicy().allows(case["ip"]) is case["non_public"]] == []


class TestNetworksAllowedOnPurpose:
    policy = AddressPolicy(["10.1.0.0/16", "127.0.0.2/32", "fd12::/16", "169.254.10.0/24"])

    @pytest.mark.parametrize("address", ["10.1.2.3", "127.0.0.2", "::ffff:127.0.0.2", "fd12::1", "64:ff9b::10.1.0.1"])
    def test_they_are_allowed_in_all_their_forms(self, address: str):
        assert self.policy.allows(address)

    @pytest.mark.parametrize("address", ["10.2.0.1", "127.0.0.1", "::1", "fd13::1", "169.254.169.254", "::127.0.0.2"])
    def test_nothing_else_is(self, address: str):
        assert not self.policy.allows(address)

    def test_public_addresses_stay_allowed(self):
        assert self.policy.allows("93.184.216.34")


def test_refusals_are_remembered_up_to_their_size_the_last_ones():
    refusals = Refusals(size=2)
    for host in ("a", "b", "a", "c"):
        refusals.note(host, "127.0.0.1")
    assert (refusals.of("a"), refusals.of("b"), refusals.of("c")) == ("127.0.0.1", None, "127.0.0.1")
