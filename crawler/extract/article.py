"""One page in, one article with its evidence out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from crawler.extract.ahead import not_ahead
from crawler.extract.body import captions_of, headlines_of, read_body
from crawler.extract.byline import by_lines, declared_byline, end_line, read_byline, shown_byline
from crawler.extract.chrome import link_texts
from crawler.extract.dates import read_dates
from crawler.extract.decoding import binary_kind, decode
from crawler.extract.language import read_language
from crawler.extract.live import LiveBlog, in_stable_order, read_live_blog
from crawler.extract.marks import live_rule, marks_of, shape_of
from crawler.extract.moments import zone_of
from crawler.extract.optouts import in_head
from crawler.extract.origins import origins_of
from crawler.extract.page import Page, parse, read_page
from crawler.extract.pagination import read_pagination
from crawler.extract.picture import read_picture, web_address
from crawler.extract.rejection import reason_against
from crawler.extract.repeats import lines_of, without_repeated
from crawler.extract.rules import apply_rules
from crawler.extract.tags import read_section, read_tags
from crawler.extract.title import read_title
from crawler.extract.trimming import credit_lines, trim
from storage.records import Evidence, Extraction, Hints, Outlet, RepeatedLines, RuleField

EXTRACTOR_VERSION = "presswatch-1"
_SHOWN_CHARS = 80
_SHOWN_LINES = 5
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
    try:
        return _extract(
            html, url=url, content_type=content_type, hints=hints, outlet=outlet, now=now, repeated=repeated
        )
    except Exception as error:  # noqa: BLE001 - whatever a page makes a parser do, it costs that page only
        return _rejected(f"The page could not be read: {type(error).__name__} while extracting it.")


def _extract(
    html: bytes,
    *,
    url: str,
    content_type: str | None,
    hints: Hints,
    outlet: Outlet | None,
    now: datetime | None,
    repeated: RepeatedLines,
) -> Extraction:
    if not html.strip():
        return _rejected("The body is empty.")
    if kind := binary_kind(html):
        return _rejected(f"The body is {kind}, not HTML.")
    source = decode(html, content_type)
    tree = parse(source)
    if tree is None:
        return _rejected("The body holds no HTML elements.")
    names = (outlet.name, *outlet.aliases) if outlet else ()
    page, zone = read_page(tree, url, names), zone_of(outlet.timezone if outlet else None)
    shape = shape_of(tree)
    ruled = apply_rules(tree, outlet.rules if outlet else (), now.date() if now else None)
    title, title_evidence = ruled.title(*read_title(page, hints))
    dates = read_dates(page, hints, zone, now, title)
    published, published_evidence = ruled.moment(RuleField.PUBLISHED, dates.published, zone, now)
    modified, modified_evidence = ruled.moment(RuleField.MODIFIED, dates.modified, zone, now)
    published, published_ahead = not_ahead("published", published, now)
    modified, modified_ahead = not_ahead("modified", modified, now)
    declared = declared_byline(page)
    shown = () if any(c.names for c in declared) else shown_byline(page, title)
    section, section_evidence = ruled.section(*read_section(page))
    tags, tag_evidence = read_tags(page)
    picture, picture_evidence = read_picture(page)
    pagination, page_evidence = read_pagination(page)
    blog = read_live_blog(page, zone) if live_rule(page, shape) else LiveBlog()
    captions, links, canonical = captions_of(tree), link_texts(tree), _canonical(page)
    titles = [title, *(value for e in title_evidence for _, value in e.lost)] if title else []
    shown_titles = [*titles, *headlines_of(tree)]
    body = ruled.body(read_body(page))  # cuts the tree, so what reads the tree comes before it
    body = replace(body, paragraphs=in_stable_order(body.paragraphs, blog))
    by_line = by_lines(body.paragraphs, page.names)
    shown = [*shown, *end_line(declared, body.paragraphs, title, page.names)]
    authors, author_evidence = ruled.authors(*read_byline(declared, by_line, shown, hints, page.names), page.names)
    own_lines, furniture = without_repeated(body.whole, repeated, credit_lines(body.paragraphs, page.names))
    trim_these = partial(
        trim, titles=shown_titles, authors=authors, outlet_names=page.names, captions=captions, links=links
    )
    trimmed = trim_these(own_lines)
    text = "\n\n".join(trimmed.paragraphs)
    language, language_evidence = read_language(page, title, text, hints)
    marks = marks_of(page, shape, title, body.paragraphs)
    own_hosts = outlet.hosts if outlet else ()
    evidence = [*title_evidence, *author_evidence, *published_evidence, *modified_evidence, *marks]
    evidence += [*section_evidence, *tag_evidence, *picture_evidence, *page_evidence, *blog.evidence]
    told = {e.field for e in evidence}
    evidence += [e for e in (*dates.evidence, *language_evidence) if e.field not in told]
    evidence += [*published_ahead, *modified_ahead]
    evidence.append(Evidence(field="body", rule=body.rule, value=f"{len(text)} characters", lost=body.lost))
    if furniture:
        lost = tuple(("line of other articles", line[:_SHOWN_CHARS]) for line in furniture[:_SHOWN_LINES])
        evidence.append(
            Evidence(
                field="repeated", rule="outlet's own past", value=f"{len(furniture)} paragraphs dropped", lost=lost
            )
        )
    ends = (("written", "date line in the text", trimmed.written), ("credit", "last line of the text", trimmed.credit))
    evidence += [Evidence(field=field, rule=rule, value=value) for field, rule, value in ends if value]
    against = reason_against(page, titles, text, links, source)
    return Extraction(
        title=title,
        body=text,
        authors=authors,
        published=published,
        modified=modified,
        language=language,
        canonical_url=canonical,
        credit=trimmed.credit,
        section=section,
        lead_image=picture,
        tags=tags,
        entries=blog.entries,
        pagination=pagination,
        marks=tuple(mark.value for mark in marks),
        desks=tuple(desk for e in author_evidence if e.field == "desks" for desk in e.value.split("; ")),
        origins=origins_of(page, canonical, trimmed.credit, body.paragraphs, own_hosts),
        opt_outs=in_head(page.meta),
        lines=lines_of(body.whole),
        compared="\n\n".join(trim_these(body.whole).paragraphs) if furniture else "",
        evidence=tuple(evidence),
        extractor=EXTRACTOR_VERSION,
        rejected=against.detail if against else None,
        rejected_as=against.reason if against else None,
    )


def _rejected(reason: str) -> Extraction:
    return Extraction(title="", body="", rejected=reason, extractor=EXTRACTOR_VERSION)


def _canonical(page: Page) -> str | None:
    """rel=canonical, else og:url, made absolute."""
    links = (e.get("href") for e in page.tree.iter("link") if "canonical" in (e.get("rel") or "").lower().split())
    href = next((h.strip() for h in links if h and h.strip()), None) or page.first_meta("og:url")
    return web_address(page.url, href)


_SAMPLE = b"""<html lang="en"><head><title>A page to warm up</title></head><body><article><h1>A page to warm up</h1>
<p>The first extraction of a process loads models and compiles patterns, which takes longer than a page may take.</p>
<p>So a process reads this page first, and the dates and names on it, before it is given one that counts.</p>
<p>It has neither byline nor date in its head, so that every room is asked.</p></article></body></html>"""


def warm() -> None:
    """Extracts a small page, so that everything that is loaded at first use is loaded."""
    extract_article(_SAMPLE, url="https://example.org/warm")
