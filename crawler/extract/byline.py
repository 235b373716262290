"""Who wrote an article."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from lxml.html import HtmlElement

from crawler.extract import jsonld
from crawler.extract.claims import BYLINE_CHARS, Claim, claims_of
from crawler.extract.page import Page
from crawler.extract.persons import is_person, key, proper_case, signers_in, without_by
from crawler.extract.signature import labelled_signers, marked_claims
from storage.records import Evidence, Hints

_META = (
    "author", "article:author", "og:article:author", "dc.creator", "dcterms.creator", "dc:creator", "parsely-author",
    "sailthru.author", "byl", "byline", "twitter:data1", "article.author", "cxenseparse:author", "authors",
    "citation_author",
    "dcsext.author", "article_author", "creator", "article:author_name",
)  # fmt: skip
_NEAR_TOP = 2  # how many first lines of the text may hold a byline
_ORGANIZATIONS = frozenset({"organization", "newsmediaorganization"})


def read_byline(
    declared: Sequence[Claim], lines: Sequence[Claim], shown: Sequence[Claim], hints: Hints, outlet_names: Sequence[str]
) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    """Persons who wrote the article, in order, and why.

    Order: a line "By ..." at the top of the text (where the head and it differ, the head names who posted it),
    JSON-LD, meta, what the page shows as its byline, the source's hint. The first that names a person wins, but
    for a declared one that names further persons as well. Desks, agencies and the outlet are no persons: those of
    the winner, else of the first that names one, are told as evidence of their own; what did not win is told as
    lost.
    """
    claims = [*lines, *declared, *shown, *claims_of("hint", hints.authors, outlet_names)]
    won = _fuller(next((c for c in claims if c.names), None), declared)
    authors = tuple(proper_case(n) for n in won.names) if won else ()
    lost = dict.fromkeys(
        (c.rule, c.text[:BYLINE_CHARS]) for c in claims if c is not won and key(c.text) != key(", ".join(authors))
    )
    evidence = []
    if won or lost:
        value = ", ".join(authors)
        evidence.append(Evidence(field="authors", rule=won.rule if won else "none", value=value, lost=tuple(lost)[:8]))
    desk = won or next((c for c in claims if c.desks), None)
    if desk and desk.desks:
        evidence.append(Evidence(field="desks", rule=desk.rule, value="; ".join(desk.desks)))
    return authors, tuple(evidence)


def declared_byline(page: Page) -> list[Claim]:
    """What JSON-LD and meta say, in order of trust.

    A person whom the page shows nowhere is no author but the account that posted, and is only told: of 24 such
    names on labelled pages one was right.
    """
    claims: list[Claim] = []
    for field in ("author", "creator"):
        claims += _node_claims("json-ld " + field, page.article.get(field), page)
    for name in _META:
        values = [v for v in page.meta.get(name, ()) if not v.startswith(("http:", "https:", "/"))]
        claims += claims_of("meta " + name, values, page.names)
    if not any(c.names for c in claims):
        return claims
    unseen = _unseen({n for c in claims for n in c.names}, next(page.tree.iter("body"), page.tree))
    return [replace(c, names=tuple(n for n in c.names if n not in unseen)) for c in claims] if unseen else claims


def _unseen(names: set[str], body: HtmlElement) -> set[str]:
    """The names that the page shows in no way of writing."""
    shown = " ".join(body.text_content().split()).casefold()
    missing = {n for n in names if n.casefold() not in shown}
    if missing:
        words = f" {key(' '.join(body.itertext()))} "  # without accents, and those of neighbouring elements apart
        missing = {n for n in missing if f" {key(n)} " not in words}
    return missing


def by_lines(paragraphs: Sequence[str], outlet_names: Sequence[str]) -> list[Claim]:
    """Lines "By ..." among the first of the text."""
    found = []
    for line in paragraphs[:_NEAR_TOP]:
        if len(line) <= BYLINE_CHARS and without_by(line)[1]:
            signers = labelled_signers(line, outlet_names) or signers_in(line, outlet_names)
            found.append(Claim(rule="by-line in the text", text=line, names=signers.persons, desks=signers.desks))
    return found


def shown_byline(page: Page) -> list[Claim]:
    """What the page shows as its byline, the surest first."""
    return marked_claims(page)


def _fuller(won: Claim | None, declared: Sequence[Claim]) -> Claim | None:
    """The longest declared claim that holds all of the winner's names: templates often declare only the first."""
    if won is None or won.rule == "by-line in the text":
        return won
    mine = {key(n) for n in won.names}
    larger = [c for c in declared if mine < {key(n) for n in c.names}]
    return max(larger, key=lambda c: len(c.names), default=won)


def _node_claims(rule: str, value: Any, page: Page) -> list[Claim]:
    """What a JSON-LD author says: its persons, and as desks its organizations that are not named like persons."""
    nodes = list(_people(value, page))
    claims = claims_of(rule, [name for name, _ in nodes], page.names)
    desks = [name for name, is_desk in nodes if is_desk and not is_person(name)]
    return [replace(c, desks=tuple(dict.fromkeys((*c.desks, *desks)))) for c in claims]


def _people(value: Any, page: Page) -> Iterator[tuple[str, bool]]:
    """Names in a JSON-LD author, and whether each is an organization's: strings, objects, lists, and references to
    nodes elsewhere on the page.
    """
    for item in (value if isinstance(value, list) else [value])[:30]:
        person = item
        if isinstance(item, dict) and "name" not in item and isinstance(item.get("@id"), str):
            person = next((n for n in page.nodes if n.get("@id") == item["@id"] and "name" in n), item)
        is_desk = isinstance(person, dict) and bool(jsonld.types(person) & _ORGANIZATIONS)
        inner = person.get("name") if isinstance(person, dict) else person if isinstance(person, str) else None
        for name in inner if isinstance(inner, list) else [inner]:
            if (text := jsonld.text_of(name, 300)) and not text.startswith(("http:", "https:")):
                yield text, is_desk
