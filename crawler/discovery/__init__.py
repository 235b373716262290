"""Bytes of a source in, candidates out: feeds, sitemaps, listings, canonical URLs, autodiscovery.

Pure: no I/O, no clock, no framework. Runs in a killable child process, since its input is not trusted.
"""
