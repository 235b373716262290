"""One article, one URL, one fingerprint."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.errors import BadUrl
from crawler.discovery.urls import canonical_url, fetch_url, fingerprint, is_within, origin, registrable_domain
from storage.records import Outlet

CANONICAL = {
    "scheme and host are in lower case": ("HTTPS://WWW.Example.COM/News", "https://www.example.com/News"),
    "the default port is dropped": ("https://example.com:443/a", "https://example.com/a"),
    "another port stays": ("http://example.com:8080/a", "http://example.com:8080/a"),
    "the fragment is dropped": ("https://example.com/a#top", "https://example.com/a"),
    "a text fragment is dropped": ("https://example.com/a#:~:text=Iran", "https://example.com/a"),
    "credentials are dropped": ("https://me:secret@example.com/a", "https://example.com/a"),
    "an international host becomes ASCII": ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
    "the dot of the DNS root is dropped": ("https://example.com./a", "https://example.com/a"),
    "Persian letters are percent-encoded": ("https://example.com/خبر", "https://example.com/%D8%AE%D8%A8%D8%B1"),
    "percent-encoding is in upper case": ("https://example.com/%d8%ae", "https://example.com/%D8%AE"),
    "unreserved characters are decoded": ("https://example.com/%7Eme/%61-b", "https://example.com/~me/a-b"),
    "an encoded slash stays encoded": ("https://example.com/a%2fb", "https://example.com/a%2Fb"),
    "nothing is decoded twice": ("https://example.com/a%2541", "https://example.com/a%2541"),
    "a lone percent sign is encoded": ("https://example.com/100%", "https://example.com/100%25"),
    "dot segments are resolved": ("https://example.com/a/./b/../c", "https://example.com/a/c"),
    "an empty query is dropped": ("https://example.com/a?", "https://example.com/a"),
    "a host without a path gets one": ("https://example.com", "https://example.com/"),
    "spaces and line breaks around are dropped": (" \n https://example.com/a\t ", "https://example.com/a"),
    "backslashes are slashes, as in browsers": ("https:\\\\example.com\\a", "https://example.com/a"),
    "a decimal address is an address": ("http://2130706433/a", "http://127.0.0.1/a"),
    "tracking parameters are dropped": ("https://example.com/a?utm_source=x&id=5&fbclid=y", "https://example.com/a?id=5"),
    "parameters keep their order": ("https://example.com/a?z=1&a=2&m=3", "https://example.com/a?z=1&a=2&m=3"),
    "an escaped ampersand hides no tracking": ("https://example.com/a?id=5&amp;utm_source=x", "https://example.com/a?id=5"),
    "a second question mark hides no tracking": ("https://example.com/a?id=5?utm_source=x", "https://example.com/a?id=5"),
    "a session in the path is dropped": ("https://example.com/a;jsessionid=AB12?id=5", "https://example.com/a?id=5"),
    "an AMP host leads to the page": ("https://amp.example.com/2026/01/a-b", "https://example.com/2026/01/a-b"),
    "an AMP suffix leads to the page": ("https://example.com/2026/01/a-b/amp/", "https://example.com/2026/01/a-b/"),
    "an AMP prefix leads to the page": ("https://example.com/amp/news/a-b-c", "https://example.com/news/a-b-c"),
    "an AMP file name leads to the page": ("https://example.com/a-b-c.amp.html", "https://example.com/a-b-c.html"),
    "an AMP extension leads to the page": ("https://example.com/story-123.amp", "https://example.com/story-123"),
    "an AMP parameter leads to the page": ("https://example.com/a-b?amp=1", "https://example.com/a-b"),
    "an AMP output type leads to the page": ("https://example.com/a-b?outputType=amp", "https://example.com/a-b"),
    "a mobile host leads to the page": ("https://m.example.co.uk/a", "https://example.co.uk/a"),
    "a mobile host of a subdomain too": ("https://mobile.news.example.com/a", "https://news.example.com/a"),
    "a registrable domain named m stays": ("https://m.co.uk/a", "https://m.co.uk/a"),
    "a section named amp stays": ("https://example.com/guitar/amp", "https://example.com/guitar/amp"),
    "a page named amp stays": ("https://example.com/amp", "https://example.com/amp"),
    "a session of ASP.NET in the path is dropped": (
        "https://example.com/(S(hbc3ir55z0ayqu45ibkpzq45))/page.aspx?id=5", "https://example.com/page.aspx?id=5"),
    "words in brackets stay": ("https://example.com/(video)/a-b", "https://example.com/(video)/a-b"),
    "a session of ColdFusion is dropped": ("https://example.com/a?id=5&CFID=1&CFTOKEN=2", "https://example.com/a?id=5"),
    "dots behind a session are resolved": ("https://example.com/a/..;jsessionid=1", "https://example.com/"),
    "www stays": ("https://www.example.com/a", "https://www.example.com/a"),
}  # fmt: skip


@pytest.mark.parametrize(("url", "expected"), CANONICAL.values(), ids=CANONICAL.keys())
def test_canonical_form(url, expected):
    assert canonical_url(url) == expected


BAD = {
    "a mail address": "mailto:desk@example.com",
    "a script": "javascript:alert(1)",
    "a file": "file:///etc/passwd",
    "a data URL": "data:text/html,hello",
    "FTP": "ftp://example.com/a",
    "no URL at all": "not a url",
    "a relative URL without a base": "/news/a",
    "nothing": "",
    "only blanks": " \n ",
    "a scheme without a host": "https://",
    "a host with an empty label": "https://a..example.com/",
    "a port that is none": "https://example.com:99999/",
    "half a surrogate pair": "https://example.com/\ud800",
    "a URL of 2,049 characters": "https://example.com/" + "a" * 2_029,
    "a URL of a million characters": "https://example.com/" + "a" * 1_000_000,
}


@pytest.mark.parametrize("url", BAD.values(), ids=BAD.keys())
def test_what_cannot_be_fetched_is_a_bad_url(url):
    with pytest.raises(BadUrl) as raised:
        canonical_url(url)
    assert str(raised.value)


def test_a_url_of_2048_characters_is_fine():
    url = "https://example.com/" + "a" * 2_028
    assert canonical_url(url) == url


def test_a_relative_url_is_joined_with_its_base():
    assert canonical_url("../b?x=1", base="https://example.com/news/a/c") == "https://example.com/news/b?x=1"


SAME = {
    "five variants of one article": [
        "https://www.example.com/world/iran-talks-843210",
        "http://example.com/world/iran-talks-843210/?utm_source=rss&utm_medium=feed",
        "https://m.example.com/world/iran-talks-843210#comments",
        "https://amp.example.com/world/iran-talks-843210?amp=1",
        "HTTPS://Example.com:443/world/iran-talks-843210/amp/?fbclid=IwAR0",
    ],
    "one article named by its number": [
        "https://example.com/article?id=5",
        "http://www.example.com/article/?id=5&at_medium=RSS&at_campaign=KARANGA",
        "https://example.com/article?gclid=1&id=5#x",
    ],
    "one Persian article": [
        "https://example.com/fa/news/۱۲۳/خبر-تازه",
        "https://example.com/fa/news/%DB%B1%DB%B2%DB%B3/%D8%AE%D8%A8%D8%B1-%D8%AA%D8%A7%D8%B2%D9%87",
        "https://example.com/fa/news/%db%b1%db%b2%db%b3/%d8%ae%d8%a8%d8%b1%2D%d8%aa%d8%a7%d8%b2%d9%87",
    ],
}


@pytest.mark.parametrize("urls", SAME.values(), ids=SAME.keys())
def test_variants_of_one_article_have_one_fingerprint(urls):
    assert len({fingerprint(canonical_url(url)) for url in urls}) == 1


DIFFERENT = {
    "numbers as a parameter": [f"https://example.com/{name}?{name}={n}" for name in
        ("id", "p", "storyid", "article", "cid", "newsid", "aid", "page", "nid", "sid", "v", "ref", "source", "doc",
         "news", "item", "t", "q", "section", "lang", "ID", "ArticleID", "smid", "mod", "ncid", "src", "from", "a")
        for n in (1, 2)],
    "two parameters that are swapped in meaning": ["https://example.com/a?id=1&p=2", "https://example.com/a?id=2&p=1"],
    "upper and lower case in the path": ["https://example.com/News", "https://example.com/news"],
    "subdomains": ["https://persian.example.com/a", "https://arabic.example.com/a", "https://example.com/a"],
    "an encoded slash and a slash": ["https://example.com/a%2Fb", "https://example.com/a/b"],
    "an encoded question mark": ["https://example.com/a%3Fb", "https://example.com/a?b"],
    "ports": ["http://127.0.0.1:8001/a", "http://127.0.0.1:8002/a"],
    "a tag named amp and its parent": ["https://example.com/tag/amp", "https://example.com/tag"],
    "words that only start like AMP": ["https://example.com/ample-news-1", "https://example.com/le-news-1"],
    "pages of one article": ["https://example.com/a-1?page=1", "https://example.com/a-1?page=2"],
    "an encoded percent sign": ["https://example.com/a%2541", "https://example.com/aA"],
    "www as a name of its own": ["https://www.com/a", "https://com/a"],
}  # fmt: skip


@pytest.mark.parametrize("urls", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_look_alikes_are_never_merged(urls):
    assert len({fingerprint(canonical_url(url)) for url in urls}) == len(urls)


def test_the_fingerprint_is_a_signed_64_bit_number_that_never_changes():
    # Stored for good: another algorithm would make every known article new.
    assert fingerprint("https://www.example.com/a/") == fingerprint("http://example.com/a") == -6088229538417410338


def test_the_form_to_fetch_keeps_the_variant_that_was_found():
    found = "https://me:pw@amp.example.com/a-b/amp?amp=1&utm_source=x#top"
    assert fetch_url(found) == "https://amp.example.com/a-b/amp?amp=1"


DOMAINS = {
    "a subdomain": ("https://news.example.co.uk:8080/a", "example.co.uk"),
    "a bare host": ("www.Example.com", "example.com"),
    "a host with a port": ("news.example.com:81", "example.com"),
    "an IPv4 address": ("http://127.0.0.1:8001/a", "127.0.0.1"),
    "an IPv4 address with a port": ("127.0.0.1:8001", "127.0.0.1"),
    "an IPv6 address": ("http://[::1]:8001/", "[::1]"),
    "a single label": ("localhost:8000", "localhost"),
    "a public suffix": ("co.uk", "co.uk"),
    "a blog at a blog host": ("https://daily.blogspot.com/a", "daily.blogspot.com"),
    "an international name": ("https://خبر.example.com/", "example.com"),
}


@pytest.mark.parametrize(("text", "domain"), DOMAINS.values(), ids=DOMAINS.keys())
def test_registrable_domain(text, domain):
    assert registrable_domain(text) == domain


def test_origin_is_scheme_host_and_a_port_that_matters():
    assert origin("HTTPS://Example.com:443/a?b") == "https://example.com"
    assert origin("http://example.com:8080/a") == "http://example.com:8080"


def outlet(home_url, *hosts):
    return Outlet(key="x", name="X", home_url=home_url, hosts=hosts)


WITHIN = {
    "the home page's host": (outlet("https://www.example.com/"), "https://www.example.com/a", True),
    "another subdomain": (outlet("https://www.example.com/"), "https://fa.example.com/a", True),
    "another domain": (outlet("https://www.example.com/"), "https://example.org/a", False),
    "a domain that ends alike": (outlet("https://example.com/"), "https://notexample.com/a", False),
    "a host of the outlet": (outlet("https://example.com/", "example.net"), "https://example.net/a", True),
    "a subdomain of such a host": (outlet("https://example.com/", "example.net"), "https://m.example.net/a", True),
    "a parent of such a host": (outlet("https://example.com/", "n.example.net"), "https://example.net/a", False),
    "another blog at one blog host": (outlet("https://a.blogspot.com/"), "https://b.blogspot.com/a", False),
    "an address and its port": (outlet("http://127.0.0.1:8001/"), "http://127.0.0.1:8001/a", True),
    "an address and another port": (outlet("http://127.0.0.1:8001/"), "http://127.0.0.1:8002/a", False),
    "another address": (outlet("http://127.0.0.1:8001/"), "http://127.0.0.2:8001/a", False),
    "localhost and another port": (outlet("http://localhost:8001/"), "http://localhost:8002/a", False),
    "credentials that look like the host": (outlet("https://example.com/"), "https://example.com@evil.org/", False),
    "text that is no URL": (outlet("https://example.com/"), "nonsense", False),
}


@pytest.mark.parametrize(("of", "url", "expected"), WITHIN.values(), ids=WITHIN.keys())
def test_is_within(of, url, expected):
    assert is_within(of, url) is expected


URL_PIECES = st.lists(
    st.sampled_from(
        ["amp", "/amp", ".amp", ".html", "m.", "amp.", "%", "%2", "%2e", "%2F", "?", "&", "=", "utm_source=x", "amp=1", "id=1",
         "#", ";jsessionid=a", "/", "//", "..", "\\", "é", "خ", "@", ":", "a-b", "2026", "www.", "\t", "+", "[", "\ud800"]
    )
)  # fmt: skip


@given(URL_PIECES.map("".join))
def test_the_canonical_form_is_its_own_canonical_form(rest):
    for start in ("https://example.com/", "http://m.amp.example.com", "https://example.com/2026/a?"):
        try:
            url = canonical_url(start + rest)
        except BadUrl:
            continue
        assert canonical_url(url) == url
        assert url.isascii()


@given(st.text())
def test_any_text_has_a_canonical_form_or_is_a_bad_url(text):
    for base in (None, "https://example.com/news/"):
        try:
            canonical_url(text, base=base)
        except BadUrl:
            continue
    registrable_domain(text)
    fingerprint(text)


SLUGS = st.text("abcxyz0123456789-", min_size=1, max_size=12).filter(lambda text: not text.startswith(("amp", "m")))
NAMES = st.sampled_from(["id", "p", "storyid", "article", "aid", "news_id", "doc", "a", "page", "cid", "ref", "nid"])
PARTS = st.fixed_dictionaries(
    {
        "host": SLUGS.map(lambda text: f"{text.strip('-') or 'x'}.example.com"),
        "path": st.lists(SLUGS, min_size=1, max_size=4),
        "query": st.dictionaries(NAMES, SLUGS, max_size=3),
    }
)
WAYS_IN = st.lists(
    st.sampled_from(
        ["utm_source=x", "fbclid=y", "gclid=1", "mc_cid=a", "at_medium=rss", "ref=rss", "&", "amp;utm_a=1"]
    ),
    max_size=3,
)


def written(parts, tracking=(), start="https://", end=""):
    query = "&".join([*tracking, *(f"{name}={value}" for name, value in parts["query"].items())])
    path = "/".join(parts["path"])
    return f"{start}{parts['host']}/{path}?{query}{end}"


@given(PARTS, PARTS, st.sampled_from(["host", "path", "query"]))
def test_another_part_that_identifies_is_another_article(parts, others, changed):
    other = parts | {changed: others[changed]}
    are_same = parts == other
    assert (identity(written(parts)) == identity(written(other))) is are_same


@given(
    PARTS,
    WAYS_IN,
    st.sampled_from(["http://", "HTTPS://", "https:\\\\", "https://me:pw@"]),
    st.sampled_from(["", "#top"]),
)
def test_the_way_in_never_makes_another_article(parts, ways_in, start, end):
    assert identity(written(parts)) == identity(written(parts, ways_in, start, end))


def identity(url):
    canonical = canonical_url(url)
    assert canonical_url(canonical) == canonical
    return fingerprint(canonical)
