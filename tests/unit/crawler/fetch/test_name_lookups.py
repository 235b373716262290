# ruff: noqa: N802 (names of Twisted's)
"""Names that resolve slowly wait for each other, and nobody waits for them. The world's nameservers are played."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.fetch.lookups import SLOW_AT_ONCE, PatientResolver


class World:
    """What stands behind the resolver: every lookup is answered when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.open: list[tuple[str, Any]] = []
        self.done: list[str] = []
        self.resolver = PatientResolver(self, clock=lambda: self.now)

    def resolveHostName(self, receiver: Any, name: str, *_: Any) -> None:
        self.open.append((name, receiver))

    def ask(self, name: str) -> None:
        world = self

        class Receiver:
            def resolutionBegan(self, resolution: Any) -> None:
                assert resolution.name == name

            def addressResolved(self, address: Any) -> None:
                assert address == f"address of {name}"

            def resolutionComplete(self) -> None:
                world.done.append(name)

        self.resolver.resolveHostName(Receiver(), name)

    def asked(self) -> list[str]:
        return [name for name, _ in self.open]

    def answer(self, name: str, after_s: float) -> None:
        self.now += after_s
        place = self.asked().index(name)
        _, receiver = self.open.pop(place)
        receiver.addressResolved(f"address of {name}")
        receiver.resolutionComplete()


@pytest.fixture
def world() -> World:
    """One in which twenty names are known to be slow."""
    world = World()
    for number in range(20):
        world.ask(f"slow-{number}")
    assert len(world.open) == 20, "nobody is held to be slow before it was"
    for number in range(20):
        world.answer(f"slow-{number}", 5.0)
    world.done.clear()
    return world


def test_of_slow_names_a_few_are_asked_for_at_a_time_and_others_at_once(world: World):
    for number in range(20):
        world.ask(f"slow-{number}")
    world.ask("quick")
    assert world.asked() == [*(f"slow-{number}" for number in range(SLOW_AT_ONCE)), "quick"]
    world.answer("quick", 0.1)
    assert world.done == ["quick"]
    world.answer("slow-3", 5.0)
    assert world.asked()[-1] == f"slow-{SLOW_AT_ONCE}"
    while world.open:
        world.answer(world.asked()[0], 5.0)
    assert len(world.done) == 21


def test_a_name_that_has_become_quick_waits_no_more(world: World):
    world.ask("slow-0")
    world.answer("slow-0", 0.1)
    for number in range(1, 20):
        world.ask(f"slow-{number}")
    world.ask("slow-0")
    assert world.asked()[-1] == "slow-0"


def test_after_a_while_a_slow_name_is_given_another_try(world: World):
    world.now += 1_000.0
    for number in range(20):
        world.ask(f"slow-{number}")
    assert len(world.open) == 20
