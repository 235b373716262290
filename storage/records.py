"""Records: what crosses every boundary between rooms.

Frozen, slotted, keyword-only dataclasses and the enumerations they use; no I/O, no clock. Times are
aware UTC. URLs are canonical (`crawler.discovery.urls`) unless a field says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

# ---------------------------------------------------------------------------------- vocabulary


class SourceKind(StrEnum):
    """What a source is."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"
    HUB = "hub"


class Precision(StrEnum):
    """How exactly a moment is known."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


class Zone(StrEnum):
    """Where the time zone of a moment came from."""

    STATED = "stated"  # the page or feed gave an offset
    OUTLET = "outlet"  # the outlet's own zone was assumed
    NONE = "none"  # only a calendar day is known


class Reason(StrEnum):
    """How a candidate ended. Every candidate ends in exactly one."""

    STORED = "stored"  # a new article
    REVISED = "revised"  # a known article whose words changed
    UNCHANGED = "unchanged"  # a known article with the same words
    SEEN = "seen"  # another URL of an article already known; nothing was fetched
    BAD_URL = "bad-url"  # not an http(s) URL that can be fetched
    OFF_SITE = "off-site"  # not at this outlet
    EXCLUDED = "excluded"  # the outlet's own rules leave it out
    NOT_AN_ARTICLE = "not-an-article"
    ROBOTS = "robots"  # robots.txt disallows it
    GONE = "gone"  # 404 or 410, or a page or redirect that says the same
    REFUSED = "refused"  # 401, 403, 451: the outlet does not let us in
    OPTED_OUT = "opted-out"  # the page says that it must not be used so, and the operator obeys that
    CHALLENGE = "challenge"  # a page that keeps robots off stands there
    CONSENT = "consent"  # a consent form stands there
    LOGIN = "login"  # a log-in form stands there
    REFUSED_ADDRESS = "refused-address"  # resolves to a private address
    TOO_LARGE = "too-large"
    REDIRECT_LOOP = "redirect-loop"
    UNREADABLE = "unreadable"  # extraction crashed, hung or ran out of memory
    QUARANTINED = "quarantined"  # three child processes died of it
    FAILED = "failed"  # network or server errors until the tries ran out
    REMOVED = "removed"  # its outlet was removed before it could be fetched


#: Ends by which nothing came of a candidate although it was at its outlet and nobody knew it yet.
LOST_REASONS = (
    Reason.BAD_URL,
    Reason.NOT_AN_ARTICLE,
    Reason.ROBOTS,
    Reason.GONE,
    Reason.REFUSED,
    Reason.OPTED_OUT,
    Reason.CHALLENGE,
    Reason.CONSENT,
    Reason.LOGIN,
    Reason.REFUSED_ADDRESS,
    Reason.TOO_LARGE,
    Reason.REDIRECT_LOOP,
    Reason.UNREADABLE,
    Reason.QUARANTINED,
    Reason.FAILED,
)


class RuleField(StrEnum):
    """What an outlet rule is for."""

    TITLE = "title"
    AUTHORS = "authors"
    PUBLISHED = "published"
    MODIFIED = "modified"
    SECTION = "section"
    BODY = "body"
    DROP = "drop"  # no field: what matches is no part of the article


class VisitOutcome(StrEnum):
    """How a visit ended."""

    READ = "read"  # fetched and parsed
    UNCHANGED = "unchanged"  # 304, or the same bytes as before: not parsed
    FAILED = "failed"  # see its reason
    HANDED_BACK = "handed-back"  # interrupted by a stop; due again at once


class PaceMode(StrEnum):
    """How the next visit of a source is chosen."""

    ADAPTIVE = "adaptive"  # when the source is expected to have something new
    EVERY = "every"  # at a steady interval
    CRON = "cron"  # at the times of a cron line, in the outlet's time zone


class SourceState(StrEnum):
    """How a source is, at a glance; `crawler.outlets.health` decides."""

    NEW = "new"  # not visited yet
    OK = "ok"
    QUIET = "quiet"  # nothing new for long, as its profile expects
    MOVED = "moved"  # read at another address for good
    SILENT = "silent"  # it answers, but should have published
    DEAD = "dead"  # 404, no feed any more, or frozen
    BLOCKED = "blocked"  # it does not let us in: 403, 429, a challenge, a form
    ROBOTS = "robots"  # its robots.txt forbids it
    CERTIFICATE = "certificate"
    DNS = "dns"
    SLOW = "slow"  # no whole answer in time
    FAILING = "failing"  # any other failure
    LAYOUT = "layout"  # of an outlet: its pages are read worse than before
    GONE = "gone"  # 410: no longer visited
    PAUSED = "paused"

    @property
    def is_ill(self) -> bool:
        """Whether an operator has to act, or to wait for the outlet to."""
        return self not in _WELL_STATES


_WELL_STATES = frozenset({SourceState.NEW, SourceState.OK, SourceState.QUIET, SourceState.MOVED, SourceState.PAUSED})


#: What an operator has to act on comes first.
URGENCY = (
    SourceState.BLOCKED,
    SourceState.DEAD,
    SourceState.SILENT,
    SourceState.CERTIFICATE,
    SourceState.DNS,
    SourceState.ROBOTS,
    SourceState.SLOW,
    SourceState.FAILING,
    SourceState.LAYOUT,
    SourceState.MOVED,
    SourceState.OK,
    SourceState.QUIET,
    SourceState.GONE,
    SourceState.NEW,
    SourceState.PAUSED,
)


class EventKind(StrEnum):
    """What the event log tells of."""

    ARTICLE_STORED = "article.stored"
    ARTICLE_REVISED = "article.revised"
    SOURCE_FAILED = "source.failed"  # fell ill, or is ill in another way
    SOURCE_RECOVERED = "source.recovered"
    ALERT_RAISED = "alert.raised"  # the operator is told that something is ill
    ALERT_ENDED = "alert.ended"  # and that it is well again
    OUTLET_CHANGED = "outlet.changed"  # added, paused, resumed, removed
    CHANNEL_CHANGED = "channel.changed"  # added, paused (by hand or given up), resumed, removed


class ChannelKind(StrEnum):
    """What a channel is."""

    WEBHOOK = "webhook"
    EMAIL = "e-mail"  # for alerts


class ChannelState(StrEnum):
    """Whether a channel is sent to."""

    ACTIVE = "active"
    PAUSED = "paused"


class DeliveryState(StrEnum):
    """How a delivery ended."""

    DELIVERED = "delivered"  # the receiver said that it has it
    GIVEN_UP = "given-up"  # the receiver failed for too long


# ------------------------------------------------------------------------------------- outlets


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What was ordered of the visits of a source; None: nothing, so that the next wider order holds.

    Those of the command come first, then its own in the outlet file, the outlet's, the service's.
    """

    mode: PaceMode | None = None
    every_s: int | None = None  # with mode "every"
    cron: str | None = None  # with mode "cron": five fields
    not_between: tuple[str, ...] | None = None  # "00:00-05:00", in the outlet's time zone
    floor_s: int | None = None  # adaptive: no visit sooner
    ceiling_s: int | None = None  # adaptive: no visit later
    heed_publisher: bool | None = None  # whether ttl, sy:*, skipHours, skipDays and max-age are bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherWords:
    """What a publisher says of when to come again, as said: nothing is capped here."""

    fresh_s: int | None = None  # how long an answer is fresh: Cache-Control or Expires, less its Age
    ttl_s: int | None = None  # RSS ttl
    update_s: int | None = None  # sy:updatePeriod through sy:updateFrequency
    skip_hours: tuple[int, ...] = ()  # of GMT, 0 to 23
    skip_days: tuple[int, ...] = ()  # Monday is 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletSource:
    """One place where an outlet lists articles, as the catalogue names it."""

    kind: SourceKind
    url: str
    verified: str | None = None  # ISO day on which it was last tried with success
    pace: Pace = Pace()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletRule:
    """Where one field of an outlet's pages stands, or what is to be dropped from them: by CSS or by XPath."""

    field: RuleField
    css: str | None = None
    xpath: str | None = None
    attribute: str | None = None  # read this attribute instead of the text
    valid_from: str | None = None  # ISO day: pages fetched before it are not read by this rule
    valid_until: str | None = None  # ISO day, the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publisher, as the catalogue describes it."""

    key: str  # short, stable, of [a-z0-9-]
    name: str
    home_url: str
    country: str | None = None  # ISO 3166-1 alpha-2, upper case
    languages: tuple[str, ...] = ()  # ISO 639-1, the main one first
    timezone: str | None = None  # IANA name
    hosts: tuple[str, ...] = ()  # further hosts that are this outlet's own; subdomains count
    aliases: tuple[str, ...] = ()  # other names it goes by
    sources: tuple[OutletSource, ...] = ()
    delay_s: float | None = None  # between requests to one host; None: the service's default
    interval_s: int | None = None  # its sources are visited at this steady interval; None: as `pace` says
    pace: Pace = Pace()  # what else is ordered of the visits of its sources
    any_certificate: bool = False  # its servers are believed whatever certificate they show
    include: tuple[str, ...] = ()  # regular expressions: only URLs that match one are articles
    exclude: tuple[str, ...] = ()  # regular expressions: URLs that match one are not
    keep_parameters: tuple[str, ...] = ()  # of queries, lower case: they name articles here, and only track elsewhere
    drop_parameters: tuple[str, ...] = ()  # of queries, lower case: they only track here, and name articles elsewhere
    note: str | None = None
    rules: tuple[OutletRule, ...] = ()  # how its pages are read where the core fails


#: So many visits in a row must be answered with the same permanent redirect before the source is asked for there.
MOVED_AFTER = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What an answer can be asked about again, byte-identical as sent (latin-1 decoded), and the URL that sent it."""

    url: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A stored source with all that is needed to visit it."""

    id: int
    outlet_key: str
    kind: SourceKind
    url: str  # as its outlet names it
    state: SourceState
    is_paused: bool = False
    etag: str | None = None  # byte-identical as sent (latin-1 decoded)
    last_modified: str | None = None  # byte-identical as sent
    validators_url: str | None = None  # the URL that sent these two; None: its own
    parts: tuple[Validators, ...] = ()  # of a sitemap index: the sitemaps that it names, as they last answered
    moved_to: str | None = None  # where only permanent redirects led, on the last visits
    moved_answers: int = 0  # how many of them in a row
    body_digest: str | None = None  # SHA-256 of the last body that was parsed
    newest_lastmod: datetime | None = None  # sitemaps: what was listed up to here is known
    interval_s: int = 900
    next_due_at: datetime | None = None
    last_visit_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_outcome: VisitOutcome | None = None
    last_reason: str | None = None
    last_detail: str | None = None
    failures: int = 0  # failed visits in a row
    cause: str | None = None  # why it is in its state, a short constant; None: not examined yet
    sentence: str | None = None  # the same for a person
    state_since: datetime | None = None
    alerted_at: datetime | None = None  # when the operator was told that it is ill; None: not, or it is well again
    due_why: str | None = None  # why the next visit is when it is
    ordered: Pace = Pace()  # by command
    paused_until: datetime | None = None

    @property
    def has_moved(self) -> bool:
        """Whether it is asked for where it has moved to."""
        return self.moved_answers >= MOVED_AFTER

    @property
    def address(self) -> str:
        """Where it is asked for."""
        return self.moved_to if self.moved_to and self.has_moved else self.url


# ---------------------------------------------------------------------------------- candidates


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A point in time as an outlet told it.

    `at` is aware UTC. With day precision it is midnight UTC of the calendar day that was named, and
    only the day means anything.
    """

    at: datetime
    precision: Precision
    rule: str  # what told it: "json-ld", "meta article:published_time", "feed", ...
    zone: Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a source said of a candidate besides its URL."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: Moment | None = None
    modified: Moment | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A URL found on a visit.

    `key` is the 64-bit signed fingerprint of `url` (`crawler.discovery.urls.fingerprint`).
    """

    url: str  # canonical
    key: int
    found_url: str  # as the source wrote it, made absolute
    hints: Hints = field(default_factory=Hints)
    reason: Reason | None = None  # decided at once (off-site, bad URL, ...), so never fetched
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCandidate:
    """A stored candidate that waits to be fetched."""

    id: int
    outlet_key: str
    source_id: int | None
    domain: str  # its registrable domain, or the host where there is none
    candidate: Candidate
    tries: int = 0
    is_again: bool = False  # its article is stored, and is to be fetched again
    backfill_id: int | None = None  # that found it first
    backfill_rank: int = 0  # lesser ones are fetched first

    @property
    def is_past(self) -> bool:
        """Whether it is fetched for a backfill, and no news."""
        return self.backfill_id is not None and not self.is_again


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapRef:
    """A sitemap named by a sitemap index."""

    url: str
    lastmod: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What one parsed body of a source lists."""

    candidates: tuple[Candidate, ...] = ()
    sitemaps: tuple[SitemapRef, ...] = ()  # of a sitemap index, newest first
    title: str | None = None
    newest: datetime | None = None  # newest lastmod or publication date listed
    truncated: str | None = None  # why the list is not whole, if it is not
    problem: str | None = None  # why the body could not be read, if so; candidates may still be there
    words: PublisherWords = PublisherWords()
    known: tuple[int, ...] = ()  # fingerprints of what it lists as it did at the last visit: not read again
    marks: bytes | None = None  # by which the next visit knows what this one has read
    wall: Reason | None = None  # what stands in place of the source, where that is the problem


# ------------------------------------------------------------------------------------ articles


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One fetched response for an article, as it came over the wire."""

    url: str  # asked for
    final_url: str  # answered
    fetched_at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes  # as on the wire, still content-encoded
    digest: str  # SHA-256 of `body`, hexadecimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCapture:
    """A capture as it is kept: where its body lies, and what is known of it."""

    id: int
    article_id: int | None
    url: str
    final_url: str
    fetched_at: datetime
    status: int
    digest: str
    headers: tuple[tuple[str, str], ...]
    size: int  # bytes of the body on the wire


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyRef:
    """Where a body lies in the archive."""

    segment: str  # file name
    offset: int
    length: int  # bytes in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage:
    """A capture and where its body lies: a page that can be read again."""

    capture: StoredCapture
    ref: BodyRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFigures:
    """What tells how well an article was read."""

    first_seen_at: datetime
    words: int
    authors: int
    precision: str | None  # of the published date; None: no date
    language: str | None
    marks: tuple[str, ...]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDetail:
    """An article with all its revisions, newest first, and its captures, newest first."""

    summary: ArticleSummary
    revisions: tuple[Revision, ...]
    captures: tuple[StoredCapture, ...]
    other_urls: tuple[str, ...]  # other URLs that led here


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleQuery:
    """Which articles to list, newest first by id (the order in which they were stored); None means any."""

    words: str | None = None  # words and "phrases", all of which must occur; word* is a prefix
    outlet_key: str | None = None
    language: str | None = None
    since: datetime | None = None  # first seen at or after
    until: datetime | None = None  # first seen before
    before_id: int | None = None  # cursor: only articles older than this one (of an earlier page)
    is_news: bool = False  # without what backfills found, but for those that are announced
    limit: int = 50


# -------------------------------------------------------------------------------------- visits


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitJob:
    """A due source, leased to one worker. The token fences off a worker whose lease ran out."""

    source_id: int
    domain: str
    token: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDeaths:
    """Child processes that died of reading a sitemap which an index names."""

    url: str
    deaths: int
    detail: str | None = None  # a sentence for a person


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitReport:
    """A finished visit, to be stored together with all it found."""

    source_id: int
    started_at: datetime
    finished_at: datetime
    outcome: VisitOutcome
    next_due_at: datetime
    reason: str | None = None  # a short constant: "dns", "timeout", "http-404", "not-a-feed", ...
    detail: str | None = None  # a sentence for a person
    status: int | None = None  # HTTP
    bytes_received: int = 0
    listed: int = 0  # candidates that the source lists
    candidates: tuple[Candidate, ...] = ()  # those of them to be recorded
    etag: str | None = None
    last_modified: str | None = None
    validators_url: str | None = None  # the URL that sent these two
    parts: tuple[Validators, ...] = ()  # the sitemaps that a sitemap index names
    moved_to: str | None = None  # where permanent redirects led, and nothing else
    body_digest: str | None = None
    newest_lastmod: datetime | None = None
    is_gone: bool = False
    deaths: int = 0  # of child processes, that reading it cost
    part_deaths: tuple[PartDeaths, ...] = ()  # the same, of the sitemaps that an index names
    job: VisitJob | None = None  # acknowledged in the same transaction
    known: tuple[int, ...] = ()  # fingerprints of what was listed as before, and so is not among the candidates
    marks: bytes | None = None  # by which the next visit knows what this one has read
    words: PublisherWords = PublisherWords()  # of this answer; those of a body only where it was read


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceTotals:
    """What the price of a visit is set by: sums over all sources that are visited adaptively."""

    demands: float
    visits: int  # so far
    a_day: float  # visits that they are meant to have a day


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitSummary:
    """A stored visit."""

    id: int
    source_id: int
    outlet_key: str
    source_url: str
    started_at: datetime
    finished_at: datetime
    outcome: VisitOutcome
    reason: str | None
    detail: str | None
    status: int | None
    bytes_received: int
    listed: int
    new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How the fetch of one pending candidate ended, to be stored in one transaction.

    With an extraction: an article, a revision, or the news that nothing changed. With a reason: the
    end of the candidate. With `retry_at`: not the end, it stays pending until then.
    """

    pending: PendingCandidate
    at: datetime
    capture: Capture | None = None
    body_ref: BodyRef | None = None  # where the capture's body was put
    further: tuple[tuple[Capture, BodyRef], ...] = ()  # other pages of the same article
    extraction: Extraction | None = None
    article_url: str | None = None  # canonical URL of the article; None: the candidate's own
    article_key: int | None = None  # fingerprint of `article_url`
    reason: Reason | None = None
    detail: str | None = None
    retry_at: datetime | None = None
    is_try: bool = True  # whether a postponement counts as a try
    deaths: int = 0  # of child processes, that reading it cost
    is_variant: bool = False  # fetched from another URL than the article's own: it never revises


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of a verdict."""

    candidate_id: int
    reason: Reason | None  # None: it stays pending
    article_id: int | None = None
    keys: tuple[int, ...] = ()  # fingerprints that are known from now on


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletStatus:
    """An outlet with what an operator wants to know first."""

    outlet: Outlet
    origin: str  # "shipped" or "added"
    is_paused: bool
    sources: tuple[Source, ...]
    articles: int
    articles_24h: int
    pending: int
    last_visit_at: datetime | None
    next_visit_at: datetime | None
    last_failure: VisitSummary | None  # the newest failed visit, unless all its sources are well again
    layout_since: datetime | None = None  # since when its pages are read worse than before
    layout_sentence: str | None = None

    @property
    def state(self) -> SourceState:
        """The one word for it: what an operator has to act on comes first."""
        if self.is_paused:
            return SourceState.PAUSED
        states = {source.state for source in self.sources}
        if self.layout_since is not None:
            states.add(SourceState.LAYOUT)
        return next((state for state in URGENCY if state in states), SourceState.NEW)

    @property
    def is_ill(self) -> bool:
        """Whether anything of it is ill, paused or not."""
        return self.layout_since is not None or any(source.state.is_ill for source in self.sources)

    @property
    def trouble(self) -> str | None:
        """Why it is ill, as a sentence; None where it is well."""
        state = self.state
        if state is SourceState.LAYOUT:
            return self.layout_sentence
        if not state.is_ill:
            return None
        return next((s.sentence or s.last_detail or s.last_reason for s in self.sources if s.state is state), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LostCandidate:
    """One address that came to nothing."""

    url: str
    outlet_key: str
    finished_at: datetime
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What came to nothing for one reason."""

    reason: Reason
    count: int  # candidates
    outlets: tuple[tuple[str, int], ...]  # (key, candidates) of those with the most
    outlet_count: int
    samples: tuple[LostCandidate, ...]  # newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateStory:
    """The way of one URL at one outlet, for `presswatch explain`."""

    url: str
    canonical_url: str
    found: tuple[tuple[datetime, str], ...]  # (when, source URL), first first
    state: str  # "pending" or "done"
    reason: Reason | None
    detail: str | None
    tries: int
    not_before: datetime | None
    finished_at: datetime | None
    article_id: int | None
    outlet_key: str | None
    published: Moment | None = None  # as its source said when it was found
    found_at: datetime | None = None
    absent_at: datetime | None = None  # the visit before, which did not list it

    def delay(self) -> tuple[timedelta, timedelta] | None:
        """How long after it came out it was found: at least and at most; None where nobody knows.

        It came out between the two visits. A date between them tells when; one before them only says that the outlet
        listed it late, and one in the future says nothing.
        """
        if self.found_at is None or self.absent_at is None or self.absent_at > self.found_at:
            return None
        told = self.published
        if told is None or told.precision is Precision.DAY or not self.absent_at < told.at <= self.found_at:
            return timedelta(), self.found_at - self.absent_at
        return self.found_at - told.at, self.found_at - told.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A page or source of which child processes died."""

    outlet_key: str
    kind: str  # "page" or "source"
    url: str
    deaths: int
    first_at: datetime
    last_at: datetime
    detail: str | None  # why the last one died
    dropped_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of the event log. `seq` grows without ever being filled in behind a reader."""

    seq: int
    at: datetime
    kind: EventKind
    outlet_key: str | None
    article_id: int | None
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsCopy:
    """The robots.txt of one origin as last fetched."""

    origin: str  # scheme://host[:port]
    fetched_at: datetime
    status: int | None  # None: could not be fetched
    body: bytes
    verdict: str  # "rules", "allow-all" or "disallow-all"
    detail: str | None = None
    failing_since: datetime | None = None  # when the first of the readings in a row was that failed

    @property
    def text(self) -> str:
        """The body as it is read."""
        return self.body.decode("utf-8-sig", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostWait:
    """Until when a host is to be left alone, or all hosts of a domain ("*.example.org")."""

    host: str
    not_before: datetime
    why: str
    refusals: int = 0  # 429 and 503 in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTraffic:
    """What one host was asked in one hour, by all workers."""

    host: str
    hour: datetime  # its beginning
    requests: int  # sent, robots.txt and redirects among them
    robots: int  # of them for robots.txt
    not_modified: int  # answered 304
    refused: int  # answered 401, 403, 429 or 503
    failed: int  # no whole answer came
    bytes_received: int  # of bodies, as on the wire
    least_gap_ms: int | None  # between two requests in a row of one worker


class GapState(StrEnum):
    """What became of a possible loss."""

    OPEN = "open"
    REFILLING = "refilling"  # the outlet's sitemaps are read for that time
    REFILLED = "refilled"
    LOST = "not-refilled"  # nothing that the outlet offers lists that time


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which a feed may have listed what no visit saw: two visits in a row had no item in common."""

    id: int
    outlet_key: str
    source_url: str
    since: datetime
    until: datetime
    state: GapState
    found: int = 0  # articles that only its refill has found
    detail: str | None = None  # why it could not be refilled
    backfill_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletStanding:
    """What the hosts of an outlet ask of us, and what we may have missed of it."""

    robots: tuple[RobotsCopy, ...] = ()  # in force, by origin
    waits: tuple[HostWait, ...] = ()  # not over yet
    kept_out: tuple[tuple[str, int], ...] = ()  # (reason, candidates): of the last 24 h, the most first
    gaps: tuple[Gap, ...] = ()  # of the last 30 days, newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """Figures of the whole store at one moment."""

    articles: int
    articles_24h: int
    outlets: int
    outlets_paused: int
    sources: int
    sources_failing: int
    pending: int
    visits_24h: int
    failures_24h: int
    next_visit_at: datetime | None
    processes: tuple[ProcessInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkTrouble:
    """When our own network failed, so that nearly all sources did at once."""

    since: datetime
    until: datetime | None = None  # None: it still does


#: What a process has done since it started: counts by label, by name ("visits": {"read": 7, ...}).
Figures = Mapping[str, Mapping[str, float]]

#: Upper bounds of the buckets into which delays of discovery are counted ("delay_s").
DELAY_BUCKETS_S = (60, 300, 900, 1800, 3600, 7200, 21_600, 86_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessInfo:
    """A running (or lately dead) process of the service."""

    name: str
    role: str  # "scheduler", "worker", "web", "courier"
    pid: int
    started_at: datetime
    seen_at: datetime  # last heartbeat
    detail: str | None = None
    figures: Figures = field(default_factory=dict)


# ------------------------------------------------------------------------------------ channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where an analyst wants articles sent. Events up to `cursor` are dealt with, those after it are not."""

    id: int  # never given out twice
    kind: ChannelKind
    name: str
    url: str = field(repr=False)  # may be a secret of the receiver's
    secret: str = field(repr=False)  # what deliveries are signed with
    state: ChannelState
    created_at: datetime
    cursor: int  # sequence number of an event
    outlet_key: str | None = None  # only articles of this outlet
    language: str | None = None  # only articles in this language, ISO 639-1
    alerts: bool = False  # it gets alerts of the service's health, and no articles
    paused_reason: str | None = None
    failing_since: datetime | None = None  # first failure of the delivery that is tried now
    next_try_at: datetime | None = None
    failures: int = 0  # failed tries in a row
    last_ok_at: datetime | None = None
    last_status: int | None = None  # HTTP, of the last try; None: no answer came
    last_error: str | None = None  # why the last try failed, None when it did not


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One sending of one event to one channel, ended."""

    channel_id: int
    event_seq: int
    article_id: int | None  # None: an alert
    key: str  # idempotency key: the same in each try
    state: DeliveryState
    tries: int
    ended_at: datetime
    status: int | None = None  # HTTP, of the last try
    error: str | None = None
