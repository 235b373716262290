"""Where a webhook goes: its URL, read as browsers read it (WHATWG, by ada), and the address it may name. Pure."""

from __future__ import annotations

import ada_url

MAX_URL_CHARS = 2_048


class BadTarget(ValueError):
    """A webhook cannot be sent to this URL; the message tells why."""


def webhook_target(text: str) -> str:
    """The URL in the one spelling that is checked and connected to: 0x7f.1 becomes 127.0.0.1. Raises BadTarget."""
    if len(text) > MAX_URL_CHARS:
        raise BadTarget(f"the URL has more than {MAX_URL_CHARS} characters")
    try:
        url = ada_url.URL(text.strip())
    except ValueError as error:
        raise BadTarget("that is no URL; it looks like https://example.org/hook") from error
    if url.protocol not in {"http:", "https:"}:
        raise BadTarget(f"a webhook's URL begins with https:// or http://, this one with {url.protocol}//")
    if url.username or url.password:
        raise BadTarget("leave user name and password out of the URL: each message is signed with the channel's secret")
    url.hash = ""
    return str(url.href)


def literal_address(target: str) -> str | None:
    """The IP address that a URL names instead of a host, if it does; `target` comes from `webhook_target`."""
    url = ada_url.URL(target)
    if url.host_type == ada_url.HostType.DEFAULT:
        return None
    return str(url.hostname).strip("[]")


def host_of(target: str) -> str:
    """The host, for messages: the rest of a webhook's URL may be secret."""
    return str(ada_url.URL(target).hostname)
