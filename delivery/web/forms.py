"""Forms that change something: what their pages carry, and what must come back before anything is done.

A request must come from somebody who may (`delivery.api.access`), from a page of ours (`delivery.api.origin`), and
bring the token that was given to this very browser and session: an HMAC of the random key in its cookie. Each of the
three keeps other sites out by itself.
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

from delivery.api.access import Asking
from delivery.api.cookies import BROWSER, read_cookie, session_cookie, set_cookie
from delivery.api.origin import TRY_AGAIN, require_own_page
from delivery.api.services import Reading, Services
from delivery.console import Console
from delivery.web.rendering import page
from storage.records import Role

TOKEN_FIELD = "token"  # noqa: S105 (the name of a field)
_KEY_BYTES = 32
_MOST_BYTES = 16_384
_MOST_FIELDS = 40
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form that may be acted on."""

    fields: Mapping[str, str]  # on one line, control characters dropped, blanks around cut off
    by: str  # who sent it
    console: Console

    def field(self, name: str) -> str:
        """What was entered, "" where nothing was."""
        return self.fields.get(name, "")


async def own_form(request: Request, services: Reading) -> Mapping[str, str]:
    """The fields of a form of ours that this browser was given. Raises HTTPException: 403 for any other."""
    require_own_page(request)
    console = _console(services)
    fields = await _fields(request)
    _require_token(request, fields, console)
    return fields


OwnForm = Annotated[Mapping[str, str], Depends(own_form)]


async def form_sent(fields: OwnForm, services: Reading, asker: Asking) -> Form:
    """The form of a POST that passes every check, sent by somebody whom `admit` has let in."""
    return Form(fields=fields, by=asker.name, console=_console(services))


Sent = Annotated[Form, Depends(form_sent)]


def page_with_forms(
    request: Request,
    services: Services,
    template: str,
    values: Mapping[str, Any],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    role: Role = Role.ANALYST,
) -> HTMLResponse:
    """A page whose template may hold forms for that role: it gets `token`, None where the reader may not send them."""
    if services.console is None or not request.state.asker.role.covers(role):
        return page(template, {**values, "token": None}, status=status)
    return page_for_browser(request, services, template, values, status=status)


def page_for_browser(
    request: Request,
    services: Services,
    template: str,
    values: Mapping[str, Any],
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:
    """A page with forms that whoever is shown it may send. Raises HTTPException (403) where all pages only read."""
    console = _console(services)
    key = read_cookie(request, BROWSER) or ""
    is_new = not _is_key(key)
    if is_new:
        key = secrets.token_hex(_KEY_BYTES)
    response = page(template, {**values, "token": _token(request, key, console)}, status=status)
    response.headers["Cache-Control"] = "no-store"  # the token is this browser's alone
    if is_new:
        set_cookie(request, response, BROWSER, key, same_site="strict")
    return response


def _console(services: Services) -> Console:
    if services.console is None:
        raise HTTPException(HTTPStatus.FORBIDDEN, "This page only reads.")
    return services.console


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
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"The form cannot be read. {TRY_AGAIN}") from None
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
    key = read_cookie(request, BROWSER) or ""
    expected = _token(request, key, console)
    if not _is_key(key) or not hmac.compare_digest(fields.get(TOKEN_FIELD, "").encode(), expected.encode()):
        told = f"This form was not given to this browser, or its cookies are off. {TRY_AGAIN}"
        raise HTTPException(HTTPStatus.FORBIDDEN, told)


def _token(request: Request, key: str, console: Console) -> str:
    """Another one for each browser and each session."""
    session = session_cookie(request) or ""
    return hmac.new(console.secret(), f"{key} {session}".encode(), sha256).hexdigest()


def _is_key(key: str) -> bool:
    return len(key) == 2 * _KEY_BYTES and key.isascii() and key.isalnum()
