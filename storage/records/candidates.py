"""From a URL that a source lists to its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from storage.records.answers import Answer
from storage.records.articles import Extraction
from storage.records.captures import BodyRef, Capture
from storage.records.delays import Delay, delay_of
from storage.records.moments import Moment
from storage.records.outlets import PublisherWords
from storage.records.subscriptions import HubLink
from storage.records.vocabulary import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a source said of a candidate besides its URL."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: Moment | None = None
    modified: Moment | None = None
    language: str | None = None
    origin: str | None = None  # URL or name of the place that the source took it from


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
    article_id: int | None = None  # that article
    backfill_id: int | None = None  # that found it first
    backfill_rank: int = 0  # lesser ones are fetched first
    is_revisit: bool = False  # no news: its turn comes after all that is new
    a_day: int | None = None  # of a re-visit by the standing policy: requests a day that its host may be sent for such

    @property
    def is_past(self) -> bool:
        """Whether it is fetched for a backfill, and no news."""
        return self.backfill_id is not None and not self.is_again

    @property
    def is_no_news(self) -> bool:
        """Whether its turn comes after all that is new."""
        return self.is_past or self.is_revisit


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
    words: PublisherWords = field(default_factory=PublisherWords)
    known: tuple[int, ...] = ()  # fingerprints of what it lists as it did at the last visit: not read again
    marks: bytes | None = None  # by which the next visit knows what this one has read
    wall: Reason | None = None  # what stands in place of the source, where that is the problem
    hub: HubLink | None = None  # that the body names


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The newest revision of a stored article as the extractor of a verdict reads it, where another one read it."""

    extraction: Extraction
    article_id: int
    revision: int  # its number


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
    hops: tuple[Answer, ...] = ()  # what belongs to the capture: redirects that led to it, in order, and pictures
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
    base: Base | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of a verdict."""

    candidate_id: int
    reason: Reason | None  # None: it stays pending
    article_id: int | None = None
    keys: tuple[int, ...] = ()  # fingerprints that are known from now on


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

    @property
    def delay(self) -> Delay | None:
        """How long after it came out it was found."""
        return delay_of(self.published, self.absent_at, self.found_at)


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
