"""Whether a request was sent by a page of ours: browsers tell where it comes from, and no page can make them lie."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import HTTPException, Request

TRY_AGAIN = "Go back, load the page anew and send the form again."


def require_own_page(request: Request, *, may_be_program: bool = False) -> None:
    """Browsers tell where a POST comes from in both headers, older ones and plain http in Origin alone.

    `may_be_program`: what tells neither is no browser, and may pass. Raises HTTPException (403).
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if may_be_program and site is None and origin is None:
        return
    is_own = origin is not None and origin.partition("://")[2].lower() == request.headers.get("host", "").lower()
    if (site is not None and site != "same-origin") or not is_own:
        raise HTTPException(HTTPStatus.FORBIDDEN, f"This was not sent from a page of Presswatch. {TRY_AGAIN}")
