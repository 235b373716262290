"""What pages, headers and robots.txt say must not be done with a page. Each case fails where its rule is taken out."""

from __future__ import annotations

import pytest

from crawler.extract.article import extract_article
from crawler.extract.optouts import in_head, in_headers
from crawler.pipelines.obedience import CHOICES, forbidden_by, keeps_page
from storage.records import OptOut

# header line -> names of the opt-outs
HEADERS = {
    "noarchive": (("X-Robots-Tag", "noarchive"), ["noarchive"]),
    "in any case, with others": (("x-robots-TAG", "NoArchive , max-snippet:10, NOAI"), ["noarchive", "noai"]),
    "none is noindex": (("X-Robots-Tag", "none"), ["noindex"]),
    "nocache is noarchive": (("X-Robots-Tag", "nocache"), ["noarchive"]),
    "said to another crawler": (("X-Robots-Tag", "googlebot: noarchive, noindex"), []),
    "said to us by name": (("X-Robots-Tag", "Presswatch: noarchive, noindex"), ["noarchive", "noindex"]),
    "said to another, then to us": (("X-Robots-Tag", "otherbot: noai, presswatch: noarchive"), ["noarchive"]),
    "said to all by a star": (("X-Robots-Tag", "*: noarchive"), ["noarchive"]),
    "a date is no crawler": (("X-Robots-Tag", "unavailable_after: Wed, 03 Dec 2025 13:00:00 PST, noai"), ["noai"]),
    "nothing of the kind": (("X-Robots-Tag", "all, nofollow, noarchives"), []),
    "text and data mining reserved": (("TDM-Reservation", "1"), ["tdm-reservation"]),
    "text and data mining free": (("tdm-reservation", "0"), []),
    "preferences": (("Content-Usage", "train-ai=n, search=y"), ["train-ai=n"]),
    "signals": (("Content-Signal", "search=yes,ai-train=no, ai-input = no"), ["ai-train=no", "ai-input=no"]),
    "another header": (("X-Noarchive", "noarchive"), []),
    "bytes that are no text": (("X-Robots-Tag", "\xff\x00:,,:;=" * 500), []),
}


@pytest.mark.parametrize(("line", "names"), HEADERS.values(), ids=HEADERS.keys())
def test_headers(line: tuple[str, str], names: list[str]):
    assert [found.name for found in in_headers([line])] == names


def test_a_reservation_names_its_policy():
    lines = [("TDM-Reservation", "1"), ("TDM-Policy", "https://example.org/policy.json")]
    (found,) = in_headers(lines)
    assert found.rule == "header tdm-reservation, policy https://example.org/policy.json"


def test_what_is_said_twice_is_told_once():
    assert len(in_headers([("X-Robots-Tag", "noai"), ("X-Robots-Tag", "noai, noai")])) == 1


def test_a_thousand_lines_are_not_all_read():
    assert in_headers([("X-Robots-Tag", "googlebot: noai")] * 50 + [("X-Robots-Tag", "noai")] * 10_000) == ()


META = {
    "robots": ({"robots": ("index, noarchive, noai, noimageai",)}, ["noarchive", "noai", "noimageai"]),
    "ours by name": ({"presswatch": ("noarchive",)}, ["noarchive"]),
    "another's": ({"googlebot": ("noarchive",)}, []),
    "as a header's stand-in": ({"x-robots-tag": ("noarchive",)}, ["noarchive"]),
    "several elements": ({"robots": ("index", "noindex")}, ["noindex"]),
    "text and data mining": ({"tdm-reservation": ("1",), "tdm-policy": ("https://x/p",)}, ["tdm-reservation"]),
    "none": ({}, []),
}


@pytest.mark.parametrize(("meta", "names"), META.values(), ids=META.keys())
def test_meta_elements(meta: dict[str, tuple[str, ...]], names: list[str]):
    assert [found.name for found in in_head(meta)] == names


def test_an_article_keeps_what_its_head_says():
    words = "<p>" + "The minister spoke of the talks in the harbour town. " * 20 + "</p>"
    head = '<title>Talks</title><META NAME="Robots" CONTENT="NOARCHIVE"><meta name=tdm-reservation content=1>'
    read = extract_article(
        f"<html><head>{head}</head><body><article>{words}</article>".encode(), url="https://a.example/1"
    )
    assert [found.name for found in read.opt_outs] == ["noarchive", "tdm-reservation"]


# opt-out -> the choice that obeys it (None: recorded only)
OBEYED = {
    "noarchive": "noarchive",
    "noindex": "noindex",
    "search=no": "noindex",
    "noai": "noai",
    "ai-train=no": "noai",
    "train-ai=n": "noai",
    "train-genai=n": "noai",
    "ai=n": "noai",
    "tdm-reservation": "tdm",
    "tdm=n": "tdm",
    "nosnippet": None,
    "noimageai": None,
    "bots=n": None,
}


@pytest.mark.parametrize(("name", "choice"), OBEYED.items())
def test_what_obeys_an_opt_out(name: str, choice: str | None):
    said = [OptOut(name="nosnippet", rule="meta robots"), OptOut(name=name, rule="meta robots")]
    for obeyed in CHOICES:
        forbidden = forbidden_by(said, {obeyed})
        assert (forbidden is not None) is (obeyed == choice != "noarchive")
        assert keeps_page(said, {obeyed}) is not (obeyed == choice == "noarchive")
    assert forbidden_by(said, ()) is None
    assert keeps_page(said, ())
