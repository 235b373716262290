"""Which language an article is written in."""

# ruff: noqa: PLR2004
# lengths, shares and clock numbers are the rules themselves

from __future__ import annotations

import re

import py3langid

from crawler.extract import jsonld
from crawler.extract.page import Page
from storage.records import Evidence, Hints

_SAMPLE_CHARS = 900  # more changes no answer on 500 labelled pages in 40 languages
_MIN_CHARS = 60  # below that the text says less than the label
_CODE = re.compile(r"^\s*([a-z]{2,3})(?:[-_]|$)", re.IGNORECASE)
_ALIASES = {"iw": "he", "in": "id", "ji": "yi", "nb": "no", "nn": "no", "cz": "cs", "jp": "ja", "kr": "ko", "gr": "el",
            "ua": "uk", "yue": "zh", "per": "fa", "fas": "fa", "ara": "ar", "heb": "he", "hbo": "he",
            "eng": "en"}  # fmt: skip
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
    return code if len(code) == 2 else None


def read_language(page: Page, title: str, body: str, hints: Hints) -> tuple[str | None, tuple[Evidence, ...]]:
    """What the text itself shows; with under 60 characters of text, what the page or its source declares.

    Labels are no more than a witness: templates keep "en" over pages in other languages.
    """
    declared = [
        ("json-ld", code_of(jsonld.text_of(page.article.get("inLanguage")))),
        ("html lang", code_of(page.tree.get("lang") or page.tree.get("{http://www.w3.org/XML/1998/namespace}lang"))),
        ("meta", code_of(page.first_meta("og:locale", "content-language", "language", "dc.language"))),
        ("hint", code_of(hints.language)),
    ]
    said = [(rule, code) for rule, code in declared if code]
    sample = f"{title}. {body}"[:_SAMPLE_CHARS]
    found = [("text", detect(sample))] if len(body) >= _MIN_CHARS else []
    ranked = [*found, *said]
    if not ranked:
        return None, ()
    rule, code = ranked[0]
    return code, (Evidence(field="language", rule=rule, value=code, lost=tuple(dict.fromkeys(ranked[1:]))),)


def detect(text: str) -> str:
    """The language py3langid finds, as ISO 639-1."""
    code: str = py3langid.classify(text)[0]
    return _ALIASES.get(code, code)
