"""Addresses as an operator gives them, with `user:password@`: the secret is taken out, and kept apart."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import unquote

from control.settings import Settings
from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import origin
from storage.credentials import CredentialFile

#: What stands between the scheme and the last @ before the path, as browsers read it.
_USERINFO = re.compile(rb"""(https?://)([^\s"'<>/?#\\]+)@([^\s"'<>/?#\\@]+)""", re.IGNORECASE)


def credential_file(settings: Settings) -> CredentialFile:
    """Where credentials are kept: in the data folder."""
    return CredentialFile(settings.credentials_file)


def without_credentials(text: bytes, *, is_xml: bool = False) -> tuple[bytes, dict[str, str]]:
    """A text with no credentials in its http and https addresses, and these by origin. `is_xml`: & is written &amp;."""
    found: dict[str, str] = {}

    def take(match: re.Match[bytes]) -> bytes:
        scheme, userinfo, host = match.groups()
        place = (scheme + host).decode("utf-8", "replace")
        told = userinfo.decode("utf-8", "replace")
        user, _, password = (html.unescape(told) if is_xml else told).partition(":")
        try:
            found[origin(place)] = f"{unquote(user)}:{unquote(password)}"
        except BadUrl:
            return match[0]  # it is refused as an address
        return scheme + host

    return (_USERINFO.sub(take, text) if b"@" in text else text), found


@contextmanager
def on_trial(settings: Settings, secrets: Mapping[str, str]) -> Iterator[None]:
    """Keeps secrets for as long as an outlet is tried; then what was before is there again."""
    file = credential_file(settings)
    before = {site: file.of(site) for site in secrets}
    file.keep(secrets)
    try:
        yield
    finally:
        for site, secret in before.items():
            if secret is None:
                file.remove(site)
            else:
                file.keep({site: secret})
