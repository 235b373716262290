"""Alembic's entry point: runs migrations on the connection that `storage.sql.upgrade` hands over."""

from alembic import context

import storage.sql.backfill_tables
import storage.sql.byline_tables
import storage.sql.change_tables
import storage.sql.channel_tables
import storage.sql.host_tables
import storage.sql.job_tables
import storage.sql.origin_tables
import storage.sql.reader_feeds
import storage.sql.reading_tables
import storage.sql.retention_tables
import storage.sql.revisit_tables
import storage.sql.schema
import storage.sql.seen
import storage.sql.story_tables
import storage.sql.subscription_tables
import storage.sql.user_tables
import storage.sql.watchlist_tables  # noqa: F401 (importing them hangs the tables on the metadata)
from storage.sql.metadata import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
