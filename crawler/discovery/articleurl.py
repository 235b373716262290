"""Whether a URL on a section page leads to an article, judged by the URL and the text of its link."""

from __future__ import annotations

import re
from urllib.parse import unquote

from crawler.discovery.collector import rule_verdict
from storage.records import Outlet

_NO_PAGE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|ico|bmp|avif|pdf|docx?|xlsx?|pptx?|zip|gz|rar|exe|apk|mp3|mp4|m4a|m3u8|wav|avi|mov"
    r"|webm|css|js|json|xml|rss|atom|txt|ics|epub)$",
    re.IGNORECASE,
)
# A path that has one of these anywhere before its last segment, or as its only one, lists or serves; it tells nothing.
_NAVIGATION = """
    tag tags topic topics category categories author authors search login signin sign-in register
    signup subscribe subscription subscriptions account user users profile profiles contact contact-us about about-us
    privacy privacy-policy terms terms-of-use terms-of-service terms-and-conditions cookie-policy cookies help faq
    feed feeds rss sitemap newsletter newsletters advertise advertising careers jobs print share wp-login.php wp-admin
    wp-content wp-json cdn-cgi xmlrpc.php cart checkout shop store keyword keywords writer writers reporter
    contributors staff people label labels comments hashtag
"""
_NAVIGATES = frozenset(_NAVIGATION.split())
_IS_INDEX = frozenset({"page", "home", "archive", "archives", "latest"})
_DATED = re.compile(
    r"/(?:19|20)\d{2}[/-](?:0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[/-](?:[0-3]?\d[/-])?"
    r"|(?:19|20)\d{2}-[01]\d-[0-3]\d"
    r"|/1[34]\d{2}/(?:0?[1-9]|1[0-2])/(?:[0-3]?\d/)"
    r"|/(?:19|20)\d{2}[01]\d[0-3]\d(?=[/_-])",
    re.IGNORECASE,
)
_ONLY_DATE = re.compile(r"[\d/-]+")
_ID = re.compile(r"(?<![\d])\d{5,}(?!\d)")
_ARTICLE_SEGMENT = re.compile(
    r"/(?:articles?|story|stories|newsitem|article-view|haber|nachricht)/[^/]+", re.IGNORECASE
)
_PAGE_FILE = re.compile(r"\.(?:s?html?|php\d?|aspx?|jsp|cms|ece)$", re.IGNORECASE)
_ID_PARAMETER = re.compile(r"(?:^|&)(?:p|[a-z]*_?id|article|story|news)=[^&=]*?(\d+)", re.IGNORECASE)
_MIN_ID_DIGITS = 4  # below, only a page file or the home page with such a parameter is an article
_INDEX_FILE = re.compile(r"/(?:index\.(?:s?html?|php)|default\.aspx?)$", re.IGNORECASE)
_WORDS = re.compile(r"[-_ +]+")
_MIN_SLUG_WORDS = 4
_MIN_SLUG_WORDS_WITH_HEADLINE = 3
_MIN_HEADLINE_CHARS = 15
_MAX_HEADLINE_CHARS = 300
_MIN_HEADLINE_WORDS = 4
# Scripts without spaces (Han, kana, Hangul, Thai): a headline of this many characters.
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MIN_UNSPACED_CHARS = 10


def looks_like_article(url: str, outlet: Outlet, *, anchor_text: str = "") -> bool:
    """Whether a canonical URL of this outlet is likely an article.

    The outlet's own include and exclude rules decide where they say anything. Else a date, a number of five
    digits or more, a slug of four words (three when the link reads like a headline) or an article's file
    name say yes; sections, tags, authors, searches, files and the home page are none.
    """
    verdict = rule_verdict(url, outlet)
    if verdict is not None:
        return verdict
    path, _, query = url.partition("://")[2].partition("?")
    path = unquote(path[path.find("/") :] if "/" in path else "/")
    is_index = _INDEX_FILE.search(path) is not None
    page = _INDEX_FILE.sub("/", path)
    segments = [segment for segment in page.lower().split("/") if segment]
    if _is_no_article(page, segments):
        return False
    if query and (number := _ID_PARAMETER.search(query)) is not None:
        return not segments or is_index or len(number[1]) >= _MIN_ID_DIGITS or _PAGE_FILE.search(page) is not None
    return bool(segments) and _reads_like_article(page, segments[-1], is_headline(anchor_text))


def is_headline(text: str) -> bool:
    """Whether a link's text has the length of a headline."""
    if not _MIN_HEADLINE_CHARS <= len(text) <= _MAX_HEADLINE_CHARS:
        return bool(_UNSPACED.search(text)) and _MIN_UNSPACED_CHARS <= len(text) <= _MAX_HEADLINE_CHARS
    return len(text.split()) >= _MIN_HEADLINE_WORDS or bool(_UNSPACED.search(text))


def _is_no_article(path: str, segments: list[str]) -> bool:
    if _NO_PAGE.search(path):
        return True
    if any(segment in _NAVIGATES for segment in segments):
        return True
    last = segments[-1] if segments else ""
    before = segments[-2] if len(segments) > 1 else ""
    # /news/page/2 and /2026/05/12/ list; they are no articles.
    is_page_number = before == "page" and last.isdigit()
    return last in _IS_INDEX or is_page_number


def _reads_like_article(path: str, last: str, has_headline: bool) -> bool:
    if _ONLY_DATE.fullmatch(path) is not None and _ID.search(last) is None:
        return False
    has_name = not last.isdigit() or _ID.search(last) is not None
    if _DATED.search(path) and has_name:
        return True
    if _ID.search(last) or _ARTICLE_SEGMENT.search(path):
        return True
    slug, is_file = _PAGE_FILE.sub("", last), _PAGE_FILE.search(last) is not None
    words = len([word for word in _WORDS.split(slug) if word])
    if words >= _MIN_SLUG_WORDS:
        return True
    enough_with_help = words >= _MIN_SLUG_WORDS_WITH_HEADLINE
    return (enough_with_help and (has_headline or is_file)) or (is_file and has_headline)
