"""Sentences and lines that say where a text was published first, in a dozen languages."""

# ruff: noqa: E501, RUF001
# words of many scripts

from __future__ import annotations

import re
from collections.abc import Iterator

from storage.origins.names import Namebook
from storage.records import Party

_MAX_CHARS = 250
_NAME_WORDS = 7
_CUE_CHARS = 100
_PLAIN_WORDS = 4  # a line of so few is little else than a name
_SKIPPED = ' \t\u200e\u200f*•·_|–—-([{"“«'

#: A label before a name: "Source: Reuters", "© dpa".
_LABEL = re.compile(
    r"(?:source|via|courtesy(?: of)?|credits?|by arrangement with|provided by|quelle|source|fuente|fonte|bron|kilde|"
    r"kaynak|źródło|zdroj|forrás|πηγή|источник|джерело|по материалам|المصدر|مصدر|نقلا عن|نقلاً عن|عن|منبع|به نقل از|"
    r"برگرفته از|مأخذ|מקור|באדיבות|מתוך|来源|來源|出典|출처)\s*(?:[:：]|\s)|©|\(?c\)\s|copyright\b|tous droits",
    re.IGNORECASE,
)
#: A sentence that speaks of this very text; one that only tells of something published is none.
_SELF = re.compile(
    r"(?:(?:re-?published|reprinted|re-?posted|cross-?posted|syndicated|excerpted) (?:here )?(?:with|by|from|on|courtesy)|"
    r"(?:was |were )?(?:originally|first) (?:published|appeared|ran|posted|printed|aired|written)|"
    r"the post .{1,120} (?:appeared first on|first appeared on)|"
    r"(?:this|the above|the following) (?:\w+ ){0,2}(?:article|story|post|text|report|piece|column|interview|analysis|essay|"
    r"op-ed|content|material|dispatch|version)\b|read the (?:original|full) (?:\w+ )?(?:article|story|post|version|text)|"
    r"(?:original|full) (?:article|story|post|text|version)\b|"
    r"(?:dieser?|der|das|dieses) (?:artikel|text|beitrag|bericht|kommentar|interview|stück)\b|zuerst (?:erschienen|"
    r"veröffentlicht|publiziert)|ursprünglich (?:erschienen|veröffentlicht)|erstveröffentlichung|mit freundlicher genehmigung|"
    r"(?:cet|le présent) article|ce texte|cette (?:tribune|analyse|enquête)|(?:initialement|originellement|d'abord) "
    r"(?:publiée?|parue?)|(?:publiée?|parue?) (?:initialement|originellement|d'abord)|avec l'aimable autorisation|"
    r"(?:este|esta|el presente) (?:art[íi]culo|texto|nota|reportaje|columna|an[áa]lisis)|(?:originalmente|por primera vez) "
    r"(?:publicad[oa]|en)|publicad[oa] (?:originalmente|por primera vez)|"
    r"quest[oa'’] ?(?:articolo|testo)|(?:pubblicat[oa]|apparso) (?:originariamente|per la prima volta)|"
    r"este artigo|publicado originalmente|dit artikel|(?:oorspronkelijk|eerder) (?:gepubliceerd|verschenen)|"
    r"ten artykuł|pierwotnie opublikowany|(?:эта |данная |оригинал )?(?:статья|статьи|материал|текст)\b|впервые опубликован|"
    r"ця стаття|вперше опубліковано|bu (?:yazı|haber|makale)|ilk (?:olarak|kez)|"
    r"نشرت?(?: هذ[اه])? ?(?:المقال|التقرير|المادة|النص)|نُشرت? هذ[اه]|هذ[اه] (?:المقال|التقرير|المادة|النص)|"
    r"(?:این|متن) (?:مطلب|مقاله|گزارش|یادداشت|نوشته|متن|خبر)|"
    r"(?:המאמר|הכתבה|הידיעה|הטור|הראיון|הרשימה|הסיפור)\b.{0,20}(?:פורס(?:ם|מה|מו)|ראתה|הופיעה?)|פורס(?:ם|מה|מו) לראשונה)",
    re.IGNORECASE,
)
#: Help is no origin: "... contributed to this report", "mit Material von dpa".
_HELP = re.compile(
    r"contribut|with files from|additional reporting|reporting by|editing by|beigetragen|mitarbeit|mit material|"
    r"unter verwendung|avec (?:l')?(?:afp|agence|reuters)|a contribué|con informaci[óo]n|colabor|contributo|при участии|"
    r"ساهم|با همکاری|השתתפ",
    re.IGNORECASE,
)
#: Before a name of one word stands one of these: "Mehr" is a word, "by Mehr" an agency.
_BEFORE_NAME = frozenset(
    [
        "by", "in", "on", "at", "from", "of", "via", "with", "for", "the", "der", "die", "das", "dem", "des",
        "bei", "auf", "von", "vom", "aus", "im", "an", "dans", "sur", "par", "chez", "de", "du", "la", "le", "en",
        "por", "del", "el", "da", "do", "na", "no", "op", "het", "bij", "van", "в", "на", "у", "из", "по", "от",
        "сайте", "газете", "журнале", "w", "z", "i", "في", "على", "عن", "من", "إلى", "صحيفة", "موقع", "وكالة",
        "در", "از", "روزنامه", "خبرگزاری", "سایت", "על", "ידי", "אתר", "עיתון", "את", "zeitung", "tageszeitung",
        "magazin", "newspaper", "magazine", "daily", "website", "portal", "journal", "quotidien", "diario",
        "revista", "site",
    ]
)  # fmt: skip
_WORD = re.compile(r"[^\s,;:!?()\[\]{}«»“”\"|/]+")
_GLUED = re.compile(r"^(?:[בלמהוש]|[بلو]|ال)")  # prefixes that Hebrew and Arabic write with the word


def credits_somebody(line: str) -> bool:
    """Whether a short paragraph says, by a label or as a sentence about itself, where a text comes from."""
    line = line.strip(_SKIPPED)
    if len(line) > _MAX_CHARS or _HELP.search(line):
        return False
    return bool(_LABEL.match(line) or _SELF.search(line[:_CUE_CHARS]))


def credited_in(line: str, book: Namebook) -> Iterator[Party]:
    """Outlets and agencies whose names stand in a crediting line, each once; the longer name first."""
    line = line.strip(_SKIPPED)[:_MAX_CHARS]
    label = _LABEL.match(line)
    rest = line[label.end() :] if label else line
    words = [word.strip(".'’*") for word in _WORD.findall(rest)]
    is_plain = label is not None or len(words) <= _PLAIN_WORDS
    taken: set[int] = set()
    told: set[str] = set()
    for size in range(min(_NAME_WORDS, len(words)), 0, -1):
        for at in range(len(words) - size + 1):
            span = range(at, at + size)
            if taken.intersection(span):
                continue
            is_led = size > 1 or is_plain or (at > 0 and words[at - 1].casefold() in _BEFORE_NAME)
            party = _named(words[at : at + size], book, is_led=is_led)
            if party is not None:
                taken.update(span)
                if party.key not in told:
                    told.add(party.key)
                    yield party


def _named(words: list[str], book: Namebook, *, is_led: bool) -> Party | None:
    """Whom these words mean as a whole; a single word in small Latin letters only where the name is written so, and
    only where something before it leads to a name, be it a prefix.
    """
    name = " ".join(words)
    party = (book.exactly(name) or book.by_sign(name)) if is_led else None
    if party is None and _GLUED.match(name):
        party = book.exactly(_GLUED.sub("", name))
    is_small = len(words) == 1 and name.isascii() and name.islower() and "." not in name
    return None if party is not None and is_small and name not in book.small_names else party
