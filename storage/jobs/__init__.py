"""The visit queue: in SQL, and its in-process twin for tests."""
