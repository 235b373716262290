"""What a database server on this machine costs: CPU of the processes that serve an engine's connections."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, text

from storage.sql.engine import reading


def backends(engine: Engine) -> list[int]:
    """The processes that serve connections to its database now; none for SQLite."""
    if engine.dialect.name == "sqlite":
        return []
    with reading(engine) as connection:
        query = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return list(connection.execute(query).scalars())


def cpu_s(pids: Sequence[int]) -> float:
    """CPU seconds that they have taken so far; those of another machine count nothing."""
    ticks = 0
    for pid in pids:
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists():
            fields = stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
