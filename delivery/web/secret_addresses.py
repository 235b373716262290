"""The door of feeds at secret addresses: no log-in, and no more requests than a reader has a use for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Path, Request

from delivery.access.addresses import SecretAddresses
from delivery.access.desk import TooManyAsked
from delivery.api.access import too_many
from delivery.api.locality import address_of
from delivery.api.services import Reading
from storage.errors import UnknownFeed, UnknownWatchlist

T = TypeVar("T")

Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{16,64}$")]


class Door:
    """Of one request, which was counted."""

    def __init__(self, addresses: SecretAddresses, token: str, client: str | None) -> None:
        self._addresses = addresses
        self._token = token
        self._client = client

    def behind(self, look_up: Callable[[str], T]) -> T:
        """What the address is of. Raises UnknownFeed and UnknownWatchlist, and counts that."""
        try:
            return look_up(self._token)
        except (UnknownFeed, UnknownWatchlist):
            self._addresses.was_nobodys(self._client)
            raise


async def door_of(request: Request, services: Reading, token: Token) -> Door:
    """Raises HTTPException (429) for who asks too often."""
    client = address_of(request)
    try:
        services.secret_addresses.take(token, client)
    except TooManyAsked as error:
        raise too_many(error) from error
    return Door(services.secret_addresses, token, client)


Knocking = Annotated[Door, Depends(door_of)]
