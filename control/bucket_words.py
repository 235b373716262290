"""What an operator may write of the archive's bucket: its name, a prefix, the server's address."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from control.loopback import is_loopback

#: A key of S3 has 1,024 bytes at most.
_LONGEST_PREFIX = 200


def bucket_name(words: str) -> str:
    """The name alone. Raises ValueError."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}", words):
        return words
    raise ValueError("must be the name of a bucket alone, such as press-archive")


def key_prefix(words: str) -> str:
    """Folders. Raises ValueError."""
    if len(words) <= _LONGEST_PREFIX and re.fullmatch(r"((?!\.{1,2}/)[A-Za-z0-9_.=-]+/)*", words):
        return words
    raise ValueError("must be folders that end in a slash, such as presswatch/archive/")


def endpoint(words: str, *, may_be_plain: bool) -> str:
    """The server's address; one that is asked without TLS is on this machine, or allowed. Raises ValueError."""
    url = urlsplit(words)
    is_bare = not (url.path.strip("/") or url.query or url.fragment or "@" in url.netloc)
    if url.scheme not in {"http", "https"} or not url.hostname or url.port == 0 or not is_bare:
        raise ValueError("must be the address of the server alone, such as https://s3.example.org, without credentials")
    if url.scheme == "http" and not may_be_plain and not is_loopback(url.hostname):
        raise ValueError(
            "begins with http://, and whoever is on the way reads and changes what goes there; use https://, or set "
            "PRESSWATCH_ARCHIVE_S3_ALLOW_HTTP for a network that is yours"
        )
    return words.rstrip("/")
