"""Why a try failed, in words for an operator. No sentence holds a webhook's URL, which may be secret."""

from __future__ import annotations

import ssl
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp

from delivery.channels.guard import RefusedAddress

_SHOWN_CHARS = 200

#: The first that fits; {why} is what the system says.
_SENTENCES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (TimeoutError, "{host} did not answer in time"),
    (aiohttp.ClientConnectorDNSError, "the name {host} cannot be resolved: {why}"),
    (
        (aiohttp.ClientConnectorCertificateError, ssl.CertificateError),
        "the certificate of {host} is not trusted: {why}",
    ),
    (aiohttp.ClientConnectorError, "no connection to {host}: {why}"),
    ((aiohttp.ServerDisconnectedError, ConnectionError), "{host} closed the connection before it answered"),
    (Exception, "nothing could be sent to {host}: {why}"),
)


def error_told(error: Exception, host: str) -> str:
    """An exception that sending raised."""
    cause = getattr(error, "os_error", error)
    if isinstance(cause, RefusedAddress):
        return str(cause)
    why = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    sentence = next(sentence for kind, sentence in _SENTENCES if isinstance(error, kind))
    return sentence.format(host=host, why=printable(str(why)))


def answer_told(status: int, reason: str | None, location: str | None, text: str) -> str:
    """An answer that is no success: its status line, where it redirects to, the beginning of its body."""
    told = f"answered {status} {printable(reason or '')}".rstrip()
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        place = _host(location or "")
        to = f" to {printable(place)}" if place else ""
        return f"{told}: a redirect{to}, which is not followed; give the channel the URL where it ends"
    return f"{told}: {text}" if text else told


def printable(text: str) -> str:
    """The beginning of a text from outside, in one line, without control characters."""
    flat = " ".join(text[: 4 * _SHOWN_CHARS].split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in flat)[:_SHOWN_CHARS]


def _host(location: str) -> str | None:
    try:
        return urlsplit(location).hostname
    except ValueError:
        return None
