"""Links of one body become candidates: each article once, with the reason why it is left out, if it is."""

from __future__ import annotations

import re
from functools import lru_cache

from crawler.addresses import absolute_url
from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import MAX_URL_CHARS, canonical_url, fingerprint, is_within
from storage.records import Candidate, Hints, Outlet, Reason

NO_HINTS = Hints()


class Collector:
    """Gathers the candidates of one body in the order found.

    The first spelling of an article's URL wins; what later ones know besides is added to its hints.
    """

    def __init__(self, outlet: Outlet, base: str) -> None:
        self._outlet = outlet
        self._base = base
        self._by_key: dict[int, Candidate] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    def add(self, link: str, hints: Hints = NO_HINTS) -> int:
        """Takes one link as written, relative to the body's URL or absolute; returns its candidate's fingerprint."""
        candidate = judge(link, self._base, self._outlet, hints)
        known = self._by_key.get(candidate.key)
        if known is None:
            self._by_key[candidate.key] = candidate
        elif hints is not NO_HINTS:
            self._by_key[candidate.key] = with_hints(known, hints)
        return candidate.key

    def candidates(self) -> tuple[Candidate, ...]:
        """All of them."""
        return tuple(self._by_key.values())


def judge(link: str, base: str, outlet: Outlet, hints: Hints = NO_HINTS) -> Candidate:
    """One link as a candidate; its reason is set when it will not be fetched."""
    found_url = absolute_url(link, base=base)[:MAX_URL_CHARS]
    try:
        url = canonical_url(link, base=base, outlet=outlet)
    except BadUrl as bad:
        return Candidate(
            url=found_url,
            key=fingerprint(found_url),
            found_url=found_url,
            hints=hints,
            reason=Reason.BAD_URL,
            detail=str(bad),
        )
    reason, detail = _left_out(url, outlet)
    return Candidate(
        url=url,
        key=fingerprint(url),
        found_url=url if found_url == url else found_url,
        hints=hints,
        reason=reason,
        detail=detail,
    )


def rule_verdict(url: str, outlet: Outlet) -> bool | None:
    """What the outlet's own include and exclude rules say of a canonical URL; None when they say nothing."""
    if any(rule.search(url) for rule in _compiled(outlet.exclude)):
        return False
    included = _compiled(outlet.include)
    return any(rule.search(url) for rule in included) if included else None


def with_hints(candidate: Candidate, more: Hints) -> Candidate:
    """The candidate, its missing hints filled from `more`."""
    have = candidate.hints
    hints = Hints(
        title=have.title or more.title,
        authors=have.authors or more.authors,
        published=have.published or more.published,
        modified=have.modified or more.modified,
        language=have.language or more.language,
    )
    return Candidate(
        url=candidate.url,
        key=candidate.key,
        found_url=candidate.found_url,
        hints=hints,
        reason=candidate.reason,
        detail=candidate.detail,
    )


def _left_out(url: str, outlet: Outlet) -> tuple[Reason | None, str | None]:
    if not is_within(outlet, url):
        return Reason.OFF_SITE, f"not at {outlet.home_url} nor at another host of this outlet"
    if rule_verdict(url, outlet) is False:
        return Reason.EXCLUDED, "the outlet's include and exclude rules leave it out"
    if url.endswith("/") and url.count("/") == 3:  # noqa: PLR2004 - two of the scheme, one of the path
        return Reason.NOT_AN_ARTICLE, "the home page"
    return None, None


@lru_cache(maxsize=4_096)
def _compiled(rules: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Rules as patterns. The catalogue refuses broken ones; one that comes another way matches nothing."""
    patterns = []
    for rule in rules:
        try:
            patterns.append(re.compile(rule))
        except re.error:
            patterns.append(re.compile(r"(?!)"))
    return tuple(patterns)
