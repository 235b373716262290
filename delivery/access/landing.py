"""Where a browser goes after it has logged in: to a page of ours, whatever the address it came with says."""

from __future__ import annotations

from urllib.parse import urlsplit

HOME = "/"
_MOST_CHARS = 2_000
#: A page there is no point in going back to.
_NOT_TO = ("/login", "/account/")


def landing(wanted: str) -> str:
    """The path and query that was wanted, or the first page where that leads elsewhere.

    Browsers take two slashes of either kind, also with a tab between them, for another site's address.
    """
    if not wanted.startswith("/") or wanted.startswith("//") or len(wanted) > _MOST_CHARS:
        return HOME
    if "\\" in wanted or not wanted.isascii() or not wanted.isprintable() or " " in wanted:
        return HOME
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    if parts.scheme or parts.netloc or parts.path.startswith(_NOT_TO):
        return HOME
    return wanted
