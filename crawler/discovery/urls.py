"""Canonical URLs: one article, one URL, one fingerprint.

URLs are parsed as browsers do (WHATWG URL Standard, by ada), so that what is checked is what is fetched.
Two different articles must never share a canonical form; where it is not sure that two URLs show the same
page, they stay apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

import ada_url

from crawler.discovery.errors import BadUrl
from crawler.discovery.tracking import is_tracking
from crawler.discovery.variants import is_variant_parameter, may_be_variant_host, page_path, without_variant_label
from crawler.suffixes import parts_of
from storage.records import Outlet

MAX_URL_CHARS = 2_048
# More than this is not even parsed; a fragment may be long and is dropped.
_MAX_INPUT_CHARS = 16_384
_MAX_HOST_CHARS = 253
#: A request asks for domain and origin of its address a dozen times, and a source is asked for again with each visit.
_LATELY = 4_096

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPES = {
    spelling: chr(code) if chr(code) in _UNRESERVED else f"%{code:02X}"
    for code in range(256)
    for spelling in (f"{code:02x}", f"{code:02X}", f"{code:02x}".title(), f"{code:02x}".swapcase())
}
_ESCAPES |= {f"{high}{low}": _ESCAPES[f"{high}{low}".lower()] for high in "abcdefABCDEF" for low in "abcdefABCDEF"}
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})?")
#: Java's, and ASP.NET's: /(S(hbc3ir55z0ayqu45ibkpzq45))/page.aspx
_SESSION_IN_PATH = re.compile(
    r";jsessionid=[^/;]*|(?<=/)\((?:[a-z0-9]{24}|(?:[A-Z]\([a-z0-9]{24}\))+)\)/", re.IGNORECASE
)
_GLUED_TRACKING = re.compile(r"(?:\?|%3[Ff])utm_.*")
_HREF = re.compile(r"(https?)://(?:[^/@?#]*@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?")


def canonical_url(url: str, *, base: str | None = None, outlet: Outlet | None = None) -> str:
    """The identity form of a URL; with `base`, a relative one is made absolute first.

    Host in lower case and ASCII, default port, credentials, fragment, tracking parameters, session ids and
    empty query dropped, percent-encoding normalised (RFC 3986 6.2.2), AMP and mobile variants led back to
    their page. Order of parameters, `www.` and a trailing slash stay as they are. Idempotent. With `outlet`, its
    own word on parameters counts.

    Raises BadUrl.
    """
    scheme, host, path, query = _parts(url, base)
    name = host.partition(":")[0]
    while may_be_variant_host(name) and registrable_domain(name) != name:
        host, name = without_variant_label(host), without_variant_label(name)
    if "%" in path:
        path = _ESCAPE.sub(_escape, path)
    path = _page_path(path)
    if query:
        if "%" in query:
            query = _ESCAPE.sub(_escape, query)
        query = _kept_query(query, name, path, outlet)
    return _joined(scheme, host, path, query)


def fetch_url(url: str, *, base: str | None = None, outlet: Outlet | None = None) -> str:
    """The form to ask the server for: as found, without credentials, fragment and tracking parameters.

    AMP and mobile variants stay, since only the server knows whether it has another. Raises BadUrl.
    """
    scheme, host, path, query = _parts(url, base)
    name = host.partition(":")[0]
    parts = [part for part in query.split("&") if part and not _only_tracks(*_pair(part), name, outlet)]
    return _joined(scheme, host, path, "&".join(parts))


def fingerprint(url: str) -> int:
    """Signed 64-bit number of a canonical URL: BLAKE2b over it.

    http and https, with and without a leading `www.`, with and without a slash at the end of the path are
    one article. Takes what `canonical_url` gave; other text has a fingerprint of its own.
    """
    address = url.partition("://")[2] or url
    rest = address.removeprefix("www.")
    if "." in rest.partition("/")[0]:
        address = rest
    path, mark, query = address.partition("?")
    identity = f"{path.removesuffix('/')}{mark}{query}"
    return int.from_bytes(blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)


def canonical_among(url: str, outlets: Iterable[Outlet]) -> str:
    """The canonical form as the outlet has it at which a URL is, where one of these has a word on parameters.

    Raises BadUrl.
    """
    own = (outlet for outlet in outlets if outlet.keep_parameters or outlet.drop_parameters)
    return canonical_url(url, outlet=next((outlet for outlet in own if is_within(outlet, url)), None))


@lru_cache(maxsize=_LATELY)
def registrable_domain(url_or_host: str) -> str:
    """The domain under which a site's owner registers names: `bbc.co.uk` for `news.bbc.co.uk:8080`.

    Public Suffix List with its private part. An IP address, a single label and
    a public suffix are their own domain.
    """
    return _domain_of(_host_of(url_or_host))


@lru_cache(maxsize=_LATELY)
def origin(url: str) -> str:
    """`scheme://host[:port]` of an http(s) URL. Raises BadUrl."""
    scheme, host, _, _ = _parts(url, None)
    return f"{scheme}://{host}"


def sites_of(outlet: Outlet) -> set[str]:
    """Origins of an outlet's home page and sources."""
    sites = set()
    for url in (outlet.home_url, *(source.url for source in outlet.sources)):
        try:
            sites.add(origin(url))
        except BadUrl:  # nothing is fetched there
            continue
    return sites


def is_within(outlet: Outlet, url: str) -> bool:
    """Whether a URL is at this outlet: at the registrable domain of its home page, or at one of its hosts or
    their subdomains. Where the host is an IP address or a single label, host and port must be the same.
    """
    try:
        _, host, _, _ = _parts(url, None)
    except BadUrl:
        return False
    return _is_at(host, outlet.home_url, outlet.hosts)


def is_address(host: str) -> bool:
    """Whether a host (no port, as ada writes it) is an IP address."""
    return host.startswith("[") or (host[-1:].isdigit() and host.replace(".", "").isdigit())


@lru_cache(maxsize=65_536)
def _domain_of(host: str) -> str:
    if is_address(host):
        return host
    return parts_of(host).top_domain_under_public_suffix or host


def _host_of(url_or_host: str) -> str:
    text = url_or_host if "://" in url_or_host else f"http://{url_or_host}"
    try:
        _, host, _, _ = _parts(text, None)
    except BadUrl:
        return url_or_host[:_MAX_HOST_CHARS].lower()
    return host if host.endswith("]") else host.partition("]")[0] + "]" if host.startswith("[") else _name(host)


def _name(host: str) -> str:
    return host.partition(":")[0]


@lru_cache(maxsize=65_536)
def _is_at(host: str, home_url: str, hosts: tuple[str, ...]) -> bool:
    try:
        _, home, _, _ = _parts(home_url, None)
    except BadUrl:
        home = ""
    domain = _host_of(host)
    if is_address(domain) or "." not in domain:
        return host == home or host in hosts
    if home and registrable_domain(home) == registrable_domain(domain):
        return True
    return any(domain == own or domain.endswith(f".{own}") for own in map(_host_of, hosts))


def _parts(url: str, base: str | None) -> tuple[str, str, str, str]:
    """Scheme, host with port, path and query of an http(s) URL, as ada normalises them."""
    if len(url) > _MAX_INPUT_CHARS:
        raise BadUrl(f"longer than {MAX_URL_CHARS} characters")
    if not url.strip():
        raise BadUrl("empty")
    try:
        href = ada_url.join_url(base, url) if base else ada_url.normalize_url(url)
    except ValueError:
        raise BadUrl("not a URL that browsers understand") from None
    found = _HREF.match(href)
    if found is None:
        scheme = href.partition(":")[0]
        raise BadUrl(f"its scheme is {scheme[:20]!r}, not http or https")
    scheme, host, path, query = found.groups(default="")
    if "." in host:
        host = _without_root_dot(host)
    return scheme, host, path, query


def _joined(scheme: str, host: str, path: str, query: str) -> str:
    url = f"{scheme}://{host}{path}?{query}" if query else f"{scheme}://{host}{path}"
    if len(url) > MAX_URL_CHARS:
        raise BadUrl(f"longer than {MAX_URL_CHARS} characters")
    return url


def _without_root_dot(host: str) -> str:
    """The host without the dot of the DNS root: `example.com.` and `example.com` are one. Raises BadUrl."""
    name, colon, port = host.partition(":")
    name = name.removesuffix(".")
    if not name or name.startswith(".") or name.endswith(".") or ".." in name:
        raise BadUrl("its host has an empty label")
    return f"{name}{colon}{port}"


def _page_path(path: str) -> str:
    """The path of the page itself: without sessions and variants. What that brings together is resolved again."""
    while True:
        page = _SESSION_IN_PATH.sub("", path) if ";" in path or "(" in path else path
        page = page_path(page)
        if page == path:
            return page
        path = ada_url.URL(f"http://a{page}").pathname if "/." in page else page


def _escape(found: re.Match[str]) -> str:
    digits = found[1]
    return "%25" if digits is None else _ESCAPES[digits]


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name, value


def _only_tracks(name: str, value: str, host: str, outlet: Outlet | None) -> bool:
    """Whether a parameter names no article: as the outlet's file says, else as everywhere."""
    if outlet is not None and (outlet.keep_parameters or outlet.drop_parameters):
        own = name.lower()
        if own in outlet.keep_parameters:
            return False
        if own in outlet.drop_parameters:
            return True
    return is_tracking(name, value, host)


def _kept_query(query: str, host: str, path: str, outlet: Outlet | None) -> str:
    kept = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if not part or _only_tracks(name, value, host, outlet) or is_variant_parameter(name, value, path):
            continue
        if "utm_" in value:
            part = _GLUED_TRACKING.sub("", part)  # noqa: PLW2901 - "id=5?utm_source=x": two tools glued a query on
        kept.append(part)
    return "&".join(kept)
