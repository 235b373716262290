"""All that a page says of its article besides the text, read while the tree is whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.extract.ahead import not_ahead
from crawler.extract.body import captions_of, headlines_of
from crawler.extract.byline import declared_byline, shown_byline
from crawler.extract.chrome import link_texts
from crawler.extract.claims import Claim
from crawler.extract.dates import read_dates
from crawler.extract.given import Given
from crawler.extract.live import LiveBlog, read_live_blog
from crawler.extract.marks import Shape, live_rule, shape_of
from crawler.extract.page import Page, plain
from crawler.extract.pagination import read_pagination
from crawler.extract.picture import read_picture, web_address
from crawler.extract.rules import Ruled
from crawler.extract.tags import read_section, read_tags
from crawler.extract.title import read_title
from storage.records import Evidence, Moment, Pagination, Picture, RuleField


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Both moments with the evidence of each, and what else the dates tell."""

    published: Moment | None
    modified: Moment | None
    ruled: tuple[Evidence, ...]  # of an outlet's rules: it stands for what `told` says of the same field
    told: tuple[Evidence, ...]
    ahead: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Fields with their evidence, and what the readers of text and byline ask of the whole tree."""

    shape: Shape
    title: str
    titles: tuple[str, ...]  # the headline and its other forms in the metadata
    shown_titles: tuple[str, ...]  # those and the headlines of the page
    when: When
    section: str | None
    tags: tuple[str, ...]
    picture: Picture | None
    pagination: Pagination | None
    blog: LiveBlog
    canonical: str | None
    declared: Sequence[Claim]  # who wrote it, by the head
    shown: Sequence[Claim]  # and by the page, where the head names nobody
    captions: frozenset[str]
    links: frozenset[str]
    title_evidence: tuple[Evidence, ...]
    evidence: tuple[Evidence, ...]  # of section, tags, picture, pages and entries


def _title_elements(page: Page) -> tuple[str, ...]:
    """The <title> as it stands, where it holds no headline: an error page may say there what it is."""
    return tuple(text for element in page.elements.of("title") if (text := plain(element)))[:1]


def read_surroundings(page: Page, given: Given, ruled: Ruled) -> Surroundings:
    """To be asked before the body is cut out of the tree, and after the outlet's rules dropped their parts."""
    shape = shape_of(page.elements)
    title, title_evidence = ruled.title(*read_title(page, given.hints))
    titles = (title, *(value for e in title_evidence for _, value in e.lost)) if title else _title_elements(page)
    declared = declared_byline(page)
    section, section_evidence = ruled.section(*read_section(page))
    tags, tag_evidence = read_tags(page)
    picture, picture_evidence = read_picture(page)
    pagination, page_evidence = read_pagination(page)
    blog = read_live_blog(page, given.zone) if live_rule(page, shape) else LiveBlog()
    return Surroundings(
        shape=shape,
        title=title,
        titles=titles,
        shown_titles=(*titles, *headlines_of(page.elements)),
        when=_when(page, given, ruled, title),
        section=section,
        tags=tags,
        picture=picture,
        pagination=pagination,
        blog=blog,
        canonical=web_address(page.url, page.canonical() or page.first_meta("og:url")),
        declared=declared,
        shown=() if any(c.names for c in declared) else shown_byline(page, title),
        captions=captions_of(page.elements),
        links=link_texts(page.elements),
        title_evidence=title_evidence,
        evidence=(*section_evidence, *tag_evidence, *picture_evidence, *page_evidence, *blog.evidence),
    )


def _when(page: Page, given: Given, ruled: Ruled, title: str) -> When:
    dates = read_dates(page, given.hints, given.zone, given.now, title)
    published, published_rule = ruled.moment(RuleField.PUBLISHED, dates.published, given.zone, given.now)
    modified, modified_rule = ruled.moment(RuleField.MODIFIED, dates.modified, given.zone, given.now)
    published, published_ahead = not_ahead("published", published, given.now)
    modified, modified_ahead = not_ahead("modified", modified, given.now)
    return When(
        published=published,
        modified=modified,
        ruled=(*published_rule, *modified_rule),
        told=dates.evidence,
        ahead=(*published_ahead, *modified_ahead),
    )
