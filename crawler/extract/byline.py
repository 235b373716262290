"""Who wrote an article."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from crawler.extract import jsonld
from crawler.extract.claims import BYLINE_CHARS, Claim, claims_of
from crawler.extract.desks import AGENCIES
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
_SIGNED_PARAGRAPHS = 4
_ENDS = (".", "!", "?", "…", "”", '"', "»", "。", ")", "“")
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
    if won and _says_more(won):
        evidence.append(Evidence(field="byline", rule=won.rule, value=won.text[:BYLINE_CHARS]))
    desk = won or next((c for c in claims if c.desks), None)
    if desk and desk.desks:
        evidence.append(Evidence(field="desks", rule=desk.rule, value="; ".join(desk.desks)))
    return authors, tuple(evidence)


def _says_more(claim: Claim) -> bool:
    """Whether a byline has words besides its names and desks ("Jane Roe, The Example"), and none of them a date."""
    rest = f" {key(without_by(claim.text)[0])} "
    for name in (*claim.names, *claim.desks):
        rest = rest.replace(f" {key(name)} ", " ")
    return bool(rest.strip()) and not any(c.isdecimal() for c in rest)


def declared_byline(page: Page) -> list[Claim]:
    """What JSON-LD and meta say, in order of trust.

    A person or desk that the page shows nowhere is no author but the account that posted, and is only told: of 24
    such persons on labelled pages one was right.
    """
    claims: list[Claim] = []
    for field in ("author", "creator"):
        claims += _node_claims("json-ld " + field, page.article.get(field), page)
    for name in _META:
        values = [v for v in page.meta.get(name, ()) if not v.startswith(("http:", "https:", "/"))]
        claims += claims_of("meta " + name, values, page.names)
    return _without_unseen(claims, page)


def _without_unseen(claims: list[Claim], page: Page) -> list[Claim]:
    """The claims without persons that the page shows nowhere, and without such desks, but for agencies and the outlet
    itself, whose names a page may well leave out.
    """
    own = {key(name).replace(" ", "") for name in page.names}
    desks = {d for c in claims for d in c.desks if key(d) not in AGENCIES and key(d).replace(" ", "") not in own}
    names = {n for c in claims for n in c.names} | desks
    unseen = set(filter(page.presence.lacks, names))
    return [_without(unseen, claim) for claim in claims] if unseen else claims


def _without(unseen: set[str], claim: Claim) -> Claim:
    names = tuple(n for n in claim.names if n not in unseen)
    return replace(claim, names=names, desks=tuple(d for d in claim.desks if d not in unseen))


def by_lines(paragraphs: Sequence[str], outlet_names: Sequence[str]) -> list[Claim]:
    """Lines "By ..." among the first of the text."""
    found = []
    for line in paragraphs[:_NEAR_TOP]:
        if len(line) <= BYLINE_CHARS and without_by(line)[1]:
            signers = labelled_signers(line, outlet_names) or signers_in(line, outlet_names)
            found.append(Claim(rule="by-line in the text", text=line, names=signers.persons, desks=signers.desks))
    return found


def end_line(
    declared: Sequence[Claim], paragraphs: Sequence[str], title: str, outlet_names: Sequence[str]
) -> list[Claim]:
    """A last line that is nothing but a person's name, as papers of many countries sign below the text while their
    head declares only the outlet. Not one that the text or the headline speaks of: that is a tag or a link.
    """
    if not any(c.desks for c in declared) or any(c.names for c in declared) or len(paragraphs) < _SIGNED_PARAGRAPHS:
        return []
    line = paragraphs[-1].strip()
    if ":" in line or not is_person(line) or not paragraphs[-2].rstrip().endswith(_ENDS):
        return []
    names = signers_in(line, outlet_names).persons
    above = f" {key(' '.join((title, *paragraphs[:-1])))} "
    if names != (line,) or f" {key(line)} " in above:
        return []
    return [Claim(rule="name below the text", text=line, names=names)]


def shown_byline(page: Page, title: str) -> list[Claim]:
    """What the page shows as its byline, the surest first; without names that microdata hold but nobody sees."""
    return _without_unseen(marked_claims(page, title), page)


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
