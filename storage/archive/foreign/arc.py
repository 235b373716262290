"""Heads of ARC files (Internet Archive 1996, versions 1 and 2), which came before WARC: a line of fields a record."""

from __future__ import annotations

import re

#: URL, address, moment, type, in version 2 five fields more, length.
_LINE = re.compile(r"([^\s\0]+) ([^\s\0]+) (\d{14}) (\S+) (?:\S+ \S+ \S+ \d+ \S+ )?(\d{1,15})")


def headers_in(line: str) -> dict[str, str] | None:
    """What the head of a WARC record would tell of it; None for a line that is no head."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    url, address, moment, _, length = found.groups()
    day, time = f"{moment[:4]}-{moment[4:6]}-{moment[6:8]}", f"{moment[8:10]}:{moment[10:12]}:{moment[12:]}"
    return {
        "warc-type": "response" if url.lower().startswith(("http://", "https://")) else "resource",
        "warc-target-uri": url,
        "warc-date": f"{day}T{time}Z",
        "warc-ip-address": address,
        "content-length": length,
    }
