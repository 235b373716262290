"""CDXJ: a line of index a response, `KEY TIMESTAMP {JSON}`, by which replay tools find a record.

The key is the URL turned about (SURT), so that a site's pages stand together: `com,jpost)/news/article-1`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from storage.archive.record import Record

_STATUS = re.compile(rb"HTTP/[\d.]+ +(\d{3})")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PLACE = '"offset": "{offset}", "filename": "{name}"'


def line_of(url: str, at: datetime, *, status: int, mime: str, digest: str, length: int) -> str:
    """A line whose offset and file name are filled in by `placed`."""
    told = {"url": url, "mime": mime, "status": str(status), "digest": digest, "length": str(length)}
    known = json.dumps(told).removesuffix("}").replace("{", "{{").replace("}", "}}")
    key = key_of(url).replace("{", "{{").replace("}", "}}")
    return f"{key} {at.astimezone(UTC):%Y%m%d%H%M%S} {known}, {_PLACE}}}}}"


def placed(line: str, *, offset: int, name: str) -> str:
    """A whole line, with its end."""
    return line.format(offset=offset, name=name) + "\n"


def line_of_record(record: Record, *, offset: int, length: int, name: str) -> str | None:
    """The line of a record that is read again; None for one that is no answer of a server."""
    if record.kind not in ("response", "revisit"):
        return None
    headers = record.headers
    try:
        at = datetime.fromisoformat(headers["warc-date"])
    except (KeyError, ValueError):
        return None
    status, mime = told_by(record.head)
    line = line_of(
        headers.get("warc-target-uri", ""),
        at,
        status=status,
        mime="warc/revisit" if record.kind == "revisit" else mime,
        digest=headers.get("warc-payload-digest", ""),
        length=length,
    )
    return placed(line, offset=offset, name=name)


def told_by(head: bytes) -> tuple[int, str]:
    """The status and the media type that a response's head tells; 0 and `unk` where it tells none."""
    lines = (line.partition(":") for line in head.decode("latin-1").split("\n"))
    kinds = (value for name, _, value in lines if name.lower() == "content-type")
    mime = next(kinds, "").partition(";")[0].strip().lower()
    return int(found[1]) if (found := _STATUS.match(head)) else 0, mime or "unk"


def in_order(lines: Iterable[str]) -> list[str]:
    """As a CDXJ file must be: by bytes."""
    return sorted(lines, key=lambda line: line.encode())


def key_of(url: str) -> str:
    """The sortable form of a URL: host turned about, without `www`, lower case; what cannot be read stays as it is."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        host, port = "", None
    if not host:
        return url.replace(" ", "%20").lower()
    host = re.sub(r"^www\d*\.(?=.+\.)", "", host)
    turned = host if ":" in host or re.fullmatch(r"[\d.]+", host) else ",".join(reversed(host.split(".")))
    colon = f":{port}" if port and port != _DEFAULT_PORTS.get(parts.scheme) else ""
    query = f"?{'&'.join(sorted(parts.query.split('&')))}" if parts.query else ""
    return f"{turned}{colon}){parts.path or '/'}{query}".replace(" ", "%20").lower()
