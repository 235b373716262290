"""Settings of our own connections to PostgreSQL: what it has answered is on disk, whatever its server is set to."""

from __future__ import annotations

import pytest
from sqlalchemy import make_url, text

from storage.sql.engine import carelessness, open_engine


def test_commits_are_synchronous_though_the_database_says_otherwise(postgres_url: str):
    engine = open_engine(postgres_url)
    name = make_url(postgres_url).database
    with engine.begin() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    engine.dispose()
    again = open_engine(postgres_url)
    with again.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
    again.dispose()


def test_what_the_server_alone_can_change_is_told(postgres_url: str, sqlite_url: str):
    """The tests' own server skips fsync, as it may."""
    engine = open_engine(postgres_url)
    assert carelessness(engine) == ["fsync", "full_page_writes"]
    engine.dispose()
    embedded = open_engine(sqlite_url)
    assert carelessness(embedded) == []
    embedded.dispose()


def test_texts_are_compressed_with_lz4_unless_the_database_says_otherwise(postgres_url: str):
    shown, name = text("SHOW default_toast_compression"), make_url(postgres_url).database
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        offered = text("SELECT enumvals FROM pg_settings WHERE name = 'default_toast_compression'")
        if "lz4" not in (connection.execute(offered).scalar() or ()):
            pytest.skip("this PostgreSQL was built without LZ4")
        assert connection.execute(shown).scalar_one() == "lz4"
        connection.execute(text(f'ALTER DATABASE "{name}" SET default_toast_compression = pglz'))
        connection.commit()
    engine.dispose()
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.execute(shown).scalar_one() == "pglz"
    engine.dispose()
