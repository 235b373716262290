"""Claims: what one article's page, and what was said of it, tell of whose text it is."""

# ruff: noqa: RUF001
# words of many scripts

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from storage.origins.crediting import credited_in, credits_somebody
from storage.origins.datelines import parties_in, signed_parties
from storage.origins.names import Namebook, fold, name_key
from storage.records import ClaimRank, OriginClaim, Party, Revision

MAX_CLAIMS = 12
_SHOWN_CHARS = 300
_SENTENCE = "sentence in the text"
_SAME_PAGE = "canonical, same page"  # a second domain or a rebrand, unless somebody is known there
_NAME_WORDS = 7
_END_PARAGRAPHS = 4
_LINE_CHARS = 40
_NAME_PARAGRAPHS = 3  # at the end, in which a line may be nothing but a name
_BYLINE_CHARS = 80
_DECLARING = ("canonical", "json-ld ", "meta ", "feed ")
_CLAUSE = re.compile(r"\s+(?:on|in|under|and|as|with|where|here|dated?|by|am|vom|le|el)\b.*$|[,(\[].*$", re.IGNORECASE)
_BEFORE = re.compile(
    r"^\W*(?:by|from|source|courtesy(?:\s+of)?|with\s+permission\s+(?:of|from)|via|von|quelle|fuente|fonte|source|"
    r"المصدر|نقلاً?\s+عن|منبع|به\s+نقل\s+از|מקור|מאת|источник)\b\s*[:：]?\s*",
    re.IGNORECASE,
)
_LABEL_CHARS = 4
#: Where many sites have their systems: the same path there is the same page.
_PLATFORMS = frozenset(["wordpress.com", "wpengine.com", "wpcomstaging.com", "herokuapp.com", "azurewebsites.net"])
#: Where addresses lead that are nobody's text: caches, archives, shorteners, networks, identifiers of papers.
_NOBODY_AT = frozenset(
    [
        "ampproject.org", "googleusercontent.com", "google.com", "archive.org", "archive.ph", "archive.today",
        "cloudfront.net", "amazonaws.com", "akamaized.net", "fastly.net", "feedburner.com", "doi.org", "t.co",
        "bit.ly", "ow.ly", "tinyurl.com", "facebook.com", "twitter.com", "x.com", "instagram.com", "youtube.com",
        "youtu.be", "linkedin.com", "pinterest.com", "t.me", "telegram.me", "whatsapp.com", "schema.org", "w3.org",
        "wikipedia.org", "nih.gov", "arxiv.org", "localhost", "translate.goog", "gettyimages.com", "shutterstock.com",
    ]
)  # fmt: skip
_NOBODY = frozenset(
    fold(name)
    for name in (
        "getty images", "shutterstock", "istock", "wikimedia commons", "wikipedia", "agencies", "agency", "agenturen",
        "agencias", "agences", "agenzie", "news agencies", "وكالات", "الوكالات", "خبرگزاری ها", "סוכנויות הידיעות",
        "agentur", "internet", "google news", "youtube", "twitter", "facebook", "telegram", "instagram",
        "press release", "pressemitteilung", "own", "editorial", "staff", "newsroom", "redaktion", "admin",
        "unknown", "web desk",
    )
)  # fmt: skip


_Statement = tuple[ClaimRank, str, str, str, Party]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an article tells of itself."""

    article_id: int
    outlet_key: str
    url: str
    revision: Revision


def claims_of(told: Told, book: Namebook) -> tuple[OriginClaim, ...]:
    """All claims of an article's newest revision, the strongest first, each rule's party once; at most twelve.

    What only leads to the outlet itself by an address is none (its second domain, a rebrand, AMP, a cache); an outlet
    that names itself in its byline or dateline is told with `is_own`. Never raises.
    """
    own = book.outlet(told.outlet_key)
    found: dict[tuple[str, str], OriginClaim] = {}
    for rank, rule, value, evidence, party in _statements(told, own, book):
        claim = OriginClaim(
            article_id=told.article_id,
            revision=told.revision.number,
            rank=rank,
            rule=rule,
            value=value[:_SHOWN_CHARS],
            party=party,
            evidence=evidence[:_SHOWN_CHARS],
            is_own=party.key == own.key,
        )
        found.setdefault((rule, party.key), claim)
    return tuple(sorted(islice(found.values(), MAX_CLAIMS), key=lambda claim: claim.rank))


def _statements(told: Told, own: Party, book: Namebook) -> Iterator[_Statement]:
    """(rank, rule, value, passage, party) of all that names another outlet or agency, or the outlet itself."""
    yield from _of_head(told, own, book)
    yield from _of_credit(told, own, book)
    for signer in _signers(told.revision):
        for party in _signing(signer, book):
            yield ClaimRank.NAMED, "byline", signer, "", party
    for rule, passage, party in signed_parties(told.revision.body, book):
        yield ClaimRank.NAMED, rule, party.name, passage, party


def _of_head(told: Told, own: Party, book: Namebook) -> Iterator[_Statement]:
    for rule, value in told.revision.origins:
        if rule.startswith(_DECLARING):
            party = _declared(value, told.url, own, book)
            is_other = party is not None and party.key != own.key and (party.is_known or rule != _SAME_PAGE)
            if party is not None and is_other:
                yield ClaimRank.DECLARED, rule, value, "", party


def _of_credit(told: Told, own: Party, book: Namebook) -> Iterator[_Statement]:
    """What the text says of where it was published first, and its credit line."""
    sentences = [(rule, value) for rule, value in told.revision.origins if rule == _SENTENCE]
    named = [(rule, value, party) for rule, value in sentences if (party := _named_in_sentence(value, book))]
    credit = told.revision.credit
    named += [("credit line", credit, party) for party in _credited(credit, book)] if credit else []
    for line in _closing_lines(told.revision):
        found = credited_in(line, book) if credits_somebody(line) else parties_in(line, book)
        named += [("crediting line", line, party) for party in found]
    for rule, value, party in named:
        if party.key != own.key and not _is_own_bare(party, own, told.url):
            yield ClaimRank.NAMED, rule, value, "", party


def _signers(revision: Revision) -> Iterator[str]:
    """Whoever signs, and bylines as they stand on the page: an outlet behind a name is no desk."""
    yield from revision.desks
    yield from revision.authors
    for evidence in revision.evidence:
        if evidence.field == "byline":
            yield evidence.value
        elif evidence.field == "authors":
            yield from (value for _, value in evidence.lost if len(value) <= _BYLINE_CHARS)


def _closing_lines(revision: Revision) -> Iterator[str]:
    """Lines at the end of the text, and those cut off it, that say where it comes from; one of the last that is nothing
    but a name says so too.
    """
    paragraphs = [paragraph for paragraph in revision.body.split("\n\n") if paragraph.strip()]
    cut = [line for evidence in revision.evidence if evidence.field == "ending" for line in evidence.value.split("\n")]
    last = [*paragraphs[-_END_PARAGRAPHS:], *cut]
    first = paragraphs[:1] if len(paragraphs) > 1 else []
    yield from (line for line in (*first, *last) if credits_somebody(line))
    names = (line.strip(" *–—-()[]") for line in (*paragraphs[-_NAME_PARAGRAPHS:], *cut) if len(line) <= _LINE_CHARS)
    yield from (line for line in names if not credits_somebody(line))


def _declared(value: str, url: str, own: Party, book: Namebook) -> Party | None:
    """Whom a URL or a name in the page's head means; None where it is no other place."""
    if value.startswith(("http://", "https://", "//")):
        party = book.at(f"https:{value}" if value.startswith("//") else value)
        return None if party is None or _is_same_house(party, value, own, url, book) else party
    if party := book.named(value):
        return party
    is_name = " " in value.strip() or not value.isascii()  # one word of ASCII is mostly some system's
    return _unknown(value) if is_name and not _is_own_name(value, own, url) else None


def _is_same_house(party: Party, value: str, own: Party, url: str, book: Namebook) -> bool:
    """Whether a site that nobody is known at is the outlet's own or nobody's: a cache, a domain that differs only in
    its ending (example.com, example.de), one that is named for the outlet, or any name at all where the outlet was
    found at a bare address, which is nobody's name.
    """
    if party.is_known:
        return party.key == own.key
    domain = party.key.partition(":")[2]
    if _is_under(domain, _NOBODY_AT) or "." not in domain or _is_number(domain) or _is_number(_parts(url)[0]):
        return True
    label, here = fold(domain.partition(".")[0]), book.at(url)
    if here is not None and here.key == party.key:
        return True
    is_backend = _is_under(domain, _PLATFORMS) and _parts(value)[1] == _parts(url)[1]
    return is_backend or label in _labels(own, url)


def _is_number(host: str) -> bool:
    """Whether a host is an IP address."""
    return host.replace(".", "").isdecimal() or ":" in host


def _is_under(domain: str, hosts: frozenset[str]) -> bool:
    parts = domain.split(".")
    return any(".".join(parts[at:]) in hosts for at in range(len(parts)))


def _labels(own: Party, url: str) -> set[str]:
    """What an outlet may call itself: its name, and the first parts of its hosts."""
    hosts = (_parts(each)[0].removeprefix("www.") for each in (url, own.url or ""))
    return {fold(own.name), *(fold(host.partition(".")[0]) for host in hosts)} - {""}


def _parts(url: str) -> tuple[str, str]:
    """Host and path of an address, both empty of what is none."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower(), parts.path
    except ValueError:
        return "", ""


def _is_own_bare(party: Party, own: Party, url: str) -> bool:
    return party.key.startswith("name:") and _is_own_name(party.name, own, url)


def _is_own_name(name: str, own: Party, url: str) -> bool:
    """Whether a name that nobody else has is the outlet's with something around it ("VnExpress News")."""
    folded = fold(name)
    return any(len(label) >= _LABEL_CHARS and label in folded for label in _labels(own, url))


def _named_in_sentence(where: str, book: Namebook) -> Party | None:
    """Whom "first published in ..." names: the whole, or what stands before a comma or "on 9 May"."""
    bare = _CLAUSE.sub("", where).strip()
    return book.named(where) or book.named(bare) or (_unknown(bare) if bare[:1].isupper() else None)


def _credited(credit: str, book: Namebook) -> Iterable[Party]:
    """Whom a credit line names: all in it that are known, else the name itself."""
    bare = _BEFORE.sub("", credit)
    known = parties_in(bare, book)
    if known:
        return known
    unknown = _unknown(bare)
    return (unknown,) if unknown else ()


def _signing(signer: str, book: Namebook) -> list[Party]:
    """Whom a signer means: all outlets and agencies in it, or the one that it ends with ("Jane Roe Los Angeles Times");
    a person's name means nobody.
    """
    bare = _BEFORE.sub("", signer)
    if known := parties_in(bare, book):
        return known
    words = bare.split()
    for count in range(min(len(words) - 1, _NAME_WORDS), 0, -1):
        party = book.named(" ".join(words[-count:]))
        if party is not None and (count > 1 or party.is_agency):
            return [party]
    return []


def _unknown(name: str) -> Party | None:
    """A party of which nothing but its name is known."""
    name = " ".join(name.split()).strip(' .,;:|–—-"“”')
    folded = name_key(name)
    if len(folded) < 3 or folded.isdecimal() or folded in _NOBODY or len(name.split()) > _NAME_WORDS:  # noqa: PLR2004
        return None
    return Party(key=f"name:{folded[:100]}", name=name[:100])
