"""Fault profiles: what a misbehaving outlet does, and which outlet misbehaves how."""

from __future__ import annotations

import argparse
import re

CANARY_PATH = "/_newsweb/canary"

FAULTS = {
    "errors": "HTTP 500 on the first one or two tries of some articles, for ever on a few",
    "busy": "503 with Retry-After on the first try of some articles",
    "throttle": "429 with Retry-After to a client asking more than twice in a second",
    "slow": "some bodies drip over ten seconds",
    "stall": "some bodies stop half way and the connection stays open for two minutes",
    "truncated": "gzip bodies cut at 60 %",
    "charset": "windows-1252 bytes labelled utf-8, or utf-8 bytes labelled iso-8859-1",
    "loops": "some articles redirect in a circle",
    "huge": "some pages are 64 MiB long",
    "bomb": "some pages are a gzip bomb of 256 MiB",
    "badxml": "feeds and sitemaps are not well-formed",
    "xxe": "feeds declare external entities (a local file, and a URL that logs as 'canary')",
    "laughs": "feeds declare exponentially growing entities",
    "cookiewall": "pages redirect to /consent, which sets a cookie and redirects back",
    "softwall": "pages without the consent cookie are a 200 with a consent form, not the article",
    "closed": "robots.txt disallows everything",
    "robots500": "robots.txt answers 500, which RFC 9309 reads as 'disallow everything'",
}


def assign_faults(options: argparse.Namespace) -> dict[int, frozenset[str]]:
    """Which outlet has which faults, from --faults."""
    faults: dict[int, set[str]] = {n: set() for n in range(1, options.outlets + 1)}
    for item in filter(None, options.faults.split(",")):
        if item == "mixed":  # the last outlets get one fault each, at most half of all outlets
            spread = list(FAULTS)[: options.outlets // 2]
            for offset, name in enumerate(spread):
                faults[options.outlets - offset].add(name)
            continue
        name, _, number = item.partition("=")
        if name not in FAULTS or not number.isdigit() or int(number) not in faults:
            raise SystemExit(f"newsweb: bad --faults item {item!r}: want 'mixed' or NAME=OUTLET_NUMBER")
        faults[int(number)].add(name)
    return {number: frozenset(names) for number, names in faults.items()}


def spoil_xml(text: str, faults: frozenset[str], port: int) -> str:
    """A feed or sitemap with the XML faults of its outlet."""
    if "badxml" in faults:
        text = "\n " + text.replace("</title>", " & more&nbsp;news\x0b</title>", 3)
        text = text[: len(text) * 9 // 10]
    if faults & {"xxe", "laughs"}:
        if "xxe" in faults:
            entities = (
                f"<!ENTITY x SYSTEM 'file:///etc/hostname'><!ENTITY y SYSTEM 'http://127.0.0.1:{port}{CANARY_PATH}'>"
            )
            used = "&x;&y;"
        else:
            entities = "<!ENTITY l0 'lol'>" + "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
            used = "&l9;"
        head, _, rest = text.partition("?>\n")
        root = re.match(r"<([\w:]+)", rest)
        text = f"{head}?>\n<!DOCTYPE {root[1]} [{entities}]>\n{rest.replace('<title>', f'<title>{used}', 2)}"
    return text
