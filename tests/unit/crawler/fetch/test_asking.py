"""The request that is made for an outlet: what other components read in it is there."""

from __future__ import annotations

from crawler.fetch.asking import request_for
from crawler.fetch.credentials import FOR_OUTLET
from crawler.fetch.statuses import may_pass
from crawler.fetch.transport import ANY_CERTIFICATE
from storage.records import Outlet, Validators

POST = Outlet(key="post", name="Post", home_url="https://post.example/", any_certificate=True)
KNOWN = Validators(url="https://post.example/feed", etag='"5"', last_modified=None)


def test_it_is_asked_for_as_it_was_judged_with_the_outlets_word_on_certificates_and_credentials():
    request = request_for(
        POST, "HTTPS://me:secret@Post.example/a/../feed", accepted="text/html", max_bytes=9, known=KNOWN
    )
    assert request.url == "https://post.example/feed"
    assert request.headers["If-None-Match"] == b'"5"'
    told = {FOR_OUTLET: POST, ANY_CERTIFICATE: True, "download_maxsize": 9, "verbatim_url": True}
    assert request.meta.items() >= told.items()


def test_elsewhere_its_certificate_is_checked_and_nothing_is_known():
    request = request_for(POST, "https://other.example/feed", accepted="text/html", max_bytes=9, known=KNOWN)
    assert not request.meta[ANY_CERTIFICATE]
    assert "If-None-Match" not in request.headers


def test_what_the_operator_gave_it_for_decides_on_credentials():
    given = Outlet(key="given", name="Given", home_url="https://given.example/")
    assert request_for(POST, "https://post.example/", accepted="", max_bytes=9, given=given).meta[FOR_OUTLET] is given
    assert request_for(None, "https://post.example/", accepted="", max_bytes=9).meta[FOR_OUTLET] is None


def test_which_answers_may_be_better_another_time():
    assert [status for status in (200, 301, 403, 404, 408, 410, 425, 429, 500, 503) if may_pass(status)] == [
        408,
        425,
        429,
        500,
        503,
    ]
