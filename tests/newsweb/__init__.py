"""A local news web to try crawlers against, and the judge of what they did.

In go options and a seed; out come outlets on loopback addresses, the ground truth, an access log, and (`check`) what the
log says of a crawl. It never imports Presswatch, but for `catalogue`, which writes outlet files for it. Needs aiohttp only.
Run `python -m tests.newsweb serve --help`.
"""
