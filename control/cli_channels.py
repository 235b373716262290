"""`presswatch channels`: where new articles are sent."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from control.channel_targets import checked_target, hour_of, kind_of, mail_target, secret_from
from control.choosing import opened
from control.printing import ago, as_json, json_option, say
from control.refusal import Refusal
from control.settings import Settings
from delivery.channels import hours
from delivery.channels.topics import announcement
from delivery.channels.webhook import Message, trial_message
from delivery.channels.wishes import had_matched, is_gathered, is_wanted, needs_match
from storage.records import Channel, ChannelKind, ChannelState, Delivery
from storage.store import Store

#: Of the events after a channel's cursor, to count what waits: enough to see that it is far behind.
_EVENTS_LOOKED_AT = 10_000


@click.group("channels")
def channels_group() -> None:
    """Where new articles, and what answers watchlists, are sent: webhooks, e-mail, chats."""


@channels_group.command("add")
@click.argument("name")
@click.argument("url")
@click.option("--outlet", "outlet_key", metavar="KEY", help="Only articles of this outlet.")
@click.option("--language", metavar="XX", help="Only articles in this language, such as en or fa.")
@click.option(
    "--watchlist",
    "watchlists",
    metavar="NAME",
    multiple=True,
    help="Only what answers this watchlist, each story once; with --daily several may be given.",
)
@click.option("--alerts", is_flag=True, help="Send alerts of what falls ill and is well again, and no articles.")
@click.option(
    "--changes", "tells_changes", is_flag=True, help="Send what outlets change, by type, and no new articles."
)
@click.option("--stealth", "is_stealth_only", is_flag=True, help="With --changes: only words changed without notice.")
@click.option("--vanished", "tells_vanished", is_flag=True, help="Send what vanishes and what is there again.")
@click.option("--chat", "is_chat", is_flag=True, help="URL is a chat's, as apprise writes it (slack://, tgram://).")
@click.option("--hub", "is_hub", is_flag=True, help="URL is a WebSub hub, told when feeds at secret addresses change.")
@click.option("--daily", metavar="HH:MM", help="Once a day at that hour, by story: of a watchlist, or of changes.")
@click.option("--zone", default="UTC", show_default=True, help="Time zone of --daily, such as Asia/Jerusalem.")
@click.option("--from-start", "is_from_start", is_flag=True, help="Send all there is, not only what comes from now on.")
@click.option(
    "--secret-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the secret that messages are signed with; without it one is made up and printed once.",
)
@click.pass_obj
def add_command(
    settings: Settings,
    *,
    name: str,
    url: str,
    outlet_key: str | None,
    language: str | None,
    watchlists: tuple[str, ...],
    alerts: bool,
    tells_changes: bool,
    is_stealth_only: bool,
    tells_vanished: bool,
    is_chat: bool,
    is_hub: bool,
    daily: str | None,
    zone: str,
    is_from_start: bool,
    secret_file: Path | None,
) -> None:
    """Send new articles to URL, a webhook, as the channel NAME.

    With --watchlist, --changes, --vanished or --alerts also to mailto:ADDRESS or a chat. Of a watchlist, --changes and
    --vanished add what becomes of the articles that it has found.
    """
    _require_name(name)
    if watchlists and (outlet_key or language or alerts):
        raise Refusal("--watchlist goes with none of --outlet, --language and --alerts; put these into its query")
    asks_changes = tells_changes or tells_vanished
    if is_stealth_only and not tells_changes:
        raise Refusal("--stealth chooses among changes: add --changes")
    if alerts and asks_changes:
        raise Refusal("--alerts tells of no articles: add another channel for --changes and --vanished")
    if len(watchlists) > 1 and daily is None:
        raise Refusal("several watchlists make one digest: add --daily HH:MM, or a channel for each")
    if is_hub and (watchlists or outlet_key or language or alerts or asks_changes or settings.public_url is None):
        raise Refusal(
            "a hub is told of all feeds at secret addresses: --hub goes with no choice of articles, and "
            "PRESSWATCH_PUBLIC_URL must say under which address the hub reads them"
        )
    if daily is not None and not watchlists and not asks_changes:
        raise Refusal("--daily tells of a watchlist or of changes: add --watchlist NAME, --changes or --vanished")
    hour = hour_of(daily, zone) if daily is not None else None
    kind = kind_of(url, is_chat=is_chat, is_hub=is_hub)
    target = checked_target(settings, kind, url, is_fit=alerts or asks_changes or bool(watchlists))
    if language is not None and not re.fullmatch(r"[a-z]{2,3}", language := language.lower()):
        raise Refusal(f"{language!r} is no language; give its ISO 639-1 code, such as en, fa, ar or he")
    secret = secret_from(secret_file) if secret_file else secrets.token_urlsafe(32)
    with opened(settings) as store:
        bound = list(dict.fromkeys(store.watchlists.named(each).id for each in watchlists))
        store.channels.add(
            kind=kind,
            name=name,
            url=target,
            secret=secret,
            now=datetime.now(UTC),
            outlet_key=outlet_key,
            language=language,
            watchlist_id=bound[0] if bound else None,
            more_watchlist_ids=bound[1:],
            alerts=alerts,
            tells_changes=tells_changes,
            is_stealth_only=is_stealth_only,
            tells_vanished=tells_vanished,
            daily=hour,
            is_from_start=is_from_start,
        )
    when = f"each day at {hours.shown(hour)}" if hour else "from now on"
    say(f"Added {name}. The courier (`presswatch courier`, part of `presswatch up`) sends to it {when}.")
    if not secret_file and kind is ChannelKind.WEBHOOK:
        say(f"Its secret, shown only now: {secret}")
    say(f"Try it: presswatch channels test {name}")


@channels_group.command("list")
@json_option
@click.pass_obj
def list_command(settings: Settings, as_json_lines: bool) -> None:
    """List all channels: state, what waits for them, why the last try failed."""
    with opened(settings) as store:
        channels = store.channels.channels()
        waiting = {channel.id: _waiting(store, channel) for channel in channels}
        watched = {each.id: each.name for each in store.watchlists.watchlists()}
    if as_json_lines:
        click.echo(as_json([_shown(channel, waiting[channel.id]) for channel in channels]))
        return
    if not channels:
        say("There are no channels yet; `presswatch channels add NAME URL` adds one.")
    for channel in channels:
        _say_channel(channel, waiting[channel.id], watched)


@channels_group.command("log")
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def log_command(settings: Settings, name: str, limit: int, as_json_lines: bool) -> None:
    """Show what became of the newest deliveries of the channel NAME."""
    with opened(settings) as store:
        deliveries = store.channels.deliveries(name, limit)
        is_gathering = store.channels.channel(name).is_gathering
    if as_json_lines:
        click.echo(as_json(deliveries))
        return
    if not deliveries:
        say(f"Nothing was delivered to {name} yet.")
    for delivery in deliveries:
        say(_delivery_line(delivery, "digest" if is_gathering else "alert"))


@channels_group.command("pause")
@click.argument("name")
@click.pass_obj
def pause_command(settings: Settings, name: str) -> None:
    """Stop sending to the channel NAME; what comes meanwhile waits for it."""
    with opened(settings) as store:
        store.channels.set_paused(name, True, datetime.now(UTC), "paused by hand")
    say(f"{name} is paused; `presswatch channels resume {name}` goes on where it stopped.")


@channels_group.command("resume")
@click.argument("name")
@click.pass_obj
def resume_command(settings: Settings, name: str) -> None:
    """Go on sending to the channel NAME, where it stopped."""
    with opened(settings) as store:
        store.channels.set_paused(name, False, datetime.now(UTC))
    say(f"{name} is sent to again.")


@channels_group.command("remove")
@click.argument("name")
@click.pass_obj
def remove_command(settings: Settings, name: str) -> None:
    """Remove the channel NAME and the record of its deliveries."""
    with opened(settings) as store:
        store.channels.remove(name, datetime.now(UTC))
    say(f"{name} is removed.")


@channels_group.command("test")
@click.argument("name")
@click.pass_obj
def test_command(settings: Settings, name: str) -> None:
    """Send a signed test message to the channel NAME now, and show the answer."""
    with opened(settings) as store:
        channel = store.channels.channel(name)
        message = _trial(settings, store, channel)
    status, text, problem = asyncio.run(_send_trial(settings, channel, message))
    if problem is not None:
        raise Refusal(f"{name} did not take the test message: {problem}")
    took = f"answered {status}" if status else "took it"
    say(f"{name} {took}" + (f": {text}" if text else "."))
    if channel.state is ChannelState.PAUSED:
        say(f"It is paused ({channel.paused_reason}); `presswatch channels resume {name}` sends to it again.")


@channels_group.command("test-mail")
@click.argument("address")
@click.pass_obj
def test_mail_command(settings: Settings, address: str) -> None:
    """Try the mail server that is set: connect, encrypt, log in, and send a test e-mail to ADDRESS."""
    url = mail_target(settings, f"mailto:{address.removeprefix('mailto:')}", is_fit=True)
    now = datetime.now(UTC)
    channel = Channel(
        id=0,
        kind=ChannelKind.EMAIL,
        name="test of the mail server",
        url=url,
        secret="",
        state=ChannelState.ACTIVE,
        created_at=now,
        cursor=0,
    )
    _, text, problem = asyncio.run(_send_trial(settings, channel, trial_message(channel, now)))
    if problem is not None:
        raise Refusal(f"no e-mail was sent: {problem}")
    say(f"The mail server took a test e-mail to {url.removeprefix('mailto:')}" + (f": {text}" if text else "."))
    if settings.public_url is None:
        say("PRESSWATCH_PUBLIC_URL is not set: e-mails lead to no pages, and nobody can unsubscribe by a button.")


def _trial(settings: Settings, store: Store, channel: Channel) -> Message:
    """A message that tells of nothing; to a hub, that all feeds may have changed."""
    now = datetime.now(UTC)
    if channel.kind is not ChannelKind.HUB:
        return trial_message(channel, now)
    from control.courier import topics_from  # noqa: PLC0415 (each command loads only what it needs)

    topics = topics_from(settings, store)
    addresses = topics.all() if topics else []
    if not addresses:
        raise Refusal("there is nothing to tell a hub of: no watchlist, no feed, or PRESSWATCH_PUBLIC_URL is not set")
    return announcement(channel, addresses, f"test {now.isoformat()}")


async def _send_trial(settings: Settings, channel: Channel, message: Message) -> tuple[int | None, str, str | None]:
    """Status, beginning of the body, and why it does not count as taken."""
    from control.courier import chatter_from, mailer_from, poster_from  # noqa: PLC0415 (each command loads only what it needs)
    from delivery.channels.carriers import Carriers  # noqa: PLC0415
    from delivery.channels.pace import Pace  # noqa: PLC0415

    async with poster_from(settings, Pace()) as poster:
        carriers = Carriers(poster, mailer_from(settings, Pace()), chatter_from(settings, Pace()))
        answer = await carriers.post(channel, message)
    return answer.status, answer.text, answer.problem


def _require_name(name: str) -> None:
    if not re.fullmatch(r"[\w.-][\w .-]{0,79}", name) or name != name.strip():
        raise Refusal(f"{name!r} cannot be a channel's name; use at most 80 letters, digits, spaces and . _ -")


def _waiting(store: Store, channel: Channel) -> int:
    """How many of the next events are still to be sent to a channel."""
    wants = is_gathered if channel.is_gathering else is_wanted
    told = [event for event in store.events.since(channel.cursor, _EVENTS_LOOKED_AT) if wants(channel, event)]
    asked = {event.article_id or 0 for event in told if needs_match(channel, event)}
    known = store.matches.answered(asked) if asked else {}
    return sum(
        not needs_match(channel, event) or had_matched(channel, event, known.get(event.article_id or 0, {}))
        for event in told
    )


def _shown(channel: Channel, waiting: int) -> dict[str, Any]:
    """A channel for a script: all but its secret."""
    shown = {field.name: getattr(channel, field.name) for field in fields(channel) if field.name != "secret"}
    return shown | {"waiting": waiting, "url": _address(channel)}


def _say_channel(channel: Channel, waiting: int, watched: Mapping[int, str]) -> None:
    asked = (*_told_of(channel), _watched(channel, watched), channel.outlet_key, channel.language)
    wishes = [wish for wish in asked if wish]
    only = f"  only {', '.join(wishes)}" if wishes else ""
    only += f", daily at {hours.shown(channel.daily)}" if channel.daily else ""
    say(f"{channel.name:24} {_state(channel):8} {_address(channel)}{only}")
    told = [f"last delivery {ago(channel.last_ok_at)}"]
    if waiting:
        told.append(f"{waiting} waiting")
    if channel.paused_reason:
        told.append(channel.paused_reason)
    elif channel.failures:
        told.append(f"{_tries(channel.failures)} failed, the first {ago(channel.failing_since)}")
        told.append(f"next try {ago(channel.next_try_at)}")
    if channel.last_error and not channel.paused_reason:
        told.append(f"last: {channel.last_error}")
    say(f"{'':24} {'; '.join(told)}")


def _told_of(channel: Channel) -> Iterator[str]:
    """What it is sent besides articles or in place of them."""
    if channel.alerts:
        yield "alerts"
    if channel.kind is ChannelKind.HUB:
        yield "feeds that changed"
    if channel.tells_changes:
        yield "stealth edits" if channel.is_stealth_only else "changes"
    if channel.tells_vanished:
        yield "what vanished or returned"


def _address(channel: Channel) -> str:
    """Where it goes; of a chat, whose address holds its tokens, only which service."""
    return channel.url.partition("://")[0] + "://…" if channel.kind is ChannelKind.CHAT else channel.url


def _watched(channel: Channel, names: Mapping[int, str]) -> str | None:
    told = [f"watchlist {names.get(number, number)}" for number in channel.watchlist_ids]
    return " and ".join(told) or None


def _state(channel: Channel) -> str:
    return "failing" if channel.state is ChannelState.ACTIVE and channel.failures else channel.state.value


def _delivery_line(delivery: Delivery, otherwise: str) -> str:
    ended = f"{delivery.ended_at:%Y-%m-%d %H:%M:%S} UTC"
    what = otherwise if delivery.article_id is None else f"article {delivery.article_id}"
    line = f"{ended}  {delivery.state.value:10} {what}  {_tries(delivery.tries)}"
    return f"{line}  {delivery.error}" if delivery.error else line


def _tries(number: int) -> str:
    return "1 try" if number == 1 else f"{number} tries"
