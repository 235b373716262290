"""The address by which whoever receives an e-mail ends it, without a login (RFC 8058). Pure.

It names the channel and holds an HMAC keyed with the channel's secret: nobody can guess that of another, and nothing
has to be stored.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

from storage.records import Channel

PREFIX = "/unsubscribe/"
_PASS = re.compile(r"([1-9]\d{0,17})\.([0-9a-f]{32})")


def leaving_url(channel: Channel, base: str) -> str:
    """Where a channel is ended; `base` is the address of our pages, without a slash at its end."""
    return f"{base}{PREFIX}{channel.id}.{_signature(channel)}"


def channel_named(told: str) -> int | None:
    """The channel that the end of such an address names, before anything is believed; None where it is none."""
    found = _PASS.fullmatch(told)
    return int(found[1]) if found else None


def may_leave(channel: Channel, told: str) -> bool:
    """Whether the end of the address was made for this channel."""
    found = _PASS.fullmatch(told)
    return found is not None and hmac.compare_digest(found[2], _signature(channel))


def _signature(channel: Channel) -> str:
    words = f"presswatch unsubscribe|{channel.id}|{channel.created_at.isoformat()}"
    return hmac.new(channel.secret.encode(), words.encode(), sha256).hexdigest()[:32]
