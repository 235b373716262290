"""Adapter for the shared scorer: `python SHARED/pages/score.py tests.benchmarks.extract:fields`."""

from __future__ import annotations

from crawler.extract.article import extract_article


def fields(html: bytes, url: str) -> dict[str, object]:
    """What the core reads of a page, without rules for single outlets and without hints.

    The day is the one the page names in its own zone, as the labels have it.
    """
    found = extract_article(html, url=url)
    named = next((e.value for e in found.evidence if e.field == "published"), None)
    return {
        "title": found.title or None,
        "authors": list(found.authors),
        "date": named[:10] if named else None,
        "language": found.language,
        "text": found.body,
    }
