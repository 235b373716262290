"""Articles in several pages: which page this is, where the others are, and the pages joined to one text.

Pages of an article share its address but for a page number: /story and /story?page=2, /story/2/, /story/page/2,
story-2.html. An address alone says nothing (many end in numbers), so a page must link to the others as pages: by
rel=next or prev, by the bare number, or by a word for "next". Links to other articles and to comments are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from lxml.html import HtmlElement

from crawler.addresses import absolute_url
from crawler.extract.elements import text_of
from crawler.extract.page import Page
from storage.records import Evidence, Extraction, Pagination

#: Pages of one article that are read at most.
MAX_PAGES = 20
_MAX_NUMBER = 200
_MAX_URL_CHARS = 2000
_MAX_TEXT_CHARS = 60
_MAX_LINKS = 3000
_PARAMETERS = frozenset(
    {"page", "p", "pg", "paged", "pagenum", "pagenumber", "page_number", "currentpage", "seite", "pagina", "página"}
)
_PATH = re.compile(r"^(?P<stem>.*?[^/])/(?:(?:page|seite|pagina|strona|p)[/-]?)?(?P<number>\d{1,3})/?$", re.IGNORECASE)
_FILE = re.compile(
    r"^(?P<stem>.*[^/_,-])[_,-](?:page|seite|pagina|strona|p|s)?-?(?P<number>\d{1,3})(?P<end>\.[a-z]{3,5})$",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"^\W*(?:next(?: page)?|continue(?: reading)?|nächste(?: seite)?|weiter|seite \d+|page \d+|(?:page )?suivante?|"
    r"siguiente|(?:página )?seguinte|próxima|pagina successiva|successiva|avanti|volgende|następna|дальше|следующая|"
    r"вперед|(?:الصفحة )?التالية|التالي|(?:صفحه )?بعدی?|(?:לעמוד )?הבא|下一页|次へ)?\W*$",
    re.IGNORECASE,
)
_WHOLE_TEXT = re.compile(
    r"\b(?:(?:view|read|show) (?:as |on |it on |in )?(?:a |one )?(?:single page|all pages|one page)|"
    r"single[- ]page(?: view)?|(?:artikel )?auf einer seite(?: lesen| anzeigen)?|komplettansicht|"
    r"(?:ver|leer) en una (?:sola )?página|"
    r"(?:lire|afficher) (?:en|sur) une (?:seule )?page|tutto in una pagina|op één pagina|на одной странице)\b",
    re.IGNORECASE,
)
_WHOLE_URL = re.compile(
    r"[?&](?:page|view|seite|show)=(?:all|full|single|0)(?=&|$)|[?&](?:single_?page|print_?paged_?article|one_?page|full_?page|"
    r"view_?all)(?:=|&|$)|/(?:komplettansicht|single-?page|view-?all|one-?page)/?$",
    re.IGNORECASE,
)
_SENT = "/%:@!$&'()*+,;=~?[]"  # signs of an address that stay as they are
_PAGE_END = re.compile(r"[_,-](?:page|seite|pagina|strona|p|s)?-?\d{1,3}$", re.IGNORECASE)
_ROOTED = ("/", "http:", "https:", "#", "javascript:", "mailto:")
_ELSEWHERE = re.compile(r"comment|disqus|related|recommend|replies", re.IGNORECASE)


def read_pagination(page: Page) -> tuple[Pagination | None, tuple[Evidence, ...]]:
    """Where a page stands among its article's pages, None where there is one. To be asked before the body is cut."""
    own = _plain_url(page.url)
    if own is None:
        return None, ()
    links = list(_links(page, own))
    told = _as_first(own, links) or _as_later(own, links, _canonical_of(page))
    whole = next((url for url, text, _ in links if url != own and _shows_all(url, text, own)), None)
    if told is None and whole is None:
        return None, ()
    place = replace(told or Pagination(), whole=whole)
    value = f"page {place.number} of {place.total}"
    return place, (Evidence(field="pages", rule="links to its pages", value=value),)


def join(pages: Sequence[Extraction], problem: str | None = None) -> Extraction:
    """One article of its pages in order; what a page repeats of those before is left out.

    All but the text is the first page's, a byline that only a later one has excepted. With a `problem`, a sentence on
    what could not be read, the article is marked as partial.
    """
    first = pages[0]
    told = f"{len(pages)} page{'' if len(pages) == 1 else 's'}"
    lost = (("not read", problem),) if problem else ()
    evidence = [e for e in first.evidence if e.field != "pages"]
    evidence.append(Evidence(field="pages", rule="links to its pages", value=told, lost=lost))
    marks = first.marks
    if problem and "partial" not in marks:
        marks = ("partial", *marks)
        evidence.append(Evidence(field="mark", rule=problem, value="partial"))
    bylined = next((page for page in pages if page.authors), first)
    return replace(
        first,
        body=_joined([page.body for page in pages]),
        compared=_joined([page.compared or page.body for page in pages]) if any(p.compared for p in pages) else "",
        authors=bylined.authors,
        lines=tuple(dict.fromkeys(line for page in pages for line in page.lines)),
        marks=marks,
        evidence=tuple(evidence),
    )


def adds_words(pages: Sequence[Extraction], further: Extraction) -> bool:
    """Whether a page has a paragraph that those before have not: a server that knows no page 2 shows page 1 again."""
    known = {_key(p) for page in pages for p in page.body.split("\n\n")}
    return any(_key(paragraph) not in known for paragraph in further.body.split("\n\n") if paragraph)


def _joined(bodies: Sequence[str]) -> str:
    paragraphs: list[str] = []
    known: set[str] = set()
    for body in bodies:
        fresh = [p for p in body.split("\n\n") if p and _key(p) not in known]
        known.update(map(_key, fresh))
        paragraphs.extend(fresh)
    return "\n\n".join(paragraphs)


def _key(paragraph: str) -> str:
    return " ".join(paragraph.casefold().split())


# --------------------------------------------------------------------------------------- links


def _links(page: Page, own: str) -> Iterator[tuple[str, str, bool]]:
    """(URL, text, whether it says that it leads to the next or previous page) of links that may lead to pages."""
    host, core = urlsplit(own).netloc, _core(own)
    shown = unquote(core)
    for element in islice(page.elements.of("link", "a"), _MAX_LINKS):
        href = element.get("href") or ""
        if href.startswith(_ROOTED) and core not in href and shown not in href:
            continue  # an address of another page: nearly all of them
        rel = (element.get("rel") or "").lower().split()
        is_rel = "next" in rel or "prev" in rel
        text = _text(element)
        if not (is_rel or text.isdecimal() or _is_named(text)) or _ELSEWHERE.search(href) or _is_elsewhere(element):
            continue
        url = _plain_url(absolute_url(href, base=page.url)) if len(href) <= _MAX_URL_CHARS else None
        if url and urlsplit(url).netloc == host:
            yield url, text, is_rel


def _core(own: str) -> str:
    """The longest part of an address's path without its ending and page number: its pages' addresses hold it too."""
    segment = max(urlsplit(own).path.split("/"), key=len)
    return _PAGE_END.sub("", segment.partition(".")[0])


def _text(element: HtmlElement) -> str:
    """The words of a short link, nothing for others."""
    text = text_of(element) if element.tag == "a" else ""
    return " ".join(text.split()) if len(text) <= 3 * _MAX_TEXT_CHARS else ""


@lru_cache(maxsize=20_000)
def _is_named(text: str) -> bool:
    """Cached, since the pages of an outlet repeat the same words."""
    return bool(text) and bool(_NEXT.match(text) or _WHOLE_TEXT.search(text))


def _is_elsewhere(element: HtmlElement) -> bool:
    return any(
        _ELSEWHERE.search(f"{above.get('class') or ''} {above.get('id') or ''}")
        for above in element.iterancestors("div", "ul", "section", "aside")
    )


def _plain_url(url: str) -> str | None:
    """A web address without its fragment, None for what is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return None
    path, query = (quote(part, safe=_SENT, errors="replace") for part in (parts.path, parts.query))
    return urlunsplit(parts._replace(path=path, query=query, fragment=""))


def _canonical_of(page: Page) -> str | None:
    """rel=canonical as a web address."""
    href = page.canonical()
    return _plain_url(absolute_url(href, base=page.url)) if href else None


# --------------------------------------------------------------------------------------- pages


def _as_first(own: str, links: Sequence[tuple[str, str, bool]]) -> Pagination | None:
    """The page as page 1: there is a page 2 of its address, linked to by its number, a word for next or rel."""
    stems = {_same(own), *(_same(stem) for stem, number in _splits(own) if number == 1)}
    others: dict[int, str] = {}
    for url, text, is_rel in links:
        for stem, number in _splits(url):
            fits = is_rel or text == str(number) or not text.isdecimal()
            if number > 1 and fits and _same(stem) in stems and not _WHOLE_URL.search(url):
                others.setdefault(number, url)
    return _told(1, others) if 2 in others else None  # noqa: PLR2004


def _as_later(own: str, links: Sequence[tuple[str, str, bool]], canonical: str | None) -> Pagination | None:
    """The page as page 2 or later: it calls the article's address canonical, or links to it as page 1 or before."""
    for stem, number in _splits(own):
        if number < 2:  # noqa: PLR2004
            continue
        others: dict[int, str] = {}
        if canonical and _same(canonical) == _same(stem):
            others[1] = canonical
        for url, text, is_rel in links:
            is_stem = _same(url) == _same(stem)
            if is_stem and (text == "1" or (is_rel and not _FILE.match(urlsplit(own).path))):
                others.setdefault(1, url)
            for other, found in _splits(url):
                fits = is_rel or text == str(found) or not text.isdecimal()
                if fits and found != number and _same(other) == _same(stem):
                    others.setdefault(found, url)
        if 1 in others:
            return _told(number, others)
    return None


def _told(number: int, others: dict[int, str]) -> Pagination:
    return Pagination(number=number, total=max(number, *others), others=tuple(sorted(others.items())))


def _splits(url: str) -> Iterator[tuple[str, int]]:
    """The ways in which an address may be that of a page of another address: (that address, the page's number)."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    for index, (name, value) in enumerate(query):
        if name.lower() in _PARAMETERS and value.isdecimal() and len(value) <= len(str(_MAX_NUMBER)):
            rest = [pair for i, pair in enumerate(query) if i != index]
            yield urlunsplit(parts._replace(query=urlencode(rest))), int(value)
    if found := _PATH.match(parts.path):
        yield urlunsplit(parts._replace(path=found["stem"])), int(found["number"])
    if found := _FILE.match(parts.path):
        yield urlunsplit(parts._replace(path=found["stem"] + found["end"])), int(found["number"])


def _same(url: str) -> str:
    """An address as it is compared: without scheme, slash at the end, and order of parameters."""
    parts = urlsplit(url)
    query = "&".join(sorted(urlencode(parse_qsl(parts.query, keep_blank_values=True)).split("&")))
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}?{query}"


def _shows_all(url: str, text: str, own: str) -> bool:
    """Whether a link of this article's own address says that it shows the whole in one piece."""
    mine, theirs = urlsplit(own), urlsplit(url)
    stem = next((urlsplit(s).path for s, n in _splits(own) if n > 1), mine.path).rstrip("/")
    tail = theirs.path.removeprefix(stem)
    is_own = (
        theirs.path.startswith(stem) and (not tail or tail.startswith("/")) and bool(tail.strip("/") or theirs.query)
    )
    return bool(stem) and is_own and bool(_WHOLE_URL.search(url) or _WHOLE_TEXT.search(text))
