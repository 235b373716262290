"""What kind of text a page holds: marks that a reader must know before he quotes it.

The written order of each mark stands in its function: what the page declares comes before what it shows.
"""

# ruff: noqa: E501, RUF001
# words and dashes of many scripts

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from crawler.extract import jsonld
from crawler.extract.elements import Elements
from crawler.extract.page import Page
from crawler.extract.title import key
from storage.diff.corrections import is_correction
from storage.records import Evidence

_FEW_WORDS = 250
_MANY_ENTRIES = 5
_MANY_PICTURES = 5
_MANY_TURNS = 8
_TELLING_SHARE = 1.5  # of the words that the page says it has, over those that are there
_CLASS_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What of a page's elements tells its kind."""

    times: int = 0
    figures: int = 0
    has_wall: bool = False  # an element named for a paywall


def shape_of(elements: Elements) -> Shape:
    """The shape of a whole tree: to be asked before the body is cut out of it."""
    return Shape(
        times=len(elements.places("time")),
        figures=len(elements.places("figure")),
        has_wall=bool(elements.of_names(elements.named(_is_wall), *_BLOCKS)),
    )


@lru_cache(maxsize=50_000)
def _is_wall(class_names: str, identifier: str) -> bool:
    """Cached, since the pages of an outlet repeat the same few hundred names."""
    return bool(_WALL.search(f"{class_names[:_CLASS_CHARS]} {identifier[:_CLASS_CHARS]}"))


def marks_of(page: Page, shape: Shape, title: str, paragraphs: Sequence[str]) -> tuple[Evidence, ...]:
    """One piece of evidence a mark: its value is the mark, its rule why. `paragraphs` are the body as it was found."""
    rooms: tuple[tuple[str, Callable[[], str | None]], ...] = (
        ("partial", lambda: _partial(page, shape, paragraphs)),
        ("live", lambda: live_rule(page, shape)),
        ("gallery", lambda: _gallery(page, shape, paragraphs)),
        ("transcript", lambda: _transcript(title, paragraphs)),
        ("corrected", lambda: _corrected(paragraphs)),
        ("opinion", lambda: _of_kind(page, title, "opinionnewsarticle", _OPINION, _OPINION_TITLE)),
        ("sponsored", lambda: _of_kind(page, title, "advertisercontentarticle", _SPONSORED, _SPONSORED_TITLE)),
        ("press-release", lambda: _release(page, title, paragraphs)),
    )
    return tuple(Evidence(field="mark", rule=rule, value=mark) for mark, room in rooms if (rule := room()))


#: All marks there are.
MARKS = ("partial", "live", "gallery", "transcript", "corrected", "opinion", "sponsored", "press-release")


def _partial(page: Page, shape: Shape, paragraphs: Sequence[str]) -> str | None:
    """The text behind a paywall is not there: the page names more words than it has; else it is locked, by its
    JSON-LD, its content tier, an element named for a paywall or a line that sells the rest, and what is there is short.
    """
    words = sum(len(p.split()) for p in paragraphs)
    said = page.article.get("wordCount")
    is_locked = _is_sold(page.article) or _has_sold_part(page.article)
    if is_locked and str(said or "").isdecimal() and int(str(said)[:9]) > _TELLING_SHARE * words:
        return "json-ld wordCount"
    if words >= _FEW_WORDS:
        return None
    if is_locked:
        return "json-ld isAccessibleForFree"
    if (page.first_meta("article:content_tier") or "").lower() == "locked":
        return "meta article:content_tier"
    if shape.has_wall:
        return "element named for a paywall"
    return "line that sells the rest" if any(_SELLS.search(p.lower()) for p in paragraphs[-_LAST_LINES:]) else None


def _has_sold_part(node: jsonld.Node) -> bool:
    parts = node.get("hasPart")
    listed = parts if isinstance(parts, list) else [parts]
    return any(_is_sold(part) for part in listed if isinstance(part, dict))


def _is_sold(node: jsonld.Node) -> bool:
    """Whether JSON-LD says of the article, or of a part of it, that it is not free."""
    return str(node.get("isAccessibleForFree", "")).strip().lower() in {"false", "0", "no"}


def live_rule(page: Page, shape: Shape) -> str | None:
    """What tells a live blog: JSON-LD says so; else the URL does, and there are five entries with times."""
    if any("liveblogposting" in jsonld.types(node) for node in page.nodes):
        return "json-ld LiveBlogPosting"
    if not _LIVE.search(_path(page.url)):
        return None
    return "url and times" if shape.times >= _MANY_ENTRIES else None


def _gallery(page: Page, shape: Shape, paragraphs: Sequence[str]) -> str | None:
    """Pictures with captions: JSON-LD or og:type say so; else the URL does, over five pictures and few words."""
    if any(jsonld.types(node) & {"imagegallery", "mediagallery"} for node in page.nodes):
        return "json-ld ImageGallery"
    if "gallery" in (page.first_meta("og:type") or "").lower():
        return "og:type"
    is_short = sum(len(p.split()) for p in paragraphs) < _FEW_WORDS
    if is_short and _GALLERY.search(_path(page.url)) and shape.figures >= _MANY_PICTURES:
        return "url and pictures"
    return None


def _transcript(title: str, paragraphs: Sequence[str]) -> str | None:
    """The headline says so; else most paragraphs begin with who speaks."""
    if _TRANSCRIPT.search(key(title)):
        return "title"
    turns = sum(":" in p and bool(_TURN.match(p)) for p in paragraphs)
    return "speakers" if turns >= _MANY_TURNS and 2 * turns >= len(paragraphs) else None


def _corrected(paragraphs: Sequence[str]) -> str | None:
    """A paragraph that says what was wrong."""
    return "correction notice" if any(is_correction(p) for p in paragraphs) else None


def _of_kind(page: Page, title: str, kind: str, path: re.Pattern[str], prefix: re.Pattern[str]) -> str | None:
    """JSON-LD's type, else the section, a part of the URL's path, the beginning of the headline."""
    if kind in jsonld.types(page.article):
        return "json-ld type"
    section = jsonld.text_of(page.article.get("articleSection")) or page.first_meta("article:section") or ""
    if path.search(f"/{key(section).replace(' ', '-')}/"):
        return "section"
    if path.search(_path(page.url)):
        return "url"
    return "title" if prefix.match(title) else None


def _release(page: Page, title: str, paragraphs: Sequence[str]) -> str | None:
    """Section or URL, else the wire's own words at the top of the text."""
    declared = _of_kind(page, title, "", _RELEASE, _RELEASE_TITLE)
    return declared or ("words at the top" if any(_WIRE.search(p[:300]) for p in paragraphs[:3]) else None)


def _path(url: str) -> str:
    """Path of a URL with a slash at either end."""
    try:
        return f"/{urlsplit(url).path.strip('/').lower()}/"
    except ValueError:
        return "/"


_BLOCKS = ("div", "section", "aside", "p")
_WALL = re.compile(
    r"\b(?:paywall|pay-wall|subscriber-only|subscription-wall|regwall|piano-offer|premium-wall|abo-?wall|offer-?wall|"
    r"locked-content|content-gate|gated-content|leaky-paywall|poool-widget|premium-teaser|paid-content-teaser)",
    re.IGNORECASE,
)
_LAST_LINES = 4
_SELLS = re.compile(
    r"(?:subscribe|sign up|log in|register|become a (?:member|subscriber)|start your (?:free )?trial)[^.]{0,40} to (?:continue|keep|read|unlock|access)|"
    r"(?:for|to) (?:paying |paid )?(?:subscribers|members) only|to (?:continue|keep) reading|this (?:article|story|content) is (?:only |exclusively )?(?:for|available to) (?:our )?(?:paying )?(?:subscribers|members)|"
    r"(?:weiterlesen|lesen sie weiter|jetzt (?:testen|lesen)|nur) (?:mit|für) [^.]{0,30}(?:abo|abonnent)|sie möchten (?:weiter ?lesen|den (?:ganzen )?artikel)|"
    r"(?:article |contenu )?réservée? (?:à nos|aux) abonnés|il vous reste [\d.,]+ ?% |abonnez-vous pour (?:lire|continuer)|"
    r"(?:exclusivo|s[óo]lo) para (?:suscriptores|assinantes|asinantes)|suscr[íi]bete para (?:leer|seguir|continuar)|"
    r"(?:riservato|esclusiva) (?:agli|per gli) abbonati|abbonati per (?:leggere|continuare)|(?:exclusivo|conteúdo) para assinantes|assine para (?:ler|continuar)|"
    r"(?:alleen|exclusief) voor abonnees|(?:dostęp |tylko )?dla (?:subskrybentów|prenumeratorów)|только для подписчиков|чтобы (?:дочитать|читать дальше|прочитать)|"
    r"למנויים בלבד|להמשך קריאה|رای مشترکین|ویژه مشترک|للمشتركين فقط|仅限订阅|会員限定|続きを読むには|この記事は有料|유료 회원",
)
_LIVE = re.compile(r"/live/|live-?blog|live-?ticker|/en-direct|live-updates|liveuhr|/directo/")
_GALLERY = re.compile(
    r"/(?:photo-?)?galler(?:y|ies)\b|/gal[ée]rie|/fotostrecke|/bildergalerie|/diaporama|/photos?/|/slideshow"
)
_TRANSCRIPT = re.compile(r"\b(?:full )?transcript\b|\bim wortlaut\b|\bverbatim\b|متن کامل|תמליל|стенограмма")
_TURN = re.compile(r"(?:[A-Z][A-Z.'’ -]{2,40}|[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){0,3}|Q|A):\s")
_OPINION = re.compile(
    r"/(?:[a-z]+-)?(?:opinions?|op-?eds?|commentary|comment|commentisfree|editorials?|columns?|columnists?|meinung|"
    r"kommentare?|debatte|tribunes?|opini[oó]n|opinioni|opinie|mening|debatt|мнения?|views?)/"
)
_OPINION_TITLE = re.compile(
    r"(?:opinion|op-ed|editorial|kommentar|meinung|opini[óo]n|tribune|دیدگاه|رأي|דעה)\s*[:|–—]", re.IGNORECASE
)
_SPONSORED = re.compile(
    r"/(?:sponsored(?:-content)?|sponsor-content|partner-?content|paid-?(?:content|post)|advertorials?|brand-?(?:voice|"
    r"studio|content)|branded-content|contenu-sponsorise|publirreportajes?)/"
)
_SPONSORED_TITLE = re.compile(r"(?:sponsored|advertorial|paid post|partner content|anzeige)\s*[:|–—]", re.IGNORECASE)
_RELEASE = re.compile(
    r"/(?:press-?releases?|news-?releases?|pressemitteilung(?:en)?|communiques?(?:-de-presse)?|pr-?newswire)/"
)
_RELEASE_TITLE = re.compile(r"(?:press release|pressemitteilung)\s*[:|–—]", re.IGNORECASE)
_WIRE = re.compile(r"/PRNewswire|\(BUSINESS WIRE\)|\bGLOBE NEWSWIRE\b|^\W*FOR IMMEDIATE RELEASE|--\(?EIN Presswire")
