"""What the API answers with: articles, events, the service; what several rooms of it share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from storage.records import (
    EventKind,
    Precision,
    Reason,
    Zone,
)

_TIME = "2020-05-09T16:00:05Z"


def _readable(value: object) -> object:
    """Half a surrogate pair, as JSON in a page can hold one, has no UTF-8: a question mark stands for it."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case list() | tuple():
            return [_readable(each) for each in value]
        case dict():
            return {_readable(key): _readable(each) for key, each in value.items()}
        case _:
            return value


OutsideText = Annotated[str, BeforeValidator(_readable)]
Names = list[OutsideText]


class Answer(BaseModel):
    """Read from the attributes of a record."""

    model_config = ConfigDict(from_attributes=True)


class TimeTold(Answer):
    """A date as an outlet told it, as exactly as it is known and no more exactly."""

    value: str = Field(description="A calendar day, or a UTC time.", examples=["2020-05-09", "2020-05-09T15:31:00Z"])
    precision: Precision
    zone: Zone
    rule: str = Field(description="What told it.", examples=["json-ld"])


class OutletName(Answer):
    """An outlet in short."""

    key: str = Field(examples=["jpost"])
    name: str = Field(examples=["The Jerusalem Post"])


class Party(Answer):
    """An outlet, an agency, or somebody of whom only a site or a name is known."""

    key: str = Field(
        description='"outlet:", "agency:", "site:" or "name:", and what it is known by.', examples=["outlet:jpost"]
    )
    name: OutsideText = Field(examples=["The Jerusalem Post"])
    url: str | None = Field(examples=["https://www.jpost.com/"])
    article_id: int | None = Field(default=None, description="Its own article, where it is collected.", examples=[7])


class OriginClaim(Answer):
    """What an article says of whose text it is, kept as it was found."""

    article_id: int = Field(examples=[8])
    revision: int = Field(description="Number of the revision that said it first.", examples=[1])
    rank: int = Field(description="1 declared, 2 named, 3 contained in an agency's earlier text.", examples=[2])
    rule: str = Field(examples=["credit line"])
    value: OutsideText = Field(description="As it was found: a URL or a name.", examples=["The Jerusalem Post"])
    evidence: OutsideText = Field(description="The passage that it stands in, where that is more.")
    party: Party
    is_own: bool = Field(description="Whether the outlet names itself.")


class StoryRef(Answer):
    """A story in short."""

    id: int = Field(examples=[3])
    title: OutsideText
    origin: Party = Field(description="Whose text it is; only who was seen first where is_seen_first.")
    is_seen_first: bool = Field(description="Whether nobody says whose text it is.")
    rank: int = Field(description="Of the strongest claim for the origin; 4: seen first.", examples=[2])
    articles: int = Field(examples=[2])
    outlets: int = Field(examples=[2])


class Article(Answer):
    """An article's newest revision, without the whole text."""

    id: int = Field(examples=[7])
    url: str = Field(examples=["https://www.jpost.com/middle-east/article-1"])
    title: str = Field(examples=["Iran withdraws from Syria"])
    authors: Names = Field(examples=[["Anna Ahronheim"]])
    outlet: OutletName
    published: TimeTold | None
    first_seen_at: datetime = Field(examples=[_TIME])
    updated_at: datetime = Field(description="When the newest revision was first seen.", examples=[_TIME])
    language: str | None = Field(examples=["en"])
    excerpt: str = Field(examples=["For the first time since..."])
    is_dated_ahead: bool = Field(description="Whether its date lies ahead of when it was found; lists ignore that.")
    words: int = Field(examples=[812])
    revisions: int = Field(examples=[1])
    credit: str | None = Field(description="Whom the text was taken from.", examples=["The Jerusalem Post"])
    section: str | None = Field(examples=["Middle East"])
    tags: Names = Field(examples=[["Iran", "Hezbollah"]])
    story: StoryRef | None = Field(description="The story that it is part of; null where it has no copies.")
    backfill_id: int | None = Field(description="The backfill that brought it; null where a visit did.")


class ArticlePage(Answer):
    """Some articles, newest first."""

    items: list[Article]
    next_before_id: int | None = Field(description="The before_id of the next page; null on the last.", examples=[120])


class LostEvidence(Answer):
    """What else would have given the value, and was not taken."""

    rule: str
    value: OutsideText


class Evidence(Answer):
    """Why a field has its value."""

    field: str = Field(examples=["published"])
    rule: str = Field(examples=["json-ld"])
    value: OutsideText = Field(examples=["2020-05-09T15:31:00Z"])
    lost: list[LostEvidence]


class Origin(Answer):
    """Where a text may come from."""

    rule: str = Field(description="What said so.", examples=["canonical"])
    value: str = Field(description="A URL or a name.", examples=["https://www.jpost.com/"])


class Picture(Answer):
    """The lead picture as the page names it; it was not fetched."""

    url: str = Field(examples=["https://images.jpost.com/1.jpg"])
    caption: str | None
    credit: str | None = Field(examples=["Reuters"])


class LiveEntry(Answer):
    """One entry of a live blog."""

    at: TimeTold | None
    headline: OutsideText | None
    text: OutsideText = Field(description="Paragraphs, separated by blank lines.")


class OptOut(Answer):
    """What the outlet says must not be done with the page."""

    name: str = Field(
        description="noarchive, noindex, nosnippet, noai, noimageai, tdm-reservation, or a preference denied.",
        examples=["noarchive"],
    )
    rule: OutsideText = Field(description="What said so.", examples=["X-Robots-Tag"])


class Revision(Answer):
    """The state of an article's own words from one capture on."""

    number: int = Field(examples=[1])
    seen_at: datetime = Field(examples=[_TIME])
    capture_id: int | None
    title: str
    authors: Names
    text: str = Field(description="Paragraphs, separated by blank lines.")
    published: TimeTold | None
    modified: TimeTold | None
    language: str | None
    credit: str | None
    section: str | None
    lead_image: Picture | None
    tags: Names
    entries: list[LiveEntry] = Field(description="Entries of a live blog, newest first.")
    marks: list[str] = Field(
        description="partial, live, gallery, transcript, corrected, opinion, sponsored, press-release.",
        examples=[["opinion"]],
    )
    desks: list[str] = Field(description="Desks and agencies of the byline.", examples=[["AP"]])
    origins: list[Origin]
    opt_outs: list[OptOut] = Field(description="What the outlet says must not be done with the page.")
    evidence: list[Evidence]
    extractor: str
    erased_at: datetime | None = Field(description="When its text was deleted by retention; null: it is there.")


class Capture(Answer):
    """One fetched response."""

    id: int
    url: str
    final_url: str
    fetched_at: datetime
    status: int
    digest: str = Field(description="SHA-256 of the body on the wire.")
    size: int = Field(description="Bytes of the body on the wire.")


class Delay(Answer):
    """How long after it came out an article was found."""

    least_s: int = Field(description="At least; the same as most_s where it is known.", examples=[0])
    most_s: int = Field(examples=[840])


class Arrival(Answer):
    """How an article was found first."""

    found_at: datetime
    previous_visit_at: datetime | None = Field(description="The visit before, which did not list it.")
    source_url: str | None
    told: TimeTold | None = Field(description="When it was published, as its source said then.")
    is_told_ahead: bool = Field(description="Whether that lay in the future, and is not believed.")
    delay: Delay | None = Field(description="null: no earlier visit tells since when it was out.")


class Revisit(Answer):
    """When a stored article was asked for again, and what came of it."""

    at: datetime
    reason: Reason
    detail: str | None
    recrawl_id: int | None = Field(description="The re-crawl that ordered it; null: the standing policy.")


class ArticleWhole(Article):
    """An article with its revisions and captures, newest first."""

    arrival: Arrival | None

    history: list[Revision]
    claims: list[OriginClaim] = Field(description="What it ever said of whose text it is, the strongest first.")
    captures: list[Capture]
    revisits: list[Revisit]
    other_urls: list[str] = Field(description="Other addresses that led here.")


class Found(Answer):
    """When and where a URL was found."""

    at: datetime
    source_url: str


class Way(Answer):
    """The way of a URL at one outlet that listed it."""

    outlet_key: str | None
    state: str = Field(description='"pending" or "done".', examples=["done"])
    reason: Reason | None
    detail: str | None
    found: list[Found]
    tries: int
    not_before: datetime | None
    finished_at: datetime | None
    article_id: int | None


class Explanation(Answer):
    """The whole way of one URL; no ways when no source has listed it."""

    url: str
    canonical_url: str
    ways: list[Way]


class Event(Answer):
    """One entry of the event log."""

    seq: int = Field(examples=[41])
    at: datetime = Field(examples=[_TIME])
    kind: EventKind
    outlet_key: str | None
    article_id: int | None
    payload: Annotated[dict[str, Any], BeforeValidator(_readable)]


class EventPage(Answer):
    """Events in the order of their commits."""

    items: list[Event]
    next_since: int = Field(description="The since of the next call: the last event of this one.", examples=[41])


class Process(Answer):
    """A process of the service."""

    name: str
    role: str = Field(examples=["worker"])
    host: str | None = Field(description="The machine it runs on.")
    pid: int
    started_at: datetime
    seen_at: datetime = Field(description="Its last heartbeat.")
    detail: str | None
    figures: dict[str, dict[str, float]] = Field(
        description="What a worker has done since it started, and how it is: `work` tells its domains, partitions, "
        "requests under way and articles a minute, `process` its memory."
    )


class Status(Answer):
    """Figures of the whole store."""

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
    processes: list[Process]
