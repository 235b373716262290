"""A PostgreSQL that takes connections and never says a word, as one that is frozen does."""

from __future__ import annotations

import socket
import time

import pytest
from sqlalchemy import text

from storage.errors import StoreUnavailable
from storage.sql.engine import open_engine, reading

_WITHIN_S = 10


@pytest.mark.parametrize(("patience", "least_s"), [("", 4), ("?connect_timeout=2", 1)])
def test_it_is_given_up_in_seconds_and_the_address_may_say_when(patience: str, least_s: float):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = open_engine(f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none{patience}")
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="does not answer"), reading(engine) as connection:
            connection.execute(text("SELECT 1"))
        assert least_s <= time.monotonic() - began < _WITHIN_S
        engine.dispose()
