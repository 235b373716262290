"""What each host was asked in each hour; deliveries can be found by age."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_COUNTS = ("requests", "robots", "not_modified", "refused", "failed", "bytes_received")


def upgrade() -> None:
    """Adds table and index; what was asked before is not known."""
    op.create_table(
        "host_traffic",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _COUNTS),
        sa.Column("least_gap_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("host", "hour", name=op.f("pk_host_traffic")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_host_traffic_hour", "host_traffic", ["hour"])
    op.create_index("ix_deliveries_ended", "deliveries", ["ended_at"])
