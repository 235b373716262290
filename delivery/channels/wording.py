"""What is said of a channel to those who look after it. Pure. No secret is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from delivery.channels import hours
from delivery.channels.target import host_of
from storage.records import Channel, ChannelKind, ChannelState


def state_word(channel: Channel) -> str:
    """active, failing or paused."""
    return "failing" if channel.state is ChannelState.ACTIVE and channel.failures else channel.state.value


def shown_address(channel: Channel) -> str:
    """Where it goes, as far as that is no secret: a chat's address holds its tokens, a webhook's path may be one."""
    if channel.kind is ChannelKind.CHAT:
        return channel.url.partition("://")[0] + "://…"
    if channel.kind is ChannelKind.WEBHOOK:
        return f"{channel.url.partition('://')[0]}://{host_of(channel.url)}/…"
    return channel.url.removeprefix("mailto:")


def told_of(channel: Channel, watchlists: Mapping[int, str]) -> Iterator[str]:
    """What it is told of; nothing where that is all new articles. `watchlists` are names by id."""
    if channel.alerts:
        yield "alerts"
    if channel.kind is ChannelKind.HUB:
        yield "feeds that changed"
    if channel.tells_changes:
        yield "stealth edits" if channel.is_stealth_only else "changes"
    if channel.tells_vanished:
        yield "what vanished or returned"
    if channel.watchlist_ids:
        yield " and ".join(f"watchlist {watchlists.get(number, number)}" for number in channel.watchlist_ids)
    yield from filter(None, (channel.outlet_key, channel.language))


def wishes_words(channel: Channel, watchlists: Mapping[int, str]) -> str:
    """Such as "only watchlist harbour, daily at 07:30 Asia/Tehran"; "" for a channel of all new articles at once."""
    told = list(told_of(channel, watchlists))
    words = [f"only {', '.join(told)}"] if told else []
    words += [f"daily at {hours.shown(channel.daily)}"] if channel.daily else []
    return ", ".join(words)
