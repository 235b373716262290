"""A channel as somebody asks for it, and what can be asked for. Pure.

What the world outside has to say (which addresses may be connected to, which outlets and watchlists there are) is
looked at by who implements `delivery.channels.desk`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from delivery.channels import hours
from delivery.channels.mailer import BadAddress, is_mail, mail_address
from delivery.channels.target import BadTarget, webhook_target
from storage.records import ChannelKind, Daily

_NAME = re.compile(r"[\w.-][\w .-]{0,79}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_FIT = "choose a watchlist, changes, what vanishes, or alerts"


class BadChannel(ValueError):
    """No channel can be made of this; the message tells why, `field` by what."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = name


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelWish:
    """What a channel is to be. Without any choice it is sent all new and revised articles."""

    kind: ChannelKind
    name: str
    #: Of a webhook or hub; an e-mail address, with mailto: or without; a chat's, as apprise writes it.
    url: str = field(repr=False)
    outlet_key: str | None = None
    language: str | None = None
    watchlists: tuple[str, ...] = ()  # by name; several make one digest
    alerts: bool = False
    tells_changes: bool = False
    is_stealth_only: bool = False
    tells_vanished: bool = False
    daily: str | None = None  # as 07:30; None: at once
    zone: str = "UTC"
    is_from_start: bool = False
    secret: str | None = field(default=None, repr=False)  # that messages are signed with; None: one is made up

    @property
    def asks_changes(self) -> bool:
        """Whether it is to be told of what outlets do to articles that are stored."""
        return self.tells_changes or self.tells_vanished

    @property
    def hour(self) -> Daily | None:
        """When its digest goes out. Raises BadChannel."""
        if self.daily is None:
            return None
        try:
            return hours.daily_at(self.daily, self.zone)
        except hours.BadHour as error:
            raise BadChannel("daily", str(error)) from error


def checked(wish: ChannelWish) -> ChannelWish:
    """The wish in the spelling that is kept. Raises BadChannel for one that makes no sense."""
    if not _NAME.fullmatch(wish.name) or wish.name != wish.name.strip():
        raise BadChannel(
            "name", f"{wish.name!r} cannot be a channel's name; use at most 80 letters, digits, spaces and . _ -"
        )
    _check_choice(wish)
    wish.hour  # noqa: B018 (it raises)
    language = wish.language.lower() if wish.language else None
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise BadChannel(
            "language", f"{wish.language!r} is no language; give its ISO 639-1 code, such as en, fa, ar or he"
        )
    return replace(wish, url=_target(wish), language=language, watchlists=tuple(dict.fromkeys(wish.watchlists)))


def _check_choice(wish: ChannelWish) -> None:
    is_narrowed = bool(wish.outlet_key or wish.language or wish.alerts)
    if wish.watchlists and is_narrowed:
        raise BadChannel(
            "watchlists",
            "a channel of a watchlist takes no outlet, no language and no alerts; put these into the watchlist's query",
        )
    if wish.is_stealth_only and not wish.tells_changes:
        raise BadChannel("stealth", "stealth edits are some of the changes: ask for changes too")
    if wish.alerts and wish.asks_changes:
        raise BadChannel("alerts", "alerts tell of no articles: add another channel for changes and what vanishes")
    if len(wish.watchlists) > 1 and wish.daily is None:
        raise BadChannel("daily", "several watchlists make one digest: give its hour, or add a channel for each")
    if wish.kind is ChannelKind.HUB and (wish.watchlists or is_narrowed or wish.asks_changes):
        raise BadChannel("kind", "a hub is told of all feeds at secret addresses: it takes no choice of articles")
    if wish.daily is not None and not wish.watchlists and not wish.asks_changes:
        raise BadChannel("daily", "a digest tells of a watchlist or of changes: choose one of these")


def _target(wish: ChannelWish) -> str:
    is_fit = wish.alerts or wish.asks_changes or bool(wish.watchlists)
    if wish.kind is ChannelKind.EMAIL:
        if not is_fit:
            raise BadChannel("watchlists", f"e-mails tell of no whole outlets: {_FIT}, or send to a webhook")
        return mail_target(wish.url)
    if wish.kind is ChannelKind.CHAT:
        if not is_fit:
            raise BadChannel("watchlists", f"chats are told of no whole outlets: {_FIT}")
        return wish.url.strip()
    try:
        return webhook_target(wish.url)
    except BadTarget as error:
        raise BadChannel("url", str(error)) from error


def mail_target(address: str) -> str:
    """`mailto:` and the address. Raises BadChannel."""
    try:
        return f"mailto:{mail_address(address.strip())}"
    except BadAddress as error:
        raise BadChannel("url", str(error)) from error


def kind_of(url: str, *, is_chat: bool, is_hub: bool) -> ChannelKind:
    """What a channel is, by its URL where it is neither a chat nor a hub."""
    if is_chat:
        return ChannelKind.CHAT
    if is_hub:
        return ChannelKind.HUB
    return ChannelKind.EMAIL if is_mail(url) else ChannelKind.WEBHOOK
