"""What the API tells of outlets, of how they are visited, and of their past."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from delivery.api.models import Answer, OutsideText
from storage.backfills import BackfillStage, BackfillState
from storage.records import GapState, SourceKind, SourceState, VisitOutcome


class Source(Answer):
    """One place where an outlet lists articles."""

    id: int
    kind: SourceKind
    url: str
    state: SourceState
    cause: str | None = Field(description="Why it is in its state, a short constant.")
    sentence: str | None = Field(description="The same for a person.")
    state_since: datetime | None
    alerted_at: datetime | None = Field(description="When it was told that it is ill, until it is well again.")
    interval_s: int
    next_due_at: datetime | None
    due_why: str | None = Field(description="Why the next visit is then.")
    paused_until: datetime | None
    last_visit_at: datetime | None
    last_ok_at: datetime | None
    last_outcome: VisitOutcome | None
    last_reason: str | None
    last_detail: str | None
    failures: int = Field(description="Failed visits in a row.")
    moved_to: str | None = Field(description="Where permanent redirects led on the last visits.")
    address: str = Field(description="Where it is asked for: where it has moved to, after ten such answers in a row.")


class Robots(Answer):
    """The robots.txt in force for one origin."""

    origin: str = Field(examples=["https://www.jpost.com"])
    fetched_at: datetime
    status: int | None = Field(description="Of HTTP; null: no answer.", examples=[200])
    verdict: str = Field(description="rules, allow-all or disallow-all.", examples=["rules"])
    detail: OutsideText | None
    failing_since: datetime | None = Field(description="Since when it cannot be read, so that nothing is fetched.")
    text: OutsideText = Field(description="The rules as they were read.")


class ReasonCount(Answer):
    """How many addresses ended so."""

    reason: str = Field(examples=["stored"])
    count: int = Field(examples=[412])


class PageProblem(Answer):
    """A list of the past that could not be read."""

    url: str
    problem: OutsideText


class Backfill(Answer):
    """A period of an outlet's past that is looked for and fetched, and how far that is."""

    id: int = Field(examples=[3])
    outlet_key: str = Field(examples=["jpost"])
    since: datetime
    until: datetime = Field(description="Exclusive.")
    state: BackfillState
    stage: BackfillStage = Field(description="What it does now; each is done before the next begins.")
    created_at: datetime
    ended_at: datetime | None
    detail: OutsideText | None = Field(description="Why it failed, or what was left out.")
    is_oldest_first: bool
    is_announced: bool = Field(description="Whether channels and lists of news get what it brings.")
    is_dry: bool = Field(description="Whether only lists are read.")
    pages_read: int = Field(description="Sitemaps and archives.")
    pages_failed: int
    pages_left: int
    listed: int = Field(description="Addresses on them.")
    undated: int = Field(description="Those that nothing dates; they are left out.")
    found: int = Field(description="Addresses of the period.")
    waiting: int = Field(description="Those that are not fetched yet.")
    ended: list[ReasonCount]
    problems: list[PageProblem] = Field(description="The first ten lists that could not be read.")


class BackfillList(Answer):
    """Backfills, the one begun last first."""

    items: list[Backfill]
    next_before_id: int | None = Field(description="The before_id of the next page; null on the last.", examples=[3])


class Gap(Answer):
    """A time in which a feed may have listed what no visit saw: two visits in a row had no item in common."""

    id: int
    outlet_key: str
    source_url: str
    since: datetime
    until: datetime
    state: GapState
    found: int = Field(description="Articles that only its refill has found.")
    detail: OutsideText | None = Field(description="Why it could not be refilled.")
    backfill_id: int | None


class GapList(Answer):
    """Gaps, newest first."""

    items: list[Gap]
    next_before_id: int | None = Field(description="The before_id of the next page; null on the last.", examples=[9])


class HostWait(Answer):
    """A host that is left alone for now."""

    host: str = Field(description='A host, or "*." and a registrable domain.', examples=["www.jpost.com"])
    not_before: datetime
    why: OutsideText
    refusals: int = Field(description="429 and 503 in a row.")


class RevisitPolicy(Answer):
    """At which ages, in seconds, articles are asked for again, and how many requests a host and day that may cost."""

    ages_s: list[int] = Field(examples=[[3_600, 86_400]])
    a_day: int = Field(examples=[500])


class RevisitOrder(Answer):
    """What was ordered of it; null: nothing, so that the outlet's file or the settings hold."""

    ages_s: list[int] | None
    a_day: int | None


class RevisitCost(Answer):
    """Requests that a policy asks for, foreseen for 30 days."""

    mean_a_day: float
    most_a_day: int
    a_day: int  # to one host, at most
    articles_a_day: float
    is_over: bool


class RevisitStanding(Answer):
    """How the re-visits of an outlet stand."""

    policy: RevisitPolicy
    ordered: RevisitOrder
    cost: RevisitCost
    articles: int
    due: int
    due_since: datetime | None
    requests_today: int
    quickness: float


class Standing(Answer):
    """What the hosts of an outlet ask of us."""

    robots: list[Robots]
    waits: list[HostWait]


class Visit(Answer):
    """One fetch of a source."""

    id: int
    outlet_key: str
    source_id: int
    source_url: str
    started_at: datetime
    finished_at: datetime
    outcome: VisitOutcome
    reason: str | None = Field(examples=["http-404"])
    detail: str | None
    status: int | None = Field(description="Of HTTP.")
    bytes_received: int
    took_ms: int | None = Field(description="From the request to the whole answer.")
    listed: int = Field(description="Candidates that the source listed.")
    new: int = Field(description="Those of them that were new.")


class VisitList(Answer):
    """Visits, newest first."""

    items: list[Visit]
    next_before_id: int | None = Field(description="The before_id of the next page; null on the last.", examples=[120])


class Outlet(Answer):
    """A publisher and how its monitoring goes."""

    key: str = Field(examples=["jpost"])
    name: str = Field(examples=["The Jerusalem Post"])
    home_url: str = Field(examples=["https://www.jpost.com/"])
    country: str | None = Field(examples=["IL"])
    languages: list[str] = Field(examples=[["en"]])
    timezone: str | None = Field(examples=["Asia/Jerusalem"])
    origin: str = Field(examples=["shipped"])
    state: SourceState
    trouble: str | None = Field(description="Why it is ill, as a sentence.")
    layout_since: datetime | None = Field(description="Since when its pages are read worse than before.")
    is_paused: bool
    articles: int
    articles_24h: int
    pending: int = Field(description="Candidates that wait to be fetched.")
    last_visit_at: datetime | None
    next_visit_at: datetime | None
    last_failure: Visit | None
    sources: list[Source]


class OutletList(Answer):
    """Outlets, by name."""

    items: list[Outlet]
    next_after: str | None = Field(description="The after of the next page; null on the last.", examples=["jpost"])
