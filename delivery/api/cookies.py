"""Cookies. Behind TLS their names begin with __Host-: only our own host can set such, for all of it and over TLS."""

from __future__ import annotations

from fastapi import Request, Response

SESSION = "presswatch-session"
BROWSER = "presswatch-browser"
_HOST = "__Host-"
_MOST_CHARS = 200


def session_cookie(request: Request) -> str | None:
    """The key of the session that a browser says it has."""
    return read_cookie(request, SESSION)


def read_cookie(request: Request, name: str) -> str | None:
    """A cookie of ours; over TLS only one that nobody else can have set."""
    names = (_HOST + name,) if request.url.scheme == "https" else (_HOST + name, name)
    found = next((value for each in names if (value := request.cookies.get(each))), None)
    return found if found and len(found) <= _MOST_CHARS else None


def set_cookie(
    request: Request, response: Response, name: str, value: str, *, same_site: str, max_age_s: int | None = None
) -> None:
    """Sets a cookie that no script reads."""
    is_tls = is_https(request)
    response.set_cookie(
        _HOST + name if is_tls else name,
        value,
        max_age=max_age_s,
        path="/",
        secure=is_tls,
        httponly=True,
        samesite="strict" if same_site == "strict" else "lax",
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Has a browser forget a cookie, under whatever name it has it."""
    is_tls = is_https(request)
    for each, is_secure in ((_HOST + name, True), (name, is_tls)):
        if each in request.cookies:
            response.delete_cookie(each, path="/", secure=is_secure, httponly=True)


def is_https(request: Request) -> bool:
    """Whether the browser came over TLS: the connection, a proxy that is trusted, or the browser itself says so.

    The last one covers a proxy that nobody named in the settings: then the session, at least, has its safe cookie.
    """
    return request.url.scheme == "https" or request.headers.get("origin", "").lower().startswith("https://")
