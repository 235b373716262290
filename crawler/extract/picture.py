"""The lead picture: where it lies, what its caption says and whom it is credited to. Nothing is fetched."""

# ruff: noqa: RUF001
# dashes and quotes of many kinds

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.addresses import absolute_url
from crawler.extract import jsonld
from crawler.extract.elements import Elements, text_of
from crawler.extract.page import Page, plain
from storage.records import Evidence, Picture

_MAX_URL_CHARS = 2000
_MAX_CAPTION_CHARS = 1000
_MAX_CREDIT_CHARS = 120
_MAX_FIGURES = 50
_MAX_LOST = 5
_LONG_PARAGRAPH = 120  # characters: the text has begun
_MIN_STEM = 6
_META = ("og:image:secure_url", "og:image:url", "og:image", "twitter:image", "twitter:image:src", "thumbnail", "image")
_SOURCES = ("src", "data-src", "data-original", "data-lazy-src", "data-url")
_CREDIT_NAMES = re.compile(
    r"credit|copyright|photographer|(?:image|photo|figure|media|caption)[-_]{1,2}(?:source|author|by)\b|^source$",
    re.IGNORECASE,
)
_MAX_CREDIT_WORDS = 12


def read_picture(page: Page) -> tuple[Picture | None, tuple[Evidence, ...]]:
    """The lead picture and where each of its parts came from. To be asked before the body is cut out of the tree.

    URL: JSON-LD image, OpenGraph and meta, the figure at the top of the article. Caption and credit: JSON-LD's of that
    image, then the figure that shows the same file or stands above the text: where a figure at the top shows another
    file with a caption, that is the lead picture, since readers see it. Only http and https.
    """
    node = _image_node(page)
    url, url_rule, lost = _declared(page, node)
    figure = _lead_figure(page, url)
    caption, credit = _said(node) if url_rule.startswith("json-ld") else (None, None)
    rules = [url_rule, "json-ld image", "json-ld image"]
    if figure is not None:
        shown_caption, shown_credit = _shown(figure)
        shown_url = _shown_url(page, figure)
        if shown_url and not caption and shown_caption and not (url and _same_file(url, shown_url)):
            lost = [*([(url_rule, url)] if url else []), *lost]
            url, rules[0] = shown_url, "figure"
        if not caption and shown_caption:
            caption, rules[1] = shown_caption, "figcaption"
        if not credit and shown_credit:
            credit, rules[2] = shown_credit, "figcaption"
    if url is None:
        return None, ()
    told = zip(("lead image", "lead image caption", "lead image credit"), rules, (url, caption, credit), strict=True)
    evidence = tuple(
        Evidence(field=field, rule=rule, value=value, lost=tuple(lost[:_MAX_LOST]) if field == "lead image" else ())
        for field, rule, value in told
        if value
    )
    return Picture(url=url, caption=caption, credit=credit), evidence


def web_address(base: str, href: object) -> str | None:
    """A reference made absolute; None for what is no http(s) URL of at most 2,000 characters."""
    if not isinstance(href, str) or not href.strip() or len(href) > _MAX_URL_CHARS:
        return None
    try:
        url = absolute_url(href, base=base)
        return url if urlsplit(url).scheme in {"http", "https"} and urlsplit(url).hostname else None
    except ValueError:
        return None


# ------------------------------------------------------------------------------------ declared


def _image_node(page: Page) -> Mapping[str, Any]:
    """JSON-LD's image of the article as an object, a reference within the page followed; empty where there is none."""
    value = page.article.get("image") or page.article.get("primaryImageOfPage")
    if isinstance(value, list):
        value = next((v for v in value if v), None)
    if isinstance(value, str):
        return {"url": value}
    if not isinstance(value, dict):
        return {}
    name = value.get("@id")
    if set(value) <= {"@id", "@type"} and isinstance(name, str):
        return next((n for n in page.nodes if n.get("@id") == name and len(n) > len(value)), value)
    return value


def _declared(page: Page, node: Mapping[str, Any]) -> tuple[str | None, str, list[tuple[str, str]]]:
    """(URL, rule, what lost)."""
    values = [("json-ld image", node.get(name)) for name in ("url", "contentUrl", "@id")]
    values = [(rule, v[0] if isinstance(v, list) and v else v) for rule, v in values]
    values += [(f"meta {name}", page.first_meta(name)) for name in _META]
    found = dict.fromkeys((rule, url) for rule, value in values if (url := web_address(page.url, value)))
    if not found:
        return None, "", []
    (rule, url), *others = found
    return url, rule, [(r, u) for r, u in others if u != url]


def _said(node: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Caption and credit of an ImageObject."""
    caption = next((t for name in ("caption", "description") if (t := jsonld.text_of(node.get(name)))), None)
    names = ("creditText", "creator", "author", "copyrightHolder", "copyrightNotice", "provider", "credit")
    credit = next(
        (t for name in names if (t := jsonld.text_of(node.get(name), _MAX_CAPTION_CHARS)) and "://" not in t), None
    )
    return _parted(caption, credit)


# --------------------------------------------------------------------------------------- shown


def _lead_figure(page: Page, url: str | None) -> HtmlElement | None:
    """The figure that shows the declared file, else the one between the headline and the text."""
    figures = [
        f for f in islice(page.elements.of("figure"), _MAX_FIGURES) if next(f.iter("img", "amp-img"), None) is not None
    ]
    if not figures:
        return None
    if url:
        for figure in figures:
            if any(_same_file(url, source) for source in _sources(page, figure)):
                return figure
    return _figure_at_top(page.elements)


def _figure_at_top(elements: Elements) -> HtmlElement | None:
    """The first figure with a picture and a caption between the last h1 and the first long paragraph outside of it."""
    at_top: HtmlElement | None = None
    is_below = False
    for element in elements.of("h1", "p", "figure"):
        if element.tag == "h1":
            at_top, is_below = None, True
        elif element.tag == "figure":
            has_picture = next(element.iter("img", "amp-img"), None) is not None
            if is_below and at_top is None and has_picture and next(element.iter("figcaption"), None) is not None:
                at_top = element
        elif is_below and len(text_of(element)) >= _LONG_PARAGRAPH and not _is_in_figure(element):
            return at_top
    return None


def _is_in_figure(element: HtmlElement) -> bool:
    return any(above.tag == "figure" for above in element.iterancestors())


def _sources(page: Page, figure: HtmlElement) -> Iterator[str]:
    """Addresses of a figure's picture."""
    for image in islice(figure.iter("img", "amp-img", "source"), 10):
        for name in _SOURCES:
            if url := web_address(page.url, image.get(name)):
                yield url
        for name in ("srcset", "data-srcset"):
            first = (image.get(name) or "")[:_MAX_URL_CHARS].split(",")[0].split()
            if first and (url := web_address(page.url, first[0])):
                yield url


def _shown_url(page: Page, figure: HtmlElement) -> str | None:
    """The address of a figure's picture, a placeholder's only where there is no other."""
    sources = list(_sources(page, figure))
    return next((s for s in sources if not _PLACEHOLDER.search(s)), None)


_PLACEHOLDER = re.compile(r"placeholder|spacer|pre-?load|blank\.|pixel\.|lazy|loading|transparent|1x1", re.IGNORECASE)


def _same_file(one: str, other: str) -> bool:
    """Whether two addresses name the same picture: outlets put size and crop around one file name."""
    return one == other or bool(_stems(one) & _stems(other))


def _stems(url: str) -> set[str]:
    """The telling parts of an address: names and numbers of six characters or more that hold a digit, and the file."""
    path = urlsplit(url).path
    file = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    parts = {part for part in re.split(r"[/._,=~-]", path) if len(part) >= _MIN_STEM and any(c.isdigit() for c in part)}
    return {part for part in {*parts, file} if len(part) >= _MIN_STEM and not _DATED.fullmatch(part)}


_DATED = re.compile(r"(?:19|20)\d{4}(?:\d\d)?|image\d*|default|original|\d+x\d+|w\d+h\d+", re.IGNORECASE)


def _shown(figure: HtmlElement) -> tuple[str | None, str | None]:
    """Caption and credit of a figure."""
    captions = [c for c in figure.iter("figcaption") if next(c.iterdescendants("figcaption"), None) is None]
    credit, parts = None, []
    for element in captions[:1] or _named(figure, _CAPTION_NAMES)[:1]:
        credited = _named(element, _CREDIT_NAMES)
        inner = plain(credited[0]) if credited else ""
        whole = plain(element)
        credit = credit or inner or None
        parts.append(whole.replace(inner, " ", 1) if inner and inner != whole else "" if inner else whole)
    if credit is None:
        outside = _named(figure, _CREDIT_NAMES)
        credit = plain(outside[0]) if outside else None
    return _parted(" ".join(" ".join(parts).split()) or None, credit)


_CAPTION_NAMES = re.compile(r"caption|legend", re.IGNORECASE)


def _named(element: HtmlElement, names: re.Pattern[str]) -> list[HtmlElement]:
    """Descendants whose class or itemprop says so, outer ones first."""
    return [
        e
        for e in islice(element.iterdescendants("span", "div", "p", "small", "cite", "em", "a", "dd"), 200)
        if any(names.search(name) for name in f"{e.get('class') or ''} {e.get('itemprop') or ''}".split())
    ]


def _parted(caption: str | None, credit: str | None) -> tuple[str | None, str | None]:
    """Both clean and within their caps; a credit at the caption's end is cut off, and taken where there is none."""
    caption, credit = _clean(caption), _clean(credit)
    if len(credit.split()) > _MAX_CREDIT_WORDS:  # a whole caption that is named for its credit
        caption, credit = caption or credit, ""
    found = next((m for p in _CREDIT_AT_END if (m := p.search(caption))), None)
    if found:
        credit = credit or found["who"]
        caption = caption[: found.start()]
    credit = _LEADING.sub("", credit).strip(_EDGES + ".")[:_MAX_CREDIT_CHARS]
    if credit and caption.endswith(credit):
        caption = caption[: -len(credit)]
    return caption.rstrip(_EDGES)[:_MAX_CAPTION_CHARS] or None, credit or None


def _clean(text: str | None) -> str:
    return jsonld.clean_text(unescape(text[: 2 * _MAX_CAPTION_CHARS])) if text else ""


_EDGES = " ,;:|/–—-([])"
_AGENCIES = (
    r"(?:AP|AFP|EPA|dpa|EFE|ANSA|Reuters|Getty(?: Images)?|Shutterstock|Alamy|Xinhua|IRNA|ISNA|Tasnim|Fars|Anadolu|"
    r"TASS|Bloomberg|Flash ?90|Wikimedia(?: Commons)?|CC BY[\w. -]{0,20})"
)
_LABELS = (
    r"(?:photo(?:graph)?s?|foto(?:s|grafie)?|images?|pictures?|bild(?:er)?|credits?|cr[ée]dito?s?|quelle|archivbild|source|"
    r"(?:photo|image|picture|foto)[- ]?credits?|copyright)"
)
_SIGN = r"(?:by\b|credit\b|[:：©/])"
_LEADING = re.compile(rf"^\W*(?:{_LABELS}\b\s*(?:{_SIGN}\s*)+|©\s*)", re.IGNORECASE)
_CREDIT_AT_END = (
    re.compile(
        rf"[\s(\[|/–—-]*(?:\b{_LABELS}\b\s*{_SIGN}+|©|\(c\))\s*(?P<who>[^.:;()\[\]]{{2,100}})[\s)\]|.]*$", re.IGNORECASE
    ),
    re.compile(
        rf"\s*(?:[(\[](?=[^()\[\]]*[)\]]\W*$)|[|–—])\s*(?P<who>[^()\[\]]{{0,80}}\b{_AGENCIES}\b[^()\[\]]{{0,60}})[)\]]?\W*$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<=[.!?”\"»])\s+(?P<who>(?:[^\W\d_][\w.'’-]*\s?){{1,4}}\s?[/|]\s?{_AGENCIES}(?:\s?/[\w ]{{2,20}})?)\s*$"
    ),
)
