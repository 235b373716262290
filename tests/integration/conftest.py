"""What tests of several subjects begin with: a store with outlets. Those that need another room make their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.sql.channels import SqlChannelBook
from tests.pressroom import Pressroom, pressroom


@pytest.fixture
def room(sqlite_url: str, tmp_path: Path) -> Iterator[Pressroom]:
    """A pressroom whose outlets have published nothing yet, in a folder of its own."""
    with pressroom(sqlite_url, tmp_path) as room:
        room.open_outlets()
        yield room


@pytest.fixture
def book(room: Pressroom) -> SqlChannelBook:
    """Its channels."""
    return SqlChannelBook(room.engine)
