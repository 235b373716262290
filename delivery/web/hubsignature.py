"""Whether a push comes from the hub that we asked: its signature, an HMAC of the body keyed with our secret.

W3C WebSub 7.1. SHA-1 is not believed, nor a push without a signature: whoever learned the callback could send it.
"""

from __future__ import annotations

import hashlib
import hmac

SIGNATURE_HEADER = "X-Hub-Signature"
_METHODS = frozenset({"sha256", "sha384", "sha512"})


def why_not_believed(header: str | None, secret: str, body: bytes) -> str | None:
    """Why a push is not believed; None when it is. The comparison takes the same time wherever they differ."""
    if not header:
        return "it is not signed"
    method, _, told = header.strip().partition("=")
    if method.lower() not in _METHODS:
        return f"it is signed with {method[:20]!r}; only {', '.join(sorted(_METHODS))} are believed"
    right = hmac.new(secret.encode(), body, getattr(hashlib, method.lower())).hexdigest()
    if not hmac.compare_digest(right.encode(), told.strip().lower().encode()):
        return "its signature is wrong"
    return None
