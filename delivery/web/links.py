"""Query strings of our own links."""

from __future__ import annotations

from urllib.parse import urlencode


def query_string(**values: str | int | None) -> str:
    """Such as "?a=1&b=2", of the values that are set, or nothing."""
    given = {name: value for name, value in values.items() if value}
    return f"?{urlencode(given)}" if given else ""
