"""Datelines and sign-offs: the places of a text where an agency signs it."""

# ruff: noqa: RUF001, RUF003
# dashes, brackets and letters of many scripts

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from storage.origins.names import Namebook
from storage.records import Party

_LEAD_PARAGRAPHS = 3
_END_PARAGRAPHS = 3
_LEAD_CHARS = 160
_SHOWN_CHARS = 80
_LINE_CHARS = 90
_MAX_NAMES = 4

_DASH = r"[-‐-―−ـ]"
_NAMES = r"(?P<names>[^()\[\]\n،:|]{2,40}?)"
_LEADS = (
    # LONDON, Nov 22 (Reuters) - ...   بيروت (رويترز) - ...   (ANSA) - ROMA, ...   New Delhi [India], Nov 22 (ANI): ...
    re.compile(rf"[^()\n]{{0,60}}\({_NAMES}\)\s*\.?\s*(?:{_DASH}|:|،|$)"),
    re.compile(rf"\({_NAMES}\)"),
    # МОСКВА, 22 ноября. /ТАСС/.
    re.compile(rf"[^/\n]{{2,60}}/\s?{_NAMES}\s?/"),
    # به گزارش تابناک به نقل از ایسنا، ...   به گزارش خبرگزاری مهر، ...
    re.compile(rf"به\s+گزارش\s[^،:\n]{{0,50}}?به\s+نقل\s+از\s+{_NAMES}\s*[،:؛,]"),
    re.compile(rf"به\s+(?:گزارش|نقل\s+از)\s+{_NAMES}\s*(?:[،:؛,]|\sاز\s)"),
    # (서울=연합뉴스)
    re.compile(r"\([가-힣 ]{1,12}=(?P<names>[가-힣]{2,8})\)"),
)
#: دمشق-سانا ...   بيروت-رويترز: ...
_ARABIC_LEAD = re.compile(rf"[\u0600-\u06ff ]{{2,20}}?\s*{_DASH}\s*(?P<names>[\u0600-\u06ff]{{2,12}})[\s:]")
#: Bern (sda) ...   PARIS: (AFP) ...   Genève (ATS). ...; what stands before is a place and perhaps a day.
_PLACE_LEAD = re.compile(rf"(?P<place>[^()\n]{{2,40}})\({_NAMES}\)[\s.]")
_PLACE_WORDS = 4
#: What parts "PARIS, 22 nov, AFP – ...", "بيروت - رويترز" and "МОСКВА, 22 ноя — РИА Новости. ...".
_PARTS = re.compile(r"(\s+-+\s*|\s*-+\s+|\s*[‐-―−ـ]+\s*|\s*[,،/|:.](?:\s+|$)|\n)")
_MAX_PARTS = 5
_PART_CHARS = 40
#: 新华社北京11月22日电 and （中央社記者...
_HAN_LEAD = re.compile(r"[（(【\[]?([\u3040-\u30ff\u3400-\u9fff]{2,14})(?=\d{1,2}月|記者|】)")
_LINE = re.compile(
    r"^\W*(?:(?:c\)|copyright|source|quelle|fuente|fonte|المصدر|منبع|מקור|источник)\W*)?(?:\d{4}\W+)?"
    rf"{_NAMES}(?:,\s*\w+:\S+)?\W*$",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    rf"[.!?…”\"»؟。]\s*(?:[(\[]{_NAMES}[)\]]|{_DASH}+\s?(?P<dashed>[^.()\[\]\n]{{2,30}})|\s(?P<bare>[A-Z]{{2,6}}))\W*$"
)
_BETWEEN = re.compile(r"\s*(?:[/,;+&|،]|\band\b|\bund\b|\bet\b|\by\b|\be\b|\sو\s?)\s*", re.IGNORECASE)


def parts_of(text: str) -> list[str]:
    """The names in a list of names: "AFP/Reuters", "JPost Staff and AP"; the whole first, as one name may look so."""
    parts = [part.strip(' .*\t"“”«»') for part in _BETWEEN.split(text)[:_MAX_NAMES]]
    return list(dict.fromkeys(filter(None, (text.strip(' .*\t"“”«»'), *parts))))


def parties_in(text: str, book: Namebook) -> list[Party]:
    """All that a list of names means; names in it that nobody is known by are left out."""
    whole, *parts = parts_of(text) or [""]
    if party := book.signed(whole):
        return [party]
    return list({party.key: party for part in parts if (party := book.signed(part))}.values())


def signed_parties(body: str, book: Namebook) -> Iterator[tuple[str, str, Party]]:
    """(rule, passage, party) of each dateline in the first paragraphs and each sign-off in the last ones.

    Only agencies sign so, and outlets their own work: an outlet that a dateline names is told as well, since its text
    is where it says. `body` is paragraphs, separated by blank lines.
    """
    paragraphs = [paragraph for paragraph in body.split("\n\n") if paragraph.strip()]
    for paragraph in paragraphs[:_LEAD_PARAGRAPHS]:
        lead = paragraph[:_LEAD_CHARS].lstrip(" \t\u200f\u200e*•-–—")
        for party in _first_known(_lead_names(lead, book), book):
            yield "dateline", lead[:_SHOWN_CHARS], party
    for paragraph in paragraphs[-_END_PARAGRAPHS:]:
        for party in _first_known(_end_names(paragraph), book):
            yield "sign-off", paragraph[-_SHOWN_CHARS:], party


def _first_known(names: Iterator[str], book: Namebook) -> Sequence[Party]:
    """Agencies that the first text which names any names."""
    for text in names:
        if agencies := [party for party in parties_in(text, book) if party.is_agency]:
            return agencies
    return ()


def _lead_names(lead: str, book: Namebook) -> Iterator[str]:
    """What may be names at the beginning of a paragraph."""
    yield from (found["names"] for form in _LEADS if (found := form.match(lead)))
    yield from _between_signs(lead)
    if found := _ARABIC_LEAD.match(lead):
        yield found["names"]
    if (found := _PLACE_LEAD.match(lead)) and _is_place(found["place"], book):
        yield found["names"]
    if found := _HAN_LEAD.match(lead):
        yield from (found[1][:length] for length in range(5, 1, -1))


def _is_place(text: str, book: Namebook) -> bool:
    """Whether a few words may be a place with a day: all with a capital or a figure, and no agency's own name."""
    words = text.replace("/", " ").split()
    is_short = 0 < len(words) <= _PLACE_WORDS
    return is_short and all(not word[0].islower() for word in words) and book.signed(text.strip(" :,")) is None


def _between_signs(lead: str) -> Iterator[str]:
    """Single names, each between a sign, or the beginning, and a sign after which a text begins: no comma."""
    pieces = _PARTS.split(lead, maxsplit=_MAX_PARTS)
    for at in range(0, len(pieces), 2):
        if len(pieces[at]) > _PART_CHARS:
            return
        follows = pieces[at + 1].strip() if at + 1 < len(pieces) else "."
        is_closed = follows not in (",", "،", "/") and not (at == 0 and follows == ".")
        if is_closed and len(parts_of(pieces[at])) == 1:
            yield pieces[at]


def _end_names(paragraph: str) -> Iterator[str]:
    """What may be names at the end of a paragraph."""
    if len(paragraph) <= _LINE_CHARS and (found := _LINE.match(paragraph)):
        yield found["names"]
    if found := _SIGNED.search(paragraph[-_LINE_CHARS:]):
        yield found["names"] or found["dashed"] or found["bare"]
