"""Addresses that are a permission by themselves, such as those of feeds: how often they may be asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from delivery.access.desk import WRONG_TOKEN_EACH_S, WRONG_TOKENS, TooManyAsked
from delivery.access.limits import Allowance, network_of


class SecretAddresses:
    """Counts who asks for them: `per_minute` requests a minute for one of them from one network in each web process,
    and few that are nobody's. `clock` tells the time.

    What one network asks for in vain costs no look into the store while it waits; what another one asks for is not
    held against a reader, so that an address that became known cannot be closed to those it was made for.
    """

    def __init__(self, per_minute: int, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._requests = Allowance(per_minute, 60 / per_minute)
        self._strangers = Allowance(WRONG_TOKENS, WRONG_TOKEN_EACH_S)

    def take(self, token: str, client: str | None) -> None:
        """Counts a request from the address `client`. Raises TooManyAsked."""
        now, network = self._clock(), network_of(client)
        if wait_s := self._strangers.wait_s(network, now) or self._requests.take((network, token), now):
            raise TooManyAsked(wait_s)

    def was_nobodys(self, client: str | None) -> None:
        """Counts that the address that was asked for is no feed's."""
        self._strangers.take(network_of(client), self._clock())
