"""Searching the archive: an analyst's query in, articles with the passages that answer, and counts out."""
