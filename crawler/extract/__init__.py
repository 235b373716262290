"""HTML, URL, hints and the outlet in; an article with its evidence out.

Pure: no I/O, no clock, no framework. Runs in a killable child process, since its input is not trusted.
"""
