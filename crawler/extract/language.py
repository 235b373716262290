"""Which language an article is written in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import islice

import py3langid

from crawler.extract import jsonld
from crawler.extract.page import Page
from storage.records import Evidence, Hints

_CODE_CHARS = 2
_SAMPLE_CHARS = 900  # more changes no answer on 500 labelled pages in 40 languages
#: Beginnings that decide where they are plainly in the one language that is declared, and by how many nats: with what
#: a declaration is worth no other language comes near. None of 1,600 pages reads otherwise further on.
_GLANCES = ((250, 25.0), (400, 15.0))
_MIN_CHARS = 40  # of headline and text; with fewer the text says less than the label
#: What a declaration is worth in nats of the detector's. On the labelled pages, texts cut to 20 to 900 characters
#: that were taken for another language scored at most 12 above the declared one, those declared wrongly 40 and more.
_DECLARED = 15.0
_FAR = 80.0  # nats: beyond, a language has no share
_TEMPERATURE = 5.0  # the detector takes neighbouring letters for independent and so is surer than it is right
#: Written by outlets and unknown to the detector; no codes that people take for a country's ("ch", "za").
_UNDETECTED = frozenset(
    ["ab", "av", "ay", "bm", "bo", "ce", "cv", "dv", "ff", "gn", "kl", "ks", "mi", "ny", "os", "rm", "rn", "sd", "sm",
     "ti", "tn", "to", "ts", "ve", "wo", "yi"]
)  # fmt: skip
_UNSPOKEN = frozenset({"la", "vo", "ia", "ie", "io"})  # placeholder text, or declared
_CODE = re.compile(r"^\s*([a-z]{2,3})(?:[-_]|$)", re.IGNORECASE)
_ALIASES = {
    "iw": "he", "in": "id", "ji": "yi", "nb": "no", "nn": "no", "cz": "cs", "jp": "ja", "kr": "ko", "gr": "el",
    "ua": "uk", "yue": "zh", "wuu": "zh", "nan": "zh", "cmn": "zh", "per": "fa", "fas": "fa", "pes": "fa", "prs": "fa",
    "ara": "ar", "ary": "ar", "arz": "ar", "heb": "he", "hbo": "he", "eng": "en", "pcm": "en", "ger": "de", "deu": "de",
    "fre": "fr", "fra": "fr", "spa": "es", "rus": "ru", "ita": "it", "por": "pt",
}  # fmt: skip
_NAMES = {"english": "en", "german": "de", "deutsch": "de", "french": "fr", "spanish": "es", "arabic": "ar",
          "persian": "fa", "hebrew": "he", "italian": "it", "russian": "ru"}  # fmt: skip


def code_of(label: str | None) -> str | None:
    """The two-letter code (ISO 639-1) of a label as pages write it ("en-GB", "English", "iw"), else None."""
    if not label:
        return None
    label = label.strip().lower()
    if label in _NAMES:
        return _NAMES[label]
    found = _CODE.match(label)
    if not found:
        return None
    code = _ALIASES.get(found[1], found[1])
    return code if len(code) == _CODE_CHARS else None


def read_language(page: Page, title: str, body: str, hints: Hints) -> tuple[str | None, tuple[Evidence, ...]]:
    """The language that what the text shows and what page or source declare make the likeliest, with its evidence.

    A declaration decides where the text is short or stands between kin, and where the detector does not know the
    declared language; it is no more than a witness elsewhere: templates keep "en" over pages in other languages.
    The evidence names what was declared and detected, and how sure that is (0 to 1).
    """
    said = _declared(page, hints)
    labels = [code for _, code in said]
    sample = f"{title}. {body}"[:_SAMPLE_CHARS]
    scores = _scores_of(sample, labels) if len(sample) >= _MIN_CHARS else {}
    if not scores:
        return (labels[0], (_evidence(labels[0], said),)) if said else (None, ())
    likeliest = max(scores, key=lambda code: scores[code])
    code = _likeliest(scores, labels, likeliest)
    sure = f"{_share(scores, code, labels):.2f}"
    confidence = Evidence(field="language confidence", rule="text and declarations", value=sure)
    return code, (_evidence(code, [("text", likeliest), *said]), confidence)


def _evidence(code: str, told: Sequence[tuple[str, str]]) -> Evidence:
    """The first that names the code as the winner, all others as lost."""
    winner = next(index for index, (_, named) in enumerate(told) if named == code)
    lost = dict.fromkeys([*told[:winner], *told[winner + 1 :]])
    return Evidence(field="language", rule=told[winner][0], value=code, lost=tuple(lost))


def _declared(page: Page, hints: Hints) -> list[tuple[str, str]]:
    """Rules and codes of what page and source declare, the page's own article first."""
    body = page.tree.find("body")
    declared = (
        ("json-ld", jsonld.text_of(page.article.get("inLanguage"))),
        ("html lang", page.tree.get("lang") or page.tree.get("{http://www.w3.org/XML/1998/namespace}lang")),
        ("body lang", body.get("lang") if body is not None else None),
        ("meta", page.first_meta("og:locale", "content-language", "language", "dc.language")),
        ("hint", hints.language),
    )
    return [(rule, code) for rule, label in declared if (code := code_of(label))]


def _likeliest(scores: Mapping[str, float], declared: Sequence[str], likeliest: str) -> str:
    """The code of the best score, declarations counted in."""
    if unknown := next((code for code in declared if code in _UNDETECTED), None):
        return unknown
    if likeliest in _UNSPOKEN and declared:
        return declared[0]
    known = dict.fromkeys([likeliest, *(code for code in declared if code in scores)])
    return max(known, key=lambda code: _weighed(scores, code, declared))


def _weighed(scores: Mapping[str, float], code: str, declared: Sequence[str]) -> float:
    return scores[code] + (_DECLARED if code in declared else 0)


def _share(scores: Mapping[str, float], code: str, declared: Sequence[str]) -> float:
    """How sure a language is, of all: 0 of one that the detector does not know."""
    if code not in scores:
        return 0.0
    own = _weighed(scores, code, declared)
    near = (other for other, score in scores.items() if score > own - _FAR)
    return 1 / sum(math.exp(min(50, (_weighed(scores, other, declared) - own) / _TEMPERATURE)) for other in near)


def _scores_of(sample: str, declared: Sequence[str]) -> dict[str, float]:
    """The scores of a sample; of its beginning alone, where that is plainly in the one language that is declared."""
    for chars, plain in _GLANCES if len(set(declared)) == 1 else ():
        if len(sample) > chars:
            scores = _scores(sample[:chars])
            best, second = islice(scores.items(), 2)
            if best[0] == declared[0] and best[1] - second[1] >= plain:
                return scores
            if best[0] != declared[0]:
                break
    return _scores(sample)


def _scores(text: str) -> dict[str, float]:
    """Log-likelihood of each language that py3langid knows and ISO 639-1 has a code for, dialects with theirs; the
    likeliest first.
    """
    scores: dict[str, float] = {}
    for label, score in py3langid.rank(text):
        code = _ALIASES.get(label, label)
        if len(code) == _CODE_CHARS:
            scores.setdefault(code, score)
    return scores
