"""Seen URLs: the seen-set in SQL, in Redis, and in memory for tests."""
