"""`presswatch channels`: where new articles are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from control.channel_desk import StoreChannelDesk, check_mail_server, send_once
from control.choosing import opened
from control.printing import ago, as_json, json_option, say
from control.refusal import Refusal
from control.settings import Settings
from delivery.channels import hours
from delivery.channels.wanted import BadChannel, ChannelWish, kind_of, mail_target
from delivery.channels.webhook import trial_message
from delivery.channels.wishes import had_matched, is_gathered, is_wanted, needs_match
from delivery.channels.wording import shown_address, state_word, wishes_words
from storage.records import Channel, ChannelKind, ChannelState, Delivery
from storage.sql.orders import BY_COMMAND
from storage.store import Store

#: Of the events after a channel's cursor, to count what waits: enough to see that it is far behind.
_EVENTS_LOOKED_AT = 10_000
_LEAST_SECRET_CHARS = 16
_MOST_SECRET_CHARS = 1_000


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
    if is_chat and is_hub:
        raise Refusal("a channel is either a chat or a hub")
    wish = ChannelWish(
        kind=kind_of(url, is_chat=is_chat, is_hub=is_hub),
        name=name,
        url=url,
        outlet_key=outlet_key,
        language=language,
        watchlists=watchlists,
        alerts=alerts,
        tells_changes=tells_changes,
        is_stealth_only=is_stealth_only,
        tells_vanished=tells_vanished,
        daily=daily,
        zone=zone,
        is_from_start=is_from_start,
        secret=_secret_from(secret_file) if secret_file else None,
    )
    with _refusing(), opened(settings) as store:
        added = _desk(settings, store).add(wish, BY_COMMAND)
    when = f"each day at {hours.shown(added.channel.daily)}" if added.channel.daily else "from now on"
    say(f"Added {name}. The courier (`presswatch courier`, part of `presswatch up`) sends to it {when}.")
    if added.secret:
        say(f"Its secret, shown only now: {added.secret}")
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
        answer = _desk(settings, store).send_test(channel.id)
    if answer.problem is not None:
        raise Refusal(f"{name} did not take the test message: {answer.problem}")
    took = f"answered {answer.status}" if answer.status else "took it"
    say(f"{name} {took}" + (f": {answer.text}" if answer.text else "."))
    if channel.state is ChannelState.PAUSED:
        say(f"It is paused ({channel.paused_reason}); `presswatch channels resume {name}` sends to it again.")


@channels_group.command("test-mail")
@click.argument("address")
@click.pass_obj
def test_mail_command(settings: Settings, address: str) -> None:
    """Try the mail server that is set: connect, encrypt, log in, and send a test e-mail to ADDRESS."""
    with _refusing():
        check_mail_server(settings)
        url = mail_target(address)
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
    answer = asyncio.run(send_once(settings, channel, trial_message(channel, now)))
    if answer.problem is not None:
        raise Refusal(f"no e-mail was sent: {answer.problem}")
    to = url.removeprefix("mailto:")
    say(f"The mail server took a test e-mail to {to}" + (f": {answer.text}" if answer.text else "."))
    if settings.public_url is None:
        say("PRESSWATCH_PUBLIC_URL is not set: e-mails lead to no pages, and nobody can unsubscribe by a button.")


def _desk(settings: Settings, store: Store) -> StoreChannelDesk:
    return StoreChannelDesk(settings, store, lambda: datetime.now(UTC))


@contextmanager
def _refusing() -> Iterator[None]:
    """Tells what cannot be added as the command does."""
    try:
        yield
    except BadChannel as error:
        raise Refusal(str(error)) from error


def _secret_from(file: Path) -> str:
    """The secret that a file holds. Raises Refusal."""
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"the secret cannot be read from {file}: {error}") from error
    if not _LEAST_SECRET_CHARS <= len(secret) <= _MOST_SECRET_CHARS:
        raise Refusal(
            f"{file} holds {len(secret)} characters; a secret has {_LEAST_SECRET_CHARS} to {_MOST_SECRET_CHARS}"
        )
    return secret


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
    wishes = wishes_words(channel, watched)
    say(f"{channel.name:24} {state_word(channel):8} {_address(channel)}" + (f"  {wishes}" if wishes else ""))
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


def _address(channel: Channel) -> str:
    """Where it goes; who looks at this machine may see all of it but the tokens of chats."""
    return shown_address(channel) if channel.kind is ChannelKind.CHAT else channel.url


def _delivery_line(delivery: Delivery, otherwise: str) -> str:
    ended = f"{delivery.ended_at:%Y-%m-%d %H:%M:%S} UTC"
    what = otherwise if delivery.article_id is None else f"article {delivery.article_id}"
    line = f"{ended}  {delivery.state.value:10} {what}  {_tries(delivery.tries)}"
    return f"{line}  {delivery.error}" if delivery.error else line


def _tries(number: int) -> str:
    return "1 try" if number == 1 else f"{number} tries"
