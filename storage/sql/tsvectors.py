"""Tsvectors on their way to PostgreSQL; only where there is one is this loaded."""

from __future__ import annotations

from psycopg import Connection
from psycopg.adapt import Dumper
from psycopg.pq import Format

from storage.search.tsvector import Tsvector


class _TsvectorDumper(Dumper):
    format = Format.BINARY
    oid = 3614  # of tsvector in pg_type, the same in every database

    def dump(self, obj: Tsvector) -> Tsvector:
        """It is in that form already."""
        return obj


def send_tsvectors(connection: Connection) -> None:
    """Lets a connection take `Tsvector` for a parameter."""
    connection.adapters.register_dumper(Tsvector, _TsvectorDumper)
