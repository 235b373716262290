"""WARC files and WACZ packages made by others: bytes that nobody vouches for in, records and pages out.

Nothing in them is trusted: lengths, names, dates and digests are checked, what is inflated is bounded, and whatever is
wrong becomes a sentence about one record or the file. Never writes into the archive.
"""
