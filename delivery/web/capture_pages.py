"""The page of one capture: what was fetched, in a frame of its own that nothing of it can leave.

/captures/ID says what it is; /captures/ID/page is the sanitised page itself, which may also be opened alone.
"""

from __future__ import annotations

import base64
import hashlib

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from delivery.api.parameters import CaptureRow
from delivery.api.services import Reading, Replaying
from delivery.feeds.wording import RIGHT_TO_LEFT
from delivery.web.headers import SECURITY_HEADERS
from delivery.web.rendering import page
from storage.records import NotShown, ReplayedPage

router = APIRouter(include_in_schema=False)

#: Each paragraph runs as its own words do, for pages that say their direction in styles alone.
_STYLE = """
:root { color-scheme: light; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: #fff; color: #1b1a17; }
header.told { padding: .8rem 1rem; background: #f8eecb; border-bottom: 3px solid #6b4e00; }
header.told h1 { font-size: 1.1rem; margin: 0 0 .3rem; } header.told p { margin: .2rem 0; overflow-wrap: anywhere; }
main { padding: 1rem; overflow-wrap: anywhere; } main * { max-width: 100%; } main img { height: auto; }
main :is(p, h1, h2, h3, h4, h5, h6, li, dt, dd, td, th, blockquote, figcaption, pre) { unicode-bidi: plaintext; }
pre { white-space: pre-wrap; } .link { text-decoration: underline; } .absent { color: #57534b; }
table { table-layout: fixed; width: 100%; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
#: Of the page itself: no script, no address of any kind, an origin of its own; shown alone, or framed by us. Pictures
#: out of the archive stand in it, as dots.
REPLAY_HEADERS = {
    "Content-Security-Policy": (
        f"sandbox; default-src 'none'; img-src data:; style-src 'sha256-{_STYLE_HASH}'; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'self'"
    ),
    "Cross-Origin-Opener-Policy": "unsafe-none",  # browsers refuse a sandboxed page that sets another
    "Referrer-Policy": "no-referrer",
}
_FRAMING_HEADERS = {
    "Content-Security-Policy": SECURITY_HEADERS["Content-Security-Policy"] + "; frame-src 'self'",
}


@router.get("/captures/{capture_id}")
def capture(services: Reading, replayer: Replaying, capture_id: CaptureRow) -> HTMLResponse:
    """What a capture is: when, where and what was fetched; the page stands in a frame."""
    kept = replayer.capture(capture_id)
    article_id = kept.capture.article_id
    values = {
        "nav": "articles",
        "kept": kept,
        "article": None if article_id is None else services.library.article(article_id).summary,
    }
    return page("capture.html", values, headers=_FRAMING_HEADERS)


@router.get("/captures/{capture_id}/page")
def capture_page(replayer: Replaying, capture_id: CaptureRow) -> HTMLResponse:
    """The page of a capture, sanitised, or why it is not shown."""
    kept = replayer.capture(capture_id)
    shown = replayer.page(kept, with_pictures=True)
    replayed = None if isinstance(shown, NotShown) else shown
    values = {
        "kept": kept,
        "style": Markup(_STYLE),  # noqa: S704 (a constant)
        "why_not": shown.why if isinstance(shown, NotShown) else None,
        "replayed": replayed,
        "content": Markup(replayed.html) if replayed else "",  # noqa: S704 (what crawler.replay has written)
        "direction": _direction(replayed) if replayed else None,
    }
    return page("replay.html", values, headers=REPLAY_HEADERS)


def _direction(shown: ReplayedPage) -> str:
    """As the page says, else as its language runs, else as its words do."""
    primary = (shown.language or "").partition("-")[0].lower()
    return shown.direction or ("rtl" if primary in RIGHT_TO_LEFT else "auto")
