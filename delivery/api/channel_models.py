"""What the API tells of channels. No secret is in it but the one that is told once."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from delivery.api.models import OutsideText
from delivery.api.parameters import NO_CONTROLS
from delivery.channels import hours, poster
from delivery.channels.target import MAX_URL_CHARS
from delivery.channels.wanted import ChannelWish
from delivery.channels.wording import shown_address, state_word
from storage import records
from storage.records import ChannelKind

#: Of one digest.
_MOST_WATCHLISTS = 20

WatchlistName = Annotated[str, Field(min_length=1, max_length=80, pattern=NO_CONTROLS, examples=["harbour"])]


class Channel(BaseModel):
    """Where messages go, and how that stands."""

    id: int = Field(examples=[1])
    name: OutsideText = Field(examples=["desk"])
    kind: ChannelKind = Field(examples=[ChannelKind.WEBHOOK])
    address: OutsideText = Field(
        description="As far as it is no secret: of a webhook its host.", examples=["https://desk.example.org/…"]
    )
    state: str = Field(description="active, failing or paused.", examples=["failing"])
    outlet: str | None = Field(examples=["jpost"])
    language: str | None = Field(examples=["fa"])
    watchlists: list[int] = Field(description="Ids of watchlists.", examples=[[4]])
    alerts: bool
    changes: bool = Field(description="Whether it is told what outlets change.")
    stealth: bool = Field(description="Of changes only those that nothing tells of.")
    vanished: bool = Field(description="Whether it is told what vanishes and returns.")
    daily: str | None = Field(description="Hour and time zone of its digest.", examples=["07:30 Asia/Tehran"])
    created_at: AwareDatetime
    last_ok_at: AwareDatetime | None = Field(description="When a message was taken last.")
    failures: int = Field(description="Failed tries in a row.", examples=[3])
    failing_since: AwareDatetime | None
    next_try_at: AwareDatetime | None
    last_error: OutsideText | None = Field(description="Why the last try failed.", examples=["answered 503"])
    paused_reason: OutsideText | None = Field(examples=["paused by hand"])

    @classmethod
    def of(cls, each: records.Channel) -> Self:
        """From what is stored."""
        return cls(
            id=each.id,
            name=each.name,
            kind=each.kind,
            address=shown_address(each),
            state=state_word(each),
            outlet=each.outlet_key,
            language=each.language,
            watchlists=list(each.watchlist_ids),
            alerts=each.alerts,
            changes=each.tells_changes,
            stealth=each.is_stealth_only,
            vanished=each.tells_vanished,
            daily=hours.shown(each.daily) if each.daily else None,
            created_at=each.created_at,
            last_ok_at=each.last_ok_at,
            failures=each.failures,
            failing_since=each.failing_since,
            next_try_at=each.next_try_at,
            last_error=each.last_error,
            paused_reason=each.paused_reason,
        )


class Channels(BaseModel):
    """All channels, by name."""

    channels: list[Channel]


class AddedChannel(Channel):
    """A channel that is new."""

    secret: str | None = Field(
        default=None,
        description="What messages of a webhook are signed with; told only now.",
        examples=["0m0tWcyHLqTzHh2ZbqXk1c3VY2pQf0aS"],
    )


class ChannelWanted(BaseModel):
    """A channel to be added. Without any choice it is sent all new and revised articles, which only a webhook is."""

    model_config = ConfigDict(extra="forbid")

    kind: ChannelKind = Field(examples=[ChannelKind.WEBHOOK])
    name: str = Field(min_length=1, max_length=80, pattern=NO_CONTROLS, examples=["desk"])
    url: str = Field(
        min_length=1,
        max_length=MAX_URL_CHARS,
        pattern=NO_CONTROLS,
        description="Of a webhook or hub; an e-mail address; a chat's, as apprise writes it.",
        examples=["https://desk.example.org/hook"],
    )
    outlet: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9-]{1,80}$",
        description="Only articles of this outlet.",
        examples=[None, "jpost"],
    )
    language: str | None = Field(
        default=None, pattern=r"^[a-z]{2,3}$", description="Only articles in this language.", examples=[None, "fa"]
    )
    watchlists: list[WatchlistName] = Field(
        default_factory=list,
        max_length=_MOST_WATCHLISTS,
        description="Names of watchlists: only what answers them. Several make one digest.",
        examples=[[]],
    )
    alerts: bool = Field(default=False, description="What falls ill and is well again, and no articles.")
    changes: bool = Field(default=False, description="What outlets change, by type.")
    stealth: bool = Field(default=False, description="Of changes only those that nothing tells of.")
    vanished: bool = Field(default=False, description="What vanishes and returns.")
    daily: str | None = Field(default=None, max_length=5, description="Hour of a digest.", examples=[None, "07:30"])
    zone: str = Field(default="UTC", max_length=60, pattern=NO_CONTROLS, description="Time zone of that hour.")
    from_start: bool = Field(default=False, description="All there is, not only what comes from now on.")

    @property
    def wish(self) -> ChannelWish:
        """The same as it is ordered."""
        return ChannelWish(
            kind=self.kind,
            name=self.name,
            url=self.url,
            outlet_key=self.outlet,
            language=self.language,
            watchlists=tuple(self.watchlists),
            alerts=self.alerts,
            tells_changes=self.changes,
            is_stealth_only=self.stealth,
            tells_vanished=self.vanished,
            daily=self.daily,
            zone=self.zone,
            is_from_start=self.from_start,
        )


class ChannelChange(BaseModel):
    """Whether it is paused; what comes meanwhile waits."""

    model_config = ConfigDict(extra="forbid")

    is_paused: bool = Field(examples=[True])


class Tried(BaseModel):
    """What came of a test message."""

    is_taken: bool
    status: int | None = Field(description="What the receiver of a webhook answered.", examples=[204])
    problem: OutsideText | None = Field(description="Why it does not count as taken.", examples=["answered 503"])

    @classmethod
    def of(cls, answer: poster.Answer) -> Self:
        """From what came of it."""
        return cls(is_taken=answer.is_taken, status=answer.status, problem=answer.problem)
