"""What full-text search indexes of an article, and how each database is asked for it. Pure.

`documents` and `facts` make what is indexed; `fts5` (SQLite) and `tsquery` (PostgreSQL) write a `Wanted` in the
language of their database. Both index the same folded words in the same fields, so that a search finds the same
articles on either.
"""
