"""RSS, Atom and JSON Feed: records in, bytes out.

In go a `Feed` and its `FeedEntry` records (plain text, aware UTC times), out come the bytes of one
document. Pure: no I/O, no clock, no framework; the same records give the same bytes, which is what a
strong ETag promises.
"""
