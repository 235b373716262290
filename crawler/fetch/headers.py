"""Headers of a response as text. HTTP's header bytes are read as latin-1, which loses none of them."""

from __future__ import annotations

from scrapy.http import Response


def header(response: Response, name: str) -> str | None:
    """A header's value, None when it is absent or empty."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def pairs(response: Response) -> tuple[tuple[str, str], ...]:
    """All headers in the order that Scrapy kept."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )
