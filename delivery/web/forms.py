"""Forms that change something: what their pages carry, and what must come back before anything is done.

A request must come from somebody who may (`writers`), from a page of ours (Sec-Fetch-Site and Origin, which no page
of somebody else can set), and bring the token that was given to this very browser: an HMAC of the random key in its
cookie. Each of the three keeps other sites out by itself.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse

from delivery.api.services import Reading, Services
from delivery.console import Console
from delivery.web.rendering import page
from delivery.web.writers import may_write, writer_of

COOKIE = "presswatch-browser"
TOKEN_FIELD = "token"  # noqa: S105 (the name of a field)
_KEY_BYTES = 32
_MOST_BYTES = 16_384
_MOST_FIELDS = 40
_FORM = "application/x-www-form-urlencoded"
_TRY_AGAIN = "Go back, load the page anew and send the form again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form that may be acted on."""

    fields: Mapping[str, str]  # on one line, control characters dropped, blanks around cut off
    by: str  # who sent it
    console: Console

    def field(self, name: str) -> str:
        """What was entered, "" where nothing was."""
        return self.fields.get(name, "")


async def form_sent(request: Request, services: Reading) -> Form:
    """The form of a POST that passes every check. Raises HTTPException: 403 for one that does not."""
    by = writer_of(request)
    _require_own_page(request)
    console = _console(services)
    fields = await _fields(request)
    _require_token(request, fields, console)
    return Form(fields=fields, by=by, console=console)


Sent = Annotated[Form, Depends(form_sent)]


def page_with_forms(
    request: Request,
    services: Services,
    template: str,
    values: Mapping[str, Any],
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:
    """A page whose template may hold forms: it gets `token`, None where the reader may change nothing."""
    if services.console is None or not may_write(request):
        return page(template, {**values, "token": None}, status=status)
    key = request.cookies.get(COOKIE, "")
    is_new = not _is_key(key)
    if is_new:
        key = secrets.token_hex(_KEY_BYTES)
    response = page(template, {**values, "token": _token(key, services.console)}, status=status)
    response.headers["Cache-Control"] = "no-store"  # the token is this browser's alone
    if is_new:
        is_https = request.url.scheme == "https"
        response.set_cookie(COOKIE, key, httponly=True, samesite="strict", secure=is_https, path="/")
    return response


def _console(services: Services) -> Console:
    if services.console is None:
        raise HTTPException(HTTPStatus.FORBIDDEN, "This page only reads.")
    return services.console


def _require_own_page(request: Request) -> None:
    """Browsers tell where a POST comes from in both headers, older ones and plain http in Origin alone."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    is_own = origin is not None and origin.partition("://")[2].lower() == request.headers.get("host", "").lower()
    if (site is not None and site != "same-origin") or not is_own:
        raise HTTPException(HTTPStatus.FORBIDDEN, f"This form was not sent from a page of Presswatch. {_TRY_AGAIN}")


async def _fields(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Only forms are taken here.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "No form of Presswatch is that long.")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"The form cannot be read. {_TRY_AGAIN}") from None
    return {name: _line(value) for name, value in pairs}


def _line(text: str) -> str:
    """What was entered, on one line: the end of a line parts words as a blank does."""
    return "".join(map(_taken, text.replace("\r\n", " "))).strip()


def _taken(character: str) -> str:
    """Joiners are no printable characters, but Persian is not written without them."""
    if character.isprintable() or character in "\u200c\u200d":
        return character
    return " " if character.isspace() else ""


def _require_token(request: Request, fields: Mapping[str, str], console: Console) -> None:
    key = request.cookies.get(COOKIE, "")
    expected = _token(key, console)
    if not _is_key(key) or not hmac.compare_digest(fields.get(TOKEN_FIELD, "").encode(), expected.encode()):
        told = f"This form was not given to this browser, or its cookies are off. {_TRY_AGAIN}"
        raise HTTPException(HTTPStatus.FORBIDDEN, told)


def _token(key: str, console: Console) -> str:
    return hmac.new(console.secret(), key.encode(), sha256).hexdigest()


def _is_key(key: str) -> bool:
    return len(key) == 2 * _KEY_BYTES and key.isascii() and key.isalnum()
