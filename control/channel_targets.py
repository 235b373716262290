"""What `presswatch channels add` is given: addresses, hours and secrets, checked before anything is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

from control.refusal import Refusal
from control.settings import Settings
from delivery.channels import hours
from delivery.channels.chat import Chatter
from delivery.channels.mailer import BadAddress, is_mail, mail_address
from delivery.channels.target import BadTarget, literal_address, webhook_target
from storage.records import ChannelKind, Daily

_FIT = "add --watchlist NAME, --changes, --vanished or --alerts"
_CHECK_S = 10.0
_LEAST_SECRET_CHARS = 16
_MOST_SECRET_CHARS = 1_000


def kind_of(url: str, *, is_chat: bool, is_hub: bool) -> ChannelKind:
    """What a channel is, by its URL and the options that were given. Raises Refusal."""
    if is_chat and is_hub:
        raise Refusal("a channel is either a chat or a hub")
    if is_chat:
        return ChannelKind.CHAT
    if is_hub:
        return ChannelKind.HUB
    return ChannelKind.EMAIL if is_mail(url) else ChannelKind.WEBHOOK


def checked_target(settings: Settings, kind: ChannelKind, url: str, *, is_fit: bool) -> str:
    """The URL as it is kept; `is_fit`: whether the channel tells of something that people read. Raises Refusal."""
    if kind is ChannelKind.EMAIL:
        return mail_target(settings, url, is_fit=is_fit)
    if kind is ChannelKind.CHAT:
        return _chat_target(settings, url, is_fit=is_fit)
    return _target(settings, url)


def _chat_target(settings: Settings, url: str, *, is_fit: bool) -> str:
    if not is_fit:
        raise Refusal(f"chats are told of watchlists, changes or alerts: {_FIT}")
    problem = asyncio.run(Chatter("control.chatting", settings.allow_networks, _CHECK_S).check(url)).problem
    if problem is not None:
        raise Refusal(problem)
    return url


def _target(settings: Settings, url: str) -> str:
    """The URL in its checked spelling; an address that will never be connected to is told of at once."""
    try:
        target = webhook_target(url)
    except BadTarget as error:
        raise Refusal(str(error)) from error
    address = literal_address(target)
    if address is not None:
        _require_allowed(settings, address)
    return target


def mail_target(settings: Settings, url: str, *, is_fit: bool) -> str:
    """`mailto:` and the address; what would never be sent is told of at once."""
    if not is_fit:
        raise Refusal(f"e-mails tell of watchlists, changes or alerts: {_FIT}, or give a webhook's URL")
    if settings.smtp_url is None or settings.mail_from is None:
        raise Refusal("set PRESSWATCH_SMTP_URL and PRESSWATCH_MAIL_FROM first, also where the courier runs")
    try:
        return f"mailto:{mail_address(url)}"
    except BadAddress as error:
        raise Refusal(str(error)) from error


def _require_allowed(settings: Settings, address: str) -> None:
    from crawler.fetch.policy import AddressPolicy  # noqa: PLC0415 (each command loads only what it needs)

    if not AddressPolicy(settings.allow_networks).allows(address):
        raise Refusal(
            f"{address} is not a public address, so nothing would be sent there; "
            "if it is meant to be, add its network to PRESSWATCH_ALLOW_NETWORKS, also where the courier runs"
        )


def hour_of(time: str, zone: str) -> Daily:
    """When a digest goes out. Raises Refusal."""
    try:
        return hours.daily_at(time, zone)
    except hours.BadHour as error:
        raise Refusal(str(error)) from error


def secret_from(file: Path) -> str:
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
