"""Challenges that the head of an answer tells of."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.walls.wall import CHALLENGE, Wall

#: Headers by which a service says that this answer is its challenge, and with what values.
_SAYS_SO = (
    ("cf-mitigated", "challenge", "Cloudflare"),
    ("x-amzn-waf-action", "challenge", "AWS WAF"),
    ("x-amzn-waf-action", "captcha", "AWS WAF"),
    ("x-vercel-mitigated", "challenge", "Vercel"),
    ("x-vercel-mitigated", "deny", "Vercel"),
)
#: Signs of a service that stands in front of an outlet: who refuses, when the answer is a refusal.
_NAMES = {
    "x-datadome": "DataDome",
    "x-dd-b": "DataDome",
    "x-iinfo": "Imperva",
    "x-sucuri-id": "Sucuri",
    "x-sucuri-block": "Sucuri",
    "x-kpsdk-ct": "Kasada",
    "x-px-block": "PerimeterX",
}
_SERVERS = re.compile(r"(akamaighost|sucuri/cloudproxy|ddos-guard|datadome|qrator)", re.IGNORECASE)
_COOKIES = re.compile(
    r"(?P<DataDome>datadome)=|(?P<PerimeterX>_px(?:3|hd|vid|de)?)=|(?P<Akamai>_abck|ak_bmsc|bm_sz|bm_sv)=|"
    r"(?P<Imperva>visid_incap_\w+|incap_ses_\w+|reese84|nlbi_\w+)=|(?P<DDoSGuard>__ddg\w+)=|(?P<Sucuri>sucuri_\w+)="
)
_REFUSALS = frozenset({401, 403, 405, 406})


def wall_of_answer(status: int, headers: Iterable[tuple[str, str]]) -> Wall | None:
    """The challenge that an answer is by its status and headers. `headers` are (name, value) in any case."""
    named = [(name.lower(), value) for name, value in headers]
    for name, said, service in _SAYS_SO:
        if any(name == own and value.strip().lower() == said for own, value in named):
            return Wall(reason=CHALLENGE, detail=f"answered {status} with a challenge of {service}")
    if status not in _REFUSALS:
        return None
    by = next(filter(None, (_service(name, value) for name, value in named)), None)
    return Wall(reason=CHALLENGE, detail=f"answered {status} by {by}, which keeps robots off") if by else None


def _service(name: str, value: str) -> str | None:
    if name in _NAMES:
        return _NAMES[name]
    if name == "x-cdn" and value.strip().lower() in {"imperva", "incapsula"}:
        return "Imperva"
    if name == "server" and (server := _SERVERS.search(value)):
        return server[1]
    if name == "set-cookie" and (cookie := _COOKIES.match(value)):
        return cookie.lastgroup
    return None
