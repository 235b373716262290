"""A kept page made fit to be looked at: the body of a capture in, harmless HTML out, or why it is not shown.

It never fetches, and nothing of a page's own code, styles, addresses or forms comes out of it.
"""
