"""What tests of several subjects begin with: a store with outlets. Those that need another room make their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage.sql.channels import SqlChannelBook
from tests.pressroom import DOZEN, Pressroom, fill, pressroom
from tests.userhouse import House
from tests.webserver import Site, serving


@pytest.fixture
def room(sqlite_url: str, tmp_path: Path) -> Iterator[Pressroom]:
    """A pressroom whose outlets have published nothing yet, in a folder of its own."""
    with pressroom(sqlite_url, tmp_path) as room:
        room.open_outlets()
        yield room


@pytest.fixture
def three_articles(room: Pressroom) -> None:
    """Published in it."""
    for piece in DOZEN[:3]:
        room.publish(piece)


@pytest.fixture
def book(room: Pressroom) -> SqlChannelBook:
    """Its channels."""
    return SqlChannelBook(room.engine)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A pressroom with articles and with a user of each role."""
    folder = tmp_path_factory.mktemp("house")
    with pressroom(f"sqlite:///{folder}/store.sqlite3", folder) as room:
        fill(room)
        yield House(room)


@pytest.fixture(scope="module")
def served_house(house: House) -> Iterator[Site]:
    """It, served."""
    with serving(house.room, **house.settings()) as site:
        yield site


@pytest.fixture
def site(house: House, served_house: Site) -> Site:
    """The same for all tests, a day later each: what one of them used up of a limit is there again."""
    house.clock.now += timedelta(days=1)
    return served_house
