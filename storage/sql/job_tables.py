"""The tables of who does what: visits that are due, domains that are leased, processes that run."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table

from storage.sql.metadata import Structure, Utc, Words, metadata

visit_jobs = Table(
    "visit_jobs",
    metadata,
    Column("source_id", BigInteger, primary_key=True, autoincrement=False),
    Column("domain", Words, nullable=False, index=True),
    Column("due_at", Utc, nullable=False, index=True),
    Column("worker", Words),  # None: nobody has it
    Column("token", BigInteger, nullable=False, server_default="0"),
    Column("deliveries", Integer, nullable=False, server_default="0"),  # so often given out and not handed back
)

domain_leases = Table(
    "domain_leases",
    metadata,
    Column("domain", Words, primary_key=True),
    Column("worker", Words, nullable=False, index=True),
    Column("expires_at", Utc, nullable=False),
)

processes = Table(
    "processes",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("host", Words),
    Column("pid", Integer, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("detail", Words),
    Column("figures", Structure, nullable=False, server_default="{}"),
)
