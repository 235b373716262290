"""What was fetched, kept in WARC files.

In come captures; out go their places, and bodies by place and digest. It knows no SQL: where a record lies is told by
the store's tables.
"""
