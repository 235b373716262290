"""Suites of others about URLs. Where we differ on purpose, a rule says why; each case that differs falls under one."""

from __future__ import annotations

import codecs
import json
import re

import ada_url
import pytest

from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import canonical_url, fetch_url, fingerprint, origin

#: An empty label never resolves, so its URL is refused; the dot of the DNS root is dropped, for it is the same host.
DOTS = re.compile(r"\.\.|^\.|\.$")


def cases(shared, suite):
    with (shared / "suites" / suite / "cases.jsonl").open() as lines:
        return [json.loads(line) for line in lines]


def canonical(url, base=None):
    try:
        return canonical_url(url, base=base)
    except BadUrl:
        return None


def host_of(url):
    return origin(url).partition("://")[2]


def without_dots(host):
    """The host as we have it: None where it has an empty label."""
    host = host.removesuffix(".")
    return None if not host or DOTS.search(host) else host


@pytest.mark.shared
def test_url_wpt_urltestdata(shared):
    """All: what browsers refuse is refused, what is asked is the href that browsers ask, but for what identity drops."""
    wrong = []
    for case in cases(shared, "url-wpt-urltestdata"):
        if not case["input"].strip(" \t\r\n\f"):
            continue  # on purpose: no link at all is not a link to the page that it is on
        is_web = not case.get("failure") and case["protocol"] in {"http:", "https:"}
        host = without_dots(case["hostname"]) if is_web else None
        try:
            asked = fetch_url(case["input"], base=case["base"])
        except BadUrl:
            asked = None
        if host is None or asked is None:
            if (asked is None) != (host is None):
                wrong.append((case["input"], asked))
            continue
        found = ada_url.URL(asked)
        expected = (host, case["port"], case["pathname"], [part for part in case["search"][1:].split("&") if part])
        if (found.hostname, found.port, found.pathname, [p for p in found.search[1:].split("&") if p]) != expected:
            wrong.append((case["input"], asked, case["href"]))
    assert not wrong


@pytest.mark.shared
@pytest.mark.parametrize("suite", ["url-wpt-idna", "url-wpt-toascii"])
def test_url_wpt_international_names(shared, suite):
    """All, the dots apart: a name becomes what browsers make of it, or is refused as they refuse it."""
    wrong = []
    for case in cases(shared, suite):
        expected = case["output"] and without_dots(case["output"])
        found = canonical(f"https://{case['input']}/x")
        if (found and host_of(found)) != expected:
            wrong.append((case["input"], case["output"], found))
    assert not wrong


#: Where Safe Browsing reads a URL otherwise than browsers do.
SAFE_BROWSING = {
    "it reads numbers past 255 and text after an address; browsers refuse both": lambda case: (
        case["test"] == "TestParseIPAddress"
    ),
    "it repairs names with empty labels; they never resolve, so they are refused": lambda case: (
        ".." in case["input"].partition("//")[2].partition("/")[0]
    ),
    "it leaves out what stands inside an address as IPv4": lambda case: "[::192" in case["input"],
    "it makes one slash of many; servers tell them apart": lambda case: "//" in case["input"].partition("://")[2],
    "it decodes until nothing is left; servers decode once, and %2541 is not A": lambda case: "%25" in case["input"],
    "it drops the query; that is what names an article at many outlets": lambda case: "?" in case["input"],
    "it takes characters in names that browsers refuse": lambda case: re.search(
        r"[\x00-\x20<>^]|%20", case["input"].partition("//")[2].partition("/")[0]
    ),
    "it takes other schemes": lambda case: case["input"].startswith("ftp"),
    "it decodes before it parses; then a link is not what its text says": lambda case: "%3A%2F%2F" in case["input"],
    "it refuses three slashes; browsers find the host behind them": lambda case: case["input"].startswith("http:///"),
}


@pytest.mark.shared
def test_url_safebrowsing(shared):
    unexplained = []
    for case in cases(shared, "url-safebrowsing"):
        text = case["input"]
        found = canonical(f"http://{text}/" if case["test"] == "TestParseIPAddress" else text) or ""
        if found and case["test"] in {"TestParseIPAddress", "TestCanonicalHost"}:
            found = ada_url.URL(found).hostname
        elif found and case["test"] == "TestCanonicalPath":
            found = ada_url.URL(found).pathname
        if found != case["expect"] and not any(rule(case) for rule in SAFE_BROWSING.values()):
            unexplained.append((text, case["expect"], found))
    assert not unexplained


#: Where archives merge what we keep apart, or repair what we refuse.
ARCHIVES = {
    "they sort parameters; with two of one name the order may matter, and no outlet sorts them for a second address": (
        lambda url: "b=b&a=b" in url or "b=a&b=b" in url
    ),
    "they take all hosts named www and a number for one; an outlet's hosts may differ": lambda url: re.match(
        r"https?://www\d+\.", url
    ),
    "they decode until nothing is left; servers decode once": lambda url: "%25" in url,
    "they repair names that browsers refuse": lambda url: re.match(
        r"\s*https?://(?:\.|[^/]*\.\.|[^/]*[\u2028\u2029\ufffd])", url
    ),
    "they take upper and lower case in paths for one; servers tell them apart": lambda url: "SED_2009" in url,
}
ARCHIVES_URLS = {"check", "checkCanonicalization", "compCan", "UsableURIFactory.getInstance"}


def as_written(text):
    """The text of a Java literal."""
    plain = codecs.decode(text.encode("latin-1", "backslashreplace"), "unicode_escape")
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@pytest.mark.shared
def test_url_iipc_canon(shared):
    """What archives take for one URL has one fingerprint with us, or a rule says why not."""
    unexplained, same = [], 0
    for case in cases(shared, "url-iipc-canon"):
        if case["fn"] not in ARCHIVES_URLS:
            continue  # steps of theirs, which have no counterpart: decoding to the end, SURT keys, sorting
        url, other = canonical(as_written(case["input"])), canonical(case["expect"])
        if url == other or (url and other and fingerprint(url) == fingerprint(other)):
            same += 1
        elif not any(rule(as_written(case["input"])) for rule in ARCHIVES.values()):
            unexplained.append((case["input"], url, other))
    assert not unexplained
    assert same >= 20


@pytest.mark.shared
def test_url_iipc_canon_sessions_in_the_path(shared):
    mine = [case for case in cases(shared, "url-iipc-canon") if case["fn"] == "checkStripPathSessionID"]
    assert len(mine) >= 3
    for case in mine:
        assert canonical(f"http://a.example{case['input']}") == canonical(f"http://a.example{case['expect']}")
