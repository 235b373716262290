"""Redirects that lead away from what was asked for: to a consent form, a log-in form, a search, the front page."""

from __future__ import annotations

import re
from urllib.parse import unquote

from crawler.walls.wall import CHALLENGE, CONSENT, GONE, LOGIN, Wall

_HOSTS = (
    (CONSENT, re.compile(r"(?:consent|consents|cmp|privacygate|privacy-gate|myprivacy|guce|choices)\.")),
    (LOGIN, re.compile(r"(?:login|signin|sign-in|sso|accounts?|auth|idp|identity|secure\.login|konto|compte)\.")),
    (CHALLENGE, re.compile(r"(?:captcha|challenge|validate\.perfdrive|geo\.captcha-delivery)\.")),
)
_PATHS = (
    (
        CHALLENGE,
        re.compile(r"/(?:cdn-cgi/challenge|captcha|px/captcha|_sec/cp_challenge|blocked|access-?denied)(?:[/.?]|$)"),
    ),
    (
        CONSENT,
        re.compile(
            r"/(?:consent|cookie-?consent|cookie-?wall|collectconsent|privacy-?gate|privacy-?wall|gdpr-?consent|"
            r"datenschutz-?einwilligung|zustimmung|consentement|consenso)(?:[/.?]|$)"
        ),
    ),
    (
        LOGIN,
        re.compile(
            r"/(?:log-?in|sign-?in|wp-login\.php|sso|oauth2?|authori[sz]e|anmelden|anmeldung|connexion|se-connecter|"
            r"iniciar-?sesion|accedi|inloggen|logowanie|giris|entrar|register|registration|registrieren|subscribe)"
            r"(?:[/.?]|$)"
        ),
    ),
    (GONE, re.compile(r"/(?:404|error-?404|not-?found|page-?not-?found|notfound|errors?/404)(?:[/.?]|$)")),
    (
        GONE,
        re.compile(r"/(?:search|suche|recherche|buscar|busqueda|busca|ricerca|zoeken|szukaj|poisk|arama)(?:[/?.]|$)"),
    ),
)
_SEARCHES = re.compile(r"^(?:q|s|query|search|keyword)=")
_WHAT = {
    CHALLENGE: "to a challenge against robots",
    CONSENT: "to a consent form",
    LOGIN: "to a log-in form",
    GONE: "to a search or to a page for what is not there",
}


def detour_of(asked: str, target: str) -> Wall | None:
    """What a redirect says by where it leads. Both are canonical URLs of http or https.

    What is in the path that was asked for already says nothing: an article may tell of a consent.
    """
    host, path, query = _parts(target)
    asked_host, asked_path, _ = _parts(asked)
    for reason, sign in _HOSTS:
        if sign.match(host) and not sign.match(asked_host):
            return Wall(reason=reason, detail=f"redirects {_WHAT[reason]}: {target}")
    for reason, sign in _PATHS:
        if sign.search(path) and not sign.search(asked_path):
            return Wall(reason=reason, detail=f"redirects {_WHAT[reason]}: {target}")
    if path in {"", "/"} and asked_path not in {"", "/"}:
        is_search = _SEARCHES.match(query)
        what = _WHAT[GONE] if is_search else "to the front page, as what is not there any more"
        return None if query and not is_search else Wall(reason=GONE, detail=f"redirects {what}: {target}")
    return None


def _parts(url: str) -> tuple[str, str, str]:
    """Host, path and query, lower case."""
    rest = url.partition("://")[2].partition("#")[0].lower()
    place, _, query = rest.partition("?")
    host, slash, path = place.partition("/")
    return host, unquote(slash + path), query
