"""The JSON API under /api/v1.

In comes a request, out goes what the library, the event log and the outlet book say, as JSON that
OpenAPI describes; errors are problems as RFC 9457 has them. Its watchlists can be changed, too; it renders no page.
"""
