"""Outlets and their sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.records.vocabulary import PaceMode, RuleField, SourceKind, SourceState, VisitOutcome


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
    revisit_ages_s: tuple[int, ...] | None = None  # at which ages its articles are asked for again; None: as set
    revisits_a_day: int | None = None  # requests for that to one of its hosts a day; 0: none; None: as set
    keep_pages_days: int | None = None  # what `presswatch retention` lets go; None: as the settings say
    keep_texts_days: int | None = None
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
    accepted_url: str | None = None  # where it was moved to, as an operator accepted; its own from then on
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
        return self.moved_to if self.moved_to and self.has_moved else self.accepted_url or self.url
