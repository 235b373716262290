"""RSS, Atom and JSON Feed: records in, bytes out.

Pure: no I/O, no clock, no framework.
"""
