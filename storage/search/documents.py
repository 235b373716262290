"""An article as search indexes it: the folded words of its fields, and its facts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.folding import fold_finely
from storage.search.facts import facts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """The revision of an article by which it is found."""

    article_id: int
    title: str
    authors: Sequence[str]
    body: str
    language: str | None
    outlet_key: str
    at: datetime  # published, or first seen where no date is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Words by field, each in one line."""

    article_id: int
    title: str
    authors: str
    body: str
    facts: tuple[str, ...]


def document_of(article: Indexed) -> Document:
    """Folds an article; about 0.3 ms of CPU for a thousand words."""
    return Document(
        article_id=article.article_id,
        title=fold_finely(article.title),
        authors=fold_finely("\n".join(article.authors)),
        body=fold_finely(article.body),
        facts=facts_of(outlet_key=article.outlet_key, language=article.language, at=article.at),
    )
