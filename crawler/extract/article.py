"""One page in, one article with its evidence out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from trafilatura.external import jt_stoplist_init

from crawler.extract.body import Body
from crawler.extract.byline import by_lines, end_line, read_byline
from crawler.extract.decoding import binary_kind, decode
from crawler.extract.given import Given
from crawler.extract.language import read_language
from crawler.extract.marks import marks_of
from crawler.extract.optouts import in_head
from crawler.extract.origins import origins_of
from crawler.extract.page import Page, parse, read_page
from crawler.extract.rejection import reason_against
from crawler.extract.rules import Ruled, apply_rules
from crawler.extract.surroundings import Surroundings, read_surroundings
from crawler.extract.wording import Wording, find_body, read_wording
from storage.records import Evidence, Extraction, Hints, Outlet, OutletRule, RepeatedLines

EXTRACTOR_VERSION = "presswatch-2"
_RULES_CHARS = 8
_NO_HINTS = Hints()
_NOTHING_REPEATED = RepeatedLines()


def extract_article(
    html: bytes,
    *,
    url: str,
    content_type: str | None = None,
    hints: Hints = _NO_HINTS,
    outlet: Outlet | None = None,
    now: datetime | None = None,
    repeated: RepeatedLines = _NOTHING_REPEATED,
) -> Extraction:
    """Reads an article from a page.

    `html` is the decoded body (no content encoding) as sent, `url` where it was found, `content_type` the HTTP
    header; `now`, aware, keeps dates of the future from being believed; `repeated` are the lines that the outlet's
    other articles share, which are dropped. Never raises: a page that is no article
    comes back with `rejected`, a sentence, and whatever fields could be read all the same.
    """
    given = Given(url=url, hints=hints, outlet=outlet, now=now, repeated=repeated)
    try:
        return _extract(html, content_type, given)
    except Exception as error:  # noqa: BLE001 - whatever a page makes a parser do, it costs that page only
        return _rejected(f"The page could not be read: {type(error).__name__} while extracting it.")


def _extract(html: bytes, content_type: str | None, given: Given) -> Extraction:
    """Head and surroundings, then the body, which is cut out of the tree, then what both tell together."""
    if not html.strip():
        return _rejected("The body is empty.")
    if kind := binary_kind(html):
        return _rejected(f"The body is {kind}, not HTML.")
    source = decode(html, content_type)
    tree = parse(source)
    if tree is None:
        return _rejected("The body holds no HTML elements.")
    page = read_page(tree, given.url, given.names)
    ruled = apply_rules(tree, given.rules, given.now.date() if given.now else None)
    around = read_surroundings(page, given, ruled)
    body = find_body(page, ruled, around.blog)
    authors, author_evidence = _authors(page, body, around, given, ruled)
    wording = read_wording(page, body, around, authors, given.repeated)
    return _judged(source, page, body, around, wording, authors, author_evidence, given)


def _authors(
    page: Page, body: Body, around: Surroundings, given: Given, ruled: Ruled
) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    """Who wrote the article, by head, page and text."""
    by_line = by_lines(body.paragraphs, page.names)
    shown = (*around.shown, *end_line(around.declared, body.paragraphs, around.title, page.names))
    return ruled.authors(*read_byline(around.declared, by_line, shown, given.hints, page.names), page.names)


def _judged(  # noqa: PLR0917 - all stages meet here
    source: str,
    page: Page,
    body: Body,
    around: Surroundings,
    wording: Wording,
    authors: tuple[str, ...],
    author_evidence: Sequence[Evidence],
    given: Given,
) -> Extraction:
    """The article, with its language and marks, and whether it is one."""
    language, language_evidence = read_language(page, around.title, wording.text, given.hints)
    marks = marks_of(page, around.shape, around.title, body.paragraphs)
    against = reason_against(page, around.titles, wording.text, around.links, source)
    when = around.when
    evidence = (*around.title_evidence, *author_evidence, *when.ruled, *marks, *around.evidence)
    told = {e.field for e in evidence}
    others = tuple(e for e in (*when.told, *language_evidence) if e.field not in told)
    return Extraction(
        title=around.title,
        body=wording.text,
        authors=authors,
        published=when.published,
        modified=when.modified,
        language=language,
        canonical_url=around.canonical,
        credit=wording.credit,
        section=around.section,
        lead_image=around.picture,
        tags=around.tags,
        entries=around.blog.entries,
        pagination=around.pagination,
        marks=tuple(mark.value for mark in marks),
        desks=tuple(desk for e in author_evidence if e.field == "desks" for desk in e.value.split("; ")),
        origins=origins_of(page, around.canonical, wording.credit, body.paragraphs, given),
        opt_outs=in_head(page.meta),
        lines=wording.lines,
        compared=wording.compared,
        evidence=(*evidence, *others, *when.ahead, *wording.evidence),
        extractor=extractor_version(given.outlet),
        rejected=against.detail if against else None,
        rejected_as=against.reason if against else None,
    )


def extractor_version(outlet: Outlet | None) -> str:
    """What reads an outlet's pages: the version of this code and, where the outlet has rules, theirs.

    It is kept with each revision, so that one that was read with other rules is told from it.
    """
    return EXTRACTOR_VERSION if outlet is None or not outlet.rules else _version_with(outlet.rules)


@lru_cache(maxsize=2_000)
def _version_with(rules: tuple[OutletRule, ...]) -> str:
    digest = hashlib.sha256(repr(rules).encode("utf-8", "replace")).hexdigest()
    return f"{EXTRACTOR_VERSION}+rules-{digest[:_RULES_CHARS]}"


def _rejected(reason: str) -> Extraction:
    return Extraction(title="", body="", rejected=reason, extractor=EXTRACTOR_VERSION)


_SAMPLE = b"""<html lang="en"><head><title>A page to warm up</title></head><body><article><h1>A page to warm up</h1>
<p>The first extraction of a process loads models and compiles patterns, which takes longer than a page may take.</p>
<p>So a process reads this page first, and the dates and names on it, before it is given one that counts.</p>
<p>It has neither byline nor date in its head, so that every room is asked.</p></article></body></html>"""


def warm() -> None:
    """Extracts a small page, so that everything that is loaded at first use is loaded; the word lists of a fall-back
    that it does not need as well.
    """
    jt_stoplist_init()
    extract_article(_SAMPLE, url="https://example.org/warm")
