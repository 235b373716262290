"""What is read of a page, and what is kept of an article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.records.captures import StoredCapture
from storage.records.delays import Arrival, is_ahead
from storage.records.moments import Moment
from storage.records.revisits import Revisit
from storage.records.vocabulary import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFigures:
    """What tells how well an article was read."""

    first_seen_at: datetime
    words: int
    authors: int
    precision: str | None  # of the published date; None: no date
    language: str | None
    marks: tuple[str, ...]
    lines: tuple[int, ...] = ()  # marks of the lines of its text; none are kept of older ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a field of an article has its value."""

    field: str  # "title", "authors", "published", ...
    rule: str  # the winner
    value: str
    lost: tuple[tuple[str, str], ...] = ()  # (rule, value) of candidates that were not taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as a page names it; Presswatch never fetches one."""

    url: str  # http or https, absolute
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEntry:
    """One entry of a live blog."""

    text: str  # paragraphs, separated by blank lines
    headline: str | None = None
    at: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """What an outlet says must not be done with a page: "noarchive", "noai", "tdm-reservation", "ai-train=no", ..."""

    name: str
    rule: str  # what said so: "X-Robots-Tag", "meta robots", "robots.txt content-signal", ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagination:
    """Where a page stands among the pages of its article, as its links tell."""

    number: int = 1
    total: int = 1  # the largest number that it links to
    others: tuple[tuple[int, str], ...] = ()  # (number, URL) of pages that it links to, by number
    whole: str | None = None  # the URL that shows the article in one piece


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedLines:
    """Marks (`crawler.extract.repeats`) of lines that an outlet repeats over its articles."""

    edges: frozenset[int] = frozenset()  # at the beginning or the end of the text
    anywhere: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What the extractor read from one page."""

    title: str
    body: str  # paragraphs, separated by blank lines
    authors: tuple[str, ...] = ()
    published: Moment | None = None
    modified: Moment | None = None
    language: str | None = None  # ISO 639-1
    canonical_url: str | None = None  # what the page says, made absolute; not yet judged
    credit: str | None = None  # the credit line: whom the text was taken from
    section: str | None = None
    lead_image: Picture | None = None
    tags: tuple[str, ...] = ()
    entries: tuple[LiveEntry, ...] = ()  # of a live blog, newest first
    pagination: Pagination | None = None  # None: an article of one page
    marks: tuple[str, ...] = ()  # what kind of text it is: names of crawler.extract.marks.MARKS
    desks: tuple[str, ...] = ()  # desks and agencies of the byline: no persons
    origins: tuple[tuple[str, str], ...] = ()  # (rule, URL or name): where the text may come from
    opt_outs: tuple[OptOut, ...] = ()
    lines: tuple[int, ...] = ()  # marks of its lines, by which repeated ones are learned
    compared: str = ""  # the body with the learned lines, where some were dropped: revisions are told apart by it
    evidence: tuple[Evidence, ...] = ()
    extractor: str = ""  # extractor version
    rejected: str | None = None  # why this page is not an article, if it is not
    rejected_as: Reason | None = None  # as what it is recorded then, where "not an article" says too little


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The state of an article's own words from one capture on."""

    id: int
    article_id: int
    number: int  # from 1
    seen_at: datetime
    capture_id: int | None
    title: str
    authors: tuple[str, ...]
    body: str
    published: Moment | None
    modified: Moment | None
    language: str | None
    credit: str | None
    section: str | None
    lead_image: Picture | None
    evidence: tuple[Evidence, ...]
    extractor: str
    marks: tuple[str, ...] = ()
    desks: tuple[str, ...] = ()
    origins: tuple[tuple[str, str], ...] = ()
    opt_outs: tuple[OptOut, ...] = ()
    tags: tuple[str, ...] = ()
    entries: tuple[LiveEntry, ...] = ()
    erased_at: datetime | None = None  # when its text was deleted by retention


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleSummary:
    """An article as lists show it: its newest revision without the whole text."""

    id: int
    url: str
    outlet_key: str
    outlet_name: str
    title: str
    authors: tuple[str, ...]
    published: Moment | None
    first_seen_at: datetime
    updated_at: datetime  # when its newest revision was first seen
    language: str | None
    excerpt: str
    words: int
    revisions: int
    credit: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    backfill_id: int | None = None  # that brought it

    @property
    def is_dated_ahead(self) -> bool:
        """Whether its date lies ahead of when it was found, so that it says nothing."""
        return self.published is not None and is_ahead(self.published, self.first_seen_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDetail:
    """An article with all its revisions, newest first, and its captures, newest first."""

    summary: ArticleSummary
    revisions: tuple[Revision, ...]
    captures: tuple[StoredCapture, ...]
    other_urls: tuple[str, ...]  # other URLs that led here
    arrival: Arrival | None = None  # how it was found first
    revisits: tuple[Revisit, ...] = ()  # when it was asked for again, newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleQuery:
    """Which articles to list, newest first by id (the order in which they were stored); None means any."""

    outlet_key: str | None = None
    language: str | None = None
    since: datetime | None = None  # first seen at or after
    until: datetime | None = None  # first seen before
    before_id: int | None = None  # cursor: only articles older than this one (of an earlier page)
    is_news: bool = False  # without what backfills brought of long ago, but for those that are announced
    limit: int = 50
