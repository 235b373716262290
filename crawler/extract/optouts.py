"""Opt-outs: what an outlet says must not be done with a page, in its head, its headers and its robots.txt.

They are recorded, whatever is then done about them. Read are robots directives (X-Robots-Tag and meta, for all or
for us by name), the W3C community's TDM reservation protocol, and the AI preferences of Content-Signal and of
the IETF's Content-Usage. What is said to another crawler by name is not said to us.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from storage.records import OptOut

US = "presswatch"
#: What is said to all is here as it is called elsewhere too.
_DIRECTIVES = {
    "noarchive": "noarchive",
    "nocache": "noarchive",
    "noindex": "noindex",
    "none": "noindex",
    "nosnippet": "nosnippet",
    "noai": "noai",
    "noimageai": "noimageai",
}
_NAMED = re.compile(r"\s*(\*|[a-z][a-z_*-]*)\s*:(.*)", re.IGNORECASE)
#: Directives that have a value after a colon: no crawler's name.
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_PREFERENCES = frozenset({"content-signal", "content-usage"})
_NO = re.compile(r"\s*([a-z][a-z-]{0,40})\s*=\s*(n|no)\s*", re.IGNORECASE)
_MOST_LINES = 50
_MOST_CHARS = 1000
_POLICY_CHARS = 300

#: Headers that say such things, in lower case.
HEADERS = frozenset({"x-robots-tag", "tdm-reservation", "tdm-policy"}) | _PREFERENCES


def in_headers(lines: Iterable[tuple[str, str]], where: str = "header") -> tuple[OptOut, ...]:
    """What header lines (name, value) say; others than HEADERS are passed over."""
    told = [(name.lower(), value[:_MOST_CHARS]) for name, value in lines if name.lower() in HEADERS][:_MOST_LINES]
    policy = next((value for name, value in told if name == "tdm-policy"), None)
    found: list[OptOut] = []
    for name, value in told:
        if name == "x-robots-tag":
            found += [OptOut(name=each, rule="X-Robots-Tag") for each in _directives(value)]
        elif name in _PREFERENCES:
            found += [OptOut(name=each, rule=f"{where} {name}") for each in _preferences(value)]
        elif name == "tdm-reservation":
            found += _reserved(value, policy, f"{where} {name}")
    return tuple(dict.fromkeys(found))


def in_head(meta: Mapping[str, tuple[str, ...]]) -> tuple[OptOut, ...]:
    """What the meta elements of a page say (`crawler.extract.metatags`)."""
    found: list[OptOut] = []
    for name in ("robots", US, "x-robots-tag"):
        for value in meta.get(name, ())[:_MOST_LINES]:
            found += [OptOut(name=each, rule=f"meta {name}") for each in _directives(value[:_MOST_CHARS])]
    policy = next(iter(meta.get("tdm-policy", ())), None)
    for value in meta.get("tdm-reservation", ())[:1]:
        found += _reserved(value, policy, "meta tdm-reservation")
    return tuple(dict.fromkeys(found))


def _directives(value: str) -> Iterator[str]:
    """Directives said to all or to us. A crawler's name holds for what follows it in the line."""
    is_ours = True
    for part in value.split(","):
        word = part
        named = _NAMED.fullmatch(part)
        if named and named[1].lower() not in _VALUED:
            is_ours, word = named[1].lower() in {"*", US}, named[2]
        directive = _DIRECTIVES.get(word.strip().lower())
        if is_ours and directive:
            yield directive


def _preferences(value: str) -> Iterator[str]:
    for part in value.split(","):
        denied = _NO.fullmatch(part.partition(";")[0])
        if denied:
            yield f"{denied[1].lower()}={denied[2].lower()}"


def _reserved(value: str, policy: str | None, rule: str) -> list[OptOut]:
    if value.strip() != "1":
        return []
    shown = f", policy {policy[:_POLICY_CHARS]}" if policy else ""
    return [OptOut(name="tdm-reservation", rule=rule + shown)]
