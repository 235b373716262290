"""Backups and dumps: in comes what is kept; out goes a folder that proves itself, and back again.

A backup is made while others write: the database is copied first, as it was at one moment; then the archive, in which
a body lies before the database refers to it. What a backup holds is named in its manifest with size and digest, which
is written last: a folder without one is no backup. A dump holds the rows of the database alone, in files from which
either kind of database can be filled. Never reads or writes anything outside the folders that it is given.
"""
