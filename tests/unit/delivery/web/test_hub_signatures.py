"""Signatures of pushes, as W3C WebSub has them."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from delivery.web.hubsignature import why_not_believed

BODY, SECRET = b"<feed/>", "only we and the hub know"


def signed(method: str, secret: str = SECRET, body: bytes = BODY) -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


@pytest.mark.parametrize("method", ["sha256", "sha384", "sha512"])
def test_a_right_signature_is_believed(method: str):
    assert why_not_believed(signed(method), SECRET, BODY) is None
    assert why_not_believed(signed(method).upper().replace("SHA", "sha"), SECRET, BODY) is None


WRONG = {
    "none": None,
    "of another secret": signed("sha256", "a guess"),
    "of another body": signed("sha256", body=b"<feed>evil</feed>"),
    "by SHA-1": signed("sha1"),
    "by a method that does not exist": "md99=00",
    "a bare digest": hashlib.sha256(BODY).hexdigest(),
    "cut": signed("sha256")[:-1],
    "of letters that no digest has": "sha256=ü",
    "empty": "sha256=",
}


@pytest.mark.parametrize("header", WRONG.values(), ids=WRONG)
def test_anything_else_is_not(header: str | None):
    assert why_not_believed(header, SECRET, BODY)
